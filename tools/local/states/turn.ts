import { QUERY_EVALUATION_ERROR, StateError } from './errors.ts';
import type { Execution, Scope } from './execution.ts';
import type { Bindings } from './expression.ts';
import type { Services } from './services.ts';
import type { Template } from './template.ts';

/** An execution under way, as the states see it. */
export interface Run {
  readonly services: Services;
  readonly execution: Execution;
  readonly signal: AbortSignal;
  /** Runs a path to its end; rejects with what stopped it. */
  readonly runScope: (run: Run, scope: Scope) => Promise<void>;
  /** Runs an execution to its end, whatever that is; never rejects. It is aborted with its parent. */
  readonly runExecution: (execution: Execution, parent: AbortSignal) => Promise<void>;
}

/** One attempt of one state. */
export interface Turn {
  readonly run: Run;
  readonly scope: Scope;
  readonly retryCount: number;
}

/** What an evaluation sees beside input, context and variables. */
export interface Extra {
  readonly result?: unknown;
  readonly errorOutput?: { readonly Error: string; readonly Cause: string };
  readonly taskToken?: string;
  readonly mapItem?: Scope['mapItem'];
}

function contextOf(turn: Turn, extra: Extra): Record<string, unknown> {
  const { run, scope, retryCount } = turn;
  const { spec, startDate, redriveCount, redriveDate } = run.execution;
  const mapItem = extra.mapItem ?? scope.mapItem;
  return {
    Execution: {
      Id: spec.arn,
      Input: spec.input.value,
      Name: spec.name,
      RoleArn: spec.roleArn,
      StartTime: startDate.toISOString(),
      RedriveCount: redriveCount,
      ...(redriveDate === undefined ? {} : { RedriveTime: redriveDate.toISOString() }),
    },
    StateMachine: { Id: spec.stateMachineArn, Name: spec.stateMachineArn.split(':').at(-1) },
    State: {
      Name: scope.cursor.state,
      EnteredTime: new Date(scope.cursor.entered?.atMs ?? startDate).toISOString(),
      RetryCount: retryCount,
    },
    ...(mapItem === undefined ? {} : { Map: { Item: mapItem } }),
    ...(extra.taskToken === undefined ? {} : { Task: { Token: extra.taskToken } }),
  };
}

/** The variables that a field of the state is evaluated with. */
export function bindingsOf(turn: Turn, extra: Extra = {}): Bindings {
  const { result, errorOutput } = extra;
  const states = {
    input: turn.scope.cursor.input,
    context: contextOf(turn, extra),
    ...(result === undefined ? {} : { result }),
    ...(errorOutput === undefined ? {} : { errorOutput }),
  };
  return { ...turn.scope.variables, states };
}

/** A whole number from a field that may be computed; `undefined` if the field is absent. */
export async function wholeNumber(
  turn: Turn,
  template: Template | undefined,
  field: string,
  most = 99_999_999,
): Promise<number | undefined> {
  if (template === undefined) return undefined;
  const value = template.constant === undefined ? await template.evaluate(bindingsOf(turn)) : template.constant.value;
  if (typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= most) return value;
  throw new StateError(
    QUERY_EVALUATION_ERROR,
    `The field '${field}' must be a whole number from 0 to ${most}, not ${JSON.stringify(value)}.`,
  );
}
