import { QUERY_EVALUATION_ERROR, StateError } from './errors.ts';
import type { ChoiceState, FailState, State, WaitState } from './machine.ts';
import { payloadText } from './payload.ts';
import { runDistributedMap } from './run-distributed-map.ts';
import { runInlineMap, runParallel } from './run-inner.ts';
import { runTask } from './run-task.ts';
import type { Template } from './template.ts';
import { bindingsOf, wholeNumber, type Extra, type Turn } from './turn.ts';
import { pause } from './waiting.ts';

/** What a state gives to the path it is on. */
export interface Step {
  readonly output: unknown;
  readonly outputText: string;
  readonly variables: Readonly<Record<string, unknown>>;
  readonly next: string | undefined;
}

interface Outcome {
  readonly output: Template | undefined;
  readonly assign: Template | undefined;
}

/** Output and Assign. Both see the variables as they were before: neither sees what the other does. */
export async function finish(
  turn: Turn,
  fields: Outcome,
  extra: Extra,
  without: { readonly value: unknown; readonly text?: string },
  next: string | undefined,
): Promise<Step> {
  const name = turn.scope.cursor.state;
  const bindings = fields.output === undefined && fields.assign === undefined ? {} : bindingsOf(turn, extra);
  const assigned = await fields.assign?.evaluate(bindings);
  const output = fields.output === undefined ? without.value : await fields.output.evaluate(bindings);
  const known = fields.output === undefined ? without.text : undefined;
  if (assigned !== undefined) payloadText(assigned, `The variables that '${name}' assigns`);
  return {
    output,
    outputText: known ?? payloadText(output, `The state/task '${name}'`),
    variables: assigned === undefined ? turn.scope.variables : { ...turn.scope.variables, ...(assigned as object) },
    next,
  };
}

async function choose(turn: Turn, state: ChoiceState): Promise<Step> {
  const { input: value, inputText: text } = turn.scope.cursor;
  for (const rule of state.choices) {
    const holds = await rule.condition.evaluate(bindingsOf(turn));
    if (typeof holds !== 'boolean') {
      throw new StateError(
        QUERY_EVALUATION_ERROR,
        `The field 'Condition' must be true or false, not ${JSON.stringify(holds)}.`,
      );
    }
    if (holds) return finish(turn, rule, {}, { value, text }, rule.next);
  }
  if (state.default === undefined) {
    throw new StateError('States.NoChoiceMatched', `No condition of '${state.name}' holds, and it has no Default.`);
  }
  return finish(turn, state, {}, { value, text }, state.default);
}

async function wait(turn: Turn, state: WaitState): Promise<void> {
  const { clock } = turn.run.services;
  let ms = ((await wholeNumber(turn, state.seconds, 'Seconds')) ?? 0) * 1000;
  if (state.timestamp !== undefined) {
    const instant = await state.timestamp.evaluate(bindingsOf(turn));
    const atMs =
      typeof instant === 'string' && /^\d{4}-\d\d-\d\dT.*(Z|[+-]\d\d:\d\d)$/.test(instant) ? Date.parse(instant) : NaN;
    if (Number.isNaN(atMs)) {
      throw new StateError(QUERY_EVALUATION_ERROR, `The field 'Timestamp' is no instant: ${JSON.stringify(instant)}.`);
    }
    ms = atMs - clock.nowMs();
  }
  if (ms > 0) await pause(clock, ms, turn.run.signal);
}

async function fail(turn: Turn, state: FailState): Promise<never> {
  const text = async (template: Template | undefined): Promise<string> => {
    const value = (await template?.evaluate(bindingsOf(turn))) ?? '';
    if (typeof value === 'string') return value;
    throw new StateError(QUERY_EVALUATION_ERROR, `Error and Cause must be strings, not ${JSON.stringify(value)}.`);
  };
  throw new StateError(await text(state.error), await text(state.cause));
}

function resultOf(turn: Turn, state: State & { readonly type: 'Task' | 'Map' | 'Parallel' }): Promise<unknown> {
  if (state.type === 'Task') return runTask(turn, state);
  if (state.type === 'Parallel') return runParallel(turn, state);
  return state.distributed ? runDistributedMap(turn, state) : runInlineMap(turn, state);
}

/** Runs a state once, without its Retry and Catch. */
export async function runOnce(turn: Turn, state: State): Promise<Step> {
  const { input: value, inputText: text } = turn.scope.cursor;
  switch (state.type) {
    case 'Task':
    case 'Map':
    case 'Parallel': {
      const result = await resultOf(turn, state);
      const resultText = payloadText(result, `The state/task '${state.name}'`);
      return finish(turn, state, { result }, { value: result, text: resultText }, state.next);
    }
    case 'Pass':
      return finish(turn, state, {}, { value, text }, state.next);
    case 'Choice':
      return choose(turn, state);
    case 'Wait':
      await wait(turn, state);
      return finish(turn, state, {}, { value, text }, state.next);
    case 'Succeed':
      return finish(turn, state, {}, { value, text }, undefined);
    case 'Fail':
      return fail(turn, state);
  }
}
