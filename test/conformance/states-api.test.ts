/** The real SDK client against the local Step Functions endpoint. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  CreateStateMachineCommand,
  DescribeExecutionCommand,
  DescribeMapRunCommand,
  GetExecutionHistoryCommand,
  ListExecutionsCommand,
  ListMapRunsCommand,
  RedriveExecutionCommand,
  SendTaskFailureCommand,
  SendTaskHeartbeatCommand,
  SendTaskSuccessCommand,
  SFNClient,
  SFNServiceException,
  StartExecutionCommand,
  StopExecutionCommand,
} from '@aws-sdk/client-sfn';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { statesEndpoint } from '../../tools/local/states/http.ts';
import {
  bench,
  distributedMap,
  LAMBDA_WITH_TOKEN,
  MACHINE,
  returned,
  task,
  threw,
} from '../unit/local/states-support.ts';

let isBroken = false;
const tokens: string[] = [];
const made = bench((name, payload) => {
  if (name === 'token') tokens.push(String(payload));
  return Promise.resolve(isBroken && payload === 1 ? threw('Platform', 'down') : returned(payload));
});
let server: Server;
let client: SFNClient;

beforeAll(async () => {
  server = createServer(statesEndpoint(made.machines));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  client = new SFNClient({
    endpoint: `http://127.0.0.1:${port}`,
    region: 'ap-northeast-2',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  });
});

afterAll(async () => {
  client.destroy();
  await new Promise((resolve) => server.close(resolve));
});

const start = async (input: unknown, name?: string) => {
  const request = { stateMachineArn: MACHINE, name, input: JSON.stringify(input) };
  const { executionArn = '' } = await client.send(new StartExecutionCommand(request));
  return executionArn;
};
const describeExecution = (executionArn: string) => client.send(new DescribeExecutionCommand({ executionArn }));
const refused = (name: string) => expect.objectContaining({ name, $fault: 'client' }) as SFNServiceException;

describe('SFNClient against the local endpoint', () => {
  it('starts, describes and lists executions, with instants as dates', async () => {
    made.define({ Only: { Type: 'Pass', Output: '{% $states.input.n + 1 %}', End: true } });
    const executionArn = await start({ n: 1 }, 'listed');
    await made.machines.settled(executionArn);
    const described = await describeExecution(executionArn);
    expect(described).toMatchObject({ name: 'listed', status: 'SUCCEEDED', input: '{"n":1}', output: '2' });
    expect(described.startDate).toBeInstanceOf(Date);
    expect(described.stopDate?.getTime()).toBeGreaterThanOrEqual(described.startDate?.getTime() ?? Infinity);
    expect(described).toMatchObject({ redriveCount: 0, redriveStatus: 'NOT_REDRIVABLE' });
    const request = { stateMachineArn: MACHINE, statusFilter: 'SUCCEEDED' } as const;
    const { executions } = await client.send(new ListExecutionsCommand(request));
    expect(executions).toMatchObject([{ executionArn, status: 'SUCCEEDED' }]);
  });

  it('pages the history, forwards and backwards, with or without payloads', async () => {
    made.define({ Only: { Type: 'Pass', End: true } });
    const executionArn = await start({ n: 1 });
    await made.machines.settled(executionArn);
    const first = await client.send(new GetExecutionHistoryCommand({ executionArn, maxResults: 3 }));
    const rest = await client.send(new GetExecutionHistoryCommand({ executionArn, nextToken: first.nextToken }));
    const types = [...(first.events ?? []), ...(rest.events ?? [])].map((event) => event.type);
    expect(types).toEqual(['ExecutionStarted', 'PassStateEntered', 'PassStateExited', 'ExecutionSucceeded']);
    expect(first.events?.[1]?.stateEnteredEventDetails).toMatchObject({ name: 'Only', input: '{"n":1}' });
    const request = { executionArn, reverseOrder: true, includeExecutionData: false, maxResults: 1 };
    const last = await client.send(new GetExecutionHistoryCommand(request));
    expect(last.events).toMatchObject([{ id: 4, previousEventId: 3, type: 'ExecutionSucceeded' }]);
    expect(last.events?.[0]?.executionSucceededEventDetails?.output).toBeUndefined();
  });

  it('describes a map run, and redrives the failed execution', async () => {
    made.define({ Map: distributedMap({ MaxConcurrency: 1 }) });
    isBroken = true;
    const executionArn = await start({ items: [0, 1, 2] });
    await made.machines.settled(executionArn);
    expect(await describeExecution(executionArn)).toMatchObject({
      ...{ status: 'FAILED', error: 'States.ExceedToleratedFailureThreshold', redriveStatus: 'REDRIVABLE' },
    });
    const { mapRuns } = await client.send(new ListMapRunsCommand({ executionArn }));
    const mapRunArn = mapRuns?.[0]?.mapRunArn;
    const mapRun = await client.send(new DescribeMapRunCommand({ mapRunArn }));
    expect(mapRun).toMatchObject({ status: 'FAILED', executionCounts: { succeeded: 1, failed: 1, pending: 1 } });
    const listed = await client.send(new ListExecutionsCommand({ mapRunArn, statusFilter: 'FAILED' }));
    expect(listed.executions).toHaveLength(1);
    const child = await describeExecution(listed.executions?.[0]?.executionArn ?? '');
    expect(child).toMatchObject({ error: 'Platform', mapRunArn, redriveStatus: 'REDRIVABLE_BY_MAP_RUN' });

    isBroken = false;
    const redrive = new RedriveExecutionCommand({ executionArn, clientToken: 'once' });
    const { redriveDate } = await client.send(redrive);
    await made.machines.settled(executionArn);
    expect(await describeExecution(executionArn)).toMatchObject({
      status: 'SUCCEEDED',
      output: '[0,1,2]',
      redriveCount: 1,
    });
    // The same request again (the SDK repeats one whose answer was lost) is the same redrive.
    expect((await client.send(redrive)).redriveDate).toEqual(redriveDate);
    await expect(client.send(new RedriveExecutionCommand({ executionArn }))).rejects.toThrow(
      refused('ExecutionNotRedrivable'),
    );
  });

  it('answers task tokens, and stops an execution that waits', async () => {
    const Arguments = { FunctionName: 'token', Payload: '{% $states.context.Task.Token %}' };
    made.define({ Wait: task({ Resource: LAMBDA_WITH_TOKEN, Arguments, Output: '{% $states.result %}' }) });
    const waiting = async () => {
      const executionArn = await start({});
      while (tokens.length === 0) await new Promise((resolve) => setTimeout(resolve, 1));
      return { executionArn, taskToken: tokens.pop() ?? '' };
    };
    const approved = await waiting();
    await client.send(new SendTaskHeartbeatCommand({ taskToken: approved.taskToken }));
    await client.send(new SendTaskSuccessCommand({ taskToken: approved.taskToken, output: '"approved"' }));
    expect((await made.machines.settled(approved.executionArn)).outputText).toBe('"approved"');
    const again = new SendTaskSuccessCommand({ taskToken: approved.taskToken, output: '1' });
    await expect(client.send(again)).rejects.toThrow(refused('TaskTimedOut'));

    const rejected = await waiting();
    await client.send(new SendTaskFailureCommand({ taskToken: rejected.taskToken, error: 'Rejected', cause: 'no' }));
    expect(await made.machines.settled(rejected.executionArn)).toMatchObject({ error: 'Rejected', cause: 'no' });

    const { executionArn } = await waiting();
    const stopped = await client.send(new StopExecutionCommand({ executionArn, error: 'Operator', cause: 'wrong' }));
    expect(stopped.stopDate).toBeInstanceOf(Date);
    expect(await describeExecution(executionArn)).toMatchObject({
      status: 'ABORTED',
      error: 'Operator',
      cause: 'wrong',
    });
  });

  it('refuses in the form of AWS: unknown names, taken names, operations it lacks', async () => {
    await expect(describeExecution(`${MACHINE.replace('stateMachine', 'execution')}:none`)).rejects.toThrow(
      refused('ExecutionDoesNotExist'),
    );
    await expect(describeExecution('none')).rejects.toThrow(refused('InvalidArn'));
    made.define({ Only: { Type: 'Pass', End: true } });
    await start({}, 'taken');
    await made.machines.idle();
    const taken = start({}, 'taken');
    await expect(taken).rejects.toThrow(refused('ExecutionAlreadyExists'));
    await expect(taken).rejects.toBeInstanceOf(SFNServiceException);
    await expect(
      client.send(new DescribeMapRunCommand({ mapRunArn: `${MACHINE.replace('stateMachine', 'mapRun')}:x` })),
    ).rejects.toThrow(refused('ResourceNotFound'));
    const create = new CreateStateMachineCommand({ name: 'x', definition: '{}', roleArn: 'x' });
    await expect(client.send(create)).rejects.toThrow("has no operation 'AWSStepFunctions.CreateStateMachine'");
  });
});
