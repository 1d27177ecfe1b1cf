import { z } from 'zod';
import { describeExecution, describeMapRun, listedExecution, listedMapRun } from './describe.ts';
import { ApiError } from './errors.ts';
import { eventForm } from './history.ts';
import type { StateMachines } from './state-machines.ts';

type Answer = Readonly<Record<string, unknown>>;
type Operation = (machines: StateMachines, body: unknown) => Answer | Promise<Answer>;

const text = z.string();
const maybe = z.string().nullish();
const paging = { maxResults: z.int().min(0).max(1000).nullish(), nextToken: maybe };
const STATUSES = ['RUNNING', 'SUCCEEDED', 'FAILED', 'TIMED_OUT', 'ABORTED', 'PENDING_REDRIVE'] as const;

/** An operation that reads its request by a schema; a field that it does not know is refused, not ignored. */
function operation<S extends z.ZodRawShape>(
  shape: S,
  run: (machines: StateMachines, request: z.output<z.ZodObject<S>>) => Answer | Promise<Answer>,
): Operation {
  const schema = z.strictObject(shape);
  return (machines, body) => {
    const request = schema.safeParse(body);
    if (request.success) return run(machines, request.data);
    const problems = request.error.issues.map((issue) =>
      `${issue.path.join('.')}: ${issue.message}`.replace(/^: /, ''),
    );
    throw new ApiError('ValidationException', `Validation errors detected: ${problems.join('; ')}`);
  };
}

const DEFAULT_PAGE = 100;

/** A page of a list; the token is the place where the next one begins. */
function page<T>(
  list: readonly T[],
  request: { maxResults?: number | null | undefined; nextToken?: string | null | undefined },
): { items: readonly T[]; nextToken: string | undefined } {
  const { maxResults, nextToken } = request;
  const from = nextToken === null || nextToken === undefined ? 0 : Number(nextToken.replace(/^from-/, ''));
  if (!Number.isInteger(from)) throw new ApiError('InvalidToken', `Invalid Token: '${String(nextToken)}'`);
  const to = from + (maxResults === null || maxResults === undefined || maxResults === 0 ? DEFAULT_PAGE : maxResults);
  return { items: list.slice(from, to), nextToken: to < list.length ? `from-${to}` : undefined };
}

const optional = (value: string | null | undefined): string | undefined => value ?? undefined;

/** The operations of the API that this runner has, by name. */
export const OPERATIONS: ReadonlyMap<string, Operation> = new Map<string, Operation>([
  [
    'StartExecution',
    operation({ stateMachineArn: text, name: maybe, input: maybe, traceHeader: maybe }, (machines, request) => {
      const { stateMachineArn, name, input } = request;
      const { spec, startDate } = machines.start({ stateMachineArn, name: optional(name), input: optional(input) });
      return { executionArn: spec.arn, startDate };
    }),
  ],
  [
    'DescribeExecution',
    operation({ executionArn: text, includedData: maybe }, (machines, { executionArn }) =>
      describeExecution(machines.execution(executionArn)),
    ),
  ],
  [
    'GetExecutionHistory',
    operation(
      {
        executionArn: text,
        ...paging,
        reverseOrder: z.boolean().nullish(),
        includeExecutionData: z.boolean().nullish(),
      },
      (machines, request) => {
        const events = machines.history(request.executionArn);
        const { items, nextToken } = page(request.reverseOrder === true ? events.toReversed() : events, request);
        return { events: items.map((event) => eventForm(event, request.includeExecutionData !== false)), nextToken };
      },
    ),
  ],
  [
    'ListExecutions',
    operation(
      { stateMachineArn: maybe, mapRunArn: maybe, statusFilter: z.enum(STATUSES).nullish(), ...paging },
      (machines, request) => {
        const [stateMachineArn, mapRunArn] = [optional(request.stateMachineArn), optional(request.mapRunArn)];
        if ((stateMachineArn === undefined) === (mapRunArn === undefined)) {
          throw new ApiError('ValidationException', 'Give either stateMachineArn or mapRunArn');
        }
        const of = mapRunArn === undefined ? { stateMachineArn: stateMachineArn ?? '' } : { mapRunArn };
        const { items, nextToken } = page(machines.list(of, request.statusFilter ?? undefined), request);
        return { executions: items.map(listedExecution), nextToken };
      },
    ),
  ],
  [
    'StopExecution',
    operation({ executionArn: text, error: maybe, cause: maybe }, async (machines, { executionArn, error, cause }) => {
      const { stopDate } = await machines.stop(executionArn, optional(error), optional(cause));
      return { stopDate };
    }),
  ],
  [
    'RedriveExecution',
    operation({ executionArn: text, clientToken: maybe }, (machines, { executionArn, clientToken }) => ({
      redriveDate: machines.redrive(executionArn, optional(clientToken)),
    })),
  ],
  [
    'ListMapRuns',
    operation({ executionArn: text, ...paging }, (machines, request) => {
      const { items, nextToken } = page(machines.mapRuns(request.executionArn), request);
      return { mapRuns: items.map(listedMapRun), nextToken };
    }),
  ],
  [
    'DescribeMapRun',
    operation({ mapRunArn: text }, (machines, { mapRunArn }) => describeMapRun(machines.mapRun(mapRunArn))),
  ],
  [
    'SendTaskSuccess',
    operation({ taskToken: text, output: text }, (machines, { taskToken, output }) => {
      machines.tokens.succeed(taskToken, output);
      return {};
    }),
  ],
  [
    'SendTaskFailure',
    operation({ taskToken: text, error: maybe, cause: maybe }, (machines, { taskToken, error, cause }) => {
      machines.tokens.fail(taskToken, error ?? '', cause ?? '');
      return {};
    }),
  ],
  [
    'SendTaskHeartbeat',
    operation({ taskToken: text }, (machines, { taskToken }) => {
      machines.tokens.heartbeat(taskToken);
      return {};
    }),
  ],
]);
