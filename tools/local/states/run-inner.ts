import { Aborted, QUERY_EVALUATION_ERROR, StateError } from './errors.ts';
import { newScope, type Scope } from './execution.ts';
import type { MapState, ParallelState } from './machine.ts';
import { payloadText } from './payload.ts';
import { bindingsOf, wholeNumber, type Turn } from './turn.ts';
import { inParallel, linkedController } from './waiting.ts';

/** AWS runs at most 40 inline iterations at a time. */
const MOST_INLINE = 40;

const isScopes = (inner: Scope['inner']): inner is readonly Scope[] => Array.isArray(inner);

/** Runs the paths below a state; the first failure ends the others and is the state's own. */
async function runInner(
  turn: Turn,
  scopes: readonly Scope[],
  limit: number,
  each: string | undefined,
): Promise<unknown[]> {
  const { run, scope } = turn;
  const { history } = run.execution;
  const { controller, release } = linkedController(run.signal);
  const inner = { ...run, signal: controller.signal };
  let first: unknown;
  await inParallel(scopes.length, limit, async (index) => {
    const one = scopes[index];
    if (one === undefined || one.done !== undefined || controller.signal.aborted) return;
    const details = { name: scope.cursor.state, index };
    if (each !== undefined) history.add(`${each}Started`, details);
    try {
      await run.runScope(inner, one);
      if (each !== undefined) history.add(`${each}Succeeded`, details);
    } catch (thrown) {
      if (each !== undefined) history.add(`${each}${thrown instanceof Aborted ? 'Aborted' : 'Failed'}`, details);
      first ??= thrown;
      controller.abort(new Aborted('another branch failed'));
    }
  });
  release();
  run.signal.throwIfAborted();
  if (first !== undefined) throw first as Error;
  return scopes.map((one) => one.done?.output);
}

/** Runs a Parallel state: all branches, each with the same input. After a redrive only those that did not succeed. */
export async function runParallel(turn: Turn, state: ParallelState): Promise<unknown[]> {
  const { scope, run } = turn;
  let scopes = scope.inner;
  if (!isScopes(scopes)) {
    const args = state.arguments;
    const value = args === undefined ? scope.cursor.input : await args.evaluate(bindingsOf(turn));
    const input = { value, text: payloadText(value, `The arguments of '${state.name}'`) };
    scopes = state.branches.map((branch) => newScope(branch, input, scope.variables, scope.mapItem));
    scope.inner = scopes;
    run.execution.history.add('ParallelStateStarted');
  }
  return runInner(turn, scopes, scopes.length, undefined);
}

/** The items of a map. */
export async function itemsOf(turn: Turn, state: MapState): Promise<readonly unknown[]> {
  const items = state.items === undefined ? turn.scope.cursor.input : await state.items.evaluate(bindingsOf(turn));
  if (Array.isArray(items)) return items as unknown[];
  throw new StateError(
    QUERY_EVALUATION_ERROR,
    `Items of '${state.name}' is ${JSON.stringify(items).slice(0, 200)}, not a list. ` +
      'JSONata gives the element itself when a query finds a single one: write [ … ] around it or [] behind it. ' +
      '(AWS would run over the fields of an object; this runner does not.)',
  );
}

/** What the processor gets for an item. */
export async function itemInput(
  turn: Turn,
  state: MapState,
  index: number,
  item: unknown,
): Promise<NonNullable<Scope['done']>> {
  const mapItem = { Index: index, Value: item };
  const output =
    state.itemSelector === undefined ? item : await state.itemSelector.evaluate(bindingsOf(turn, { mapItem }));
  return { output, outputText: payloadText(output, `The input of item ${index} of '${state.name}'`) };
}

/** Runs a Map state whose iterations are part of this execution. After a redrive only those that did not succeed. */
export async function runInlineMap(turn: Turn, state: MapState): Promise<unknown[]> {
  const { scope, run } = turn;
  const most = (await wholeNumber(turn, state.maxConcurrency, 'MaxConcurrency')) ?? 0;
  let scopes = scope.inner;
  if (!isScopes(scopes)) {
    const fresh: Scope[] = [];
    for (const [index, item] of (await itemsOf(turn, state)).entries()) {
      const { output: value, outputText: text } = await itemInput(turn, state, index, item);
      fresh.push(newScope(state.processor, { value, text }, scope.variables, { Index: index, Value: item }));
    }
    scopes = fresh;
    scope.inner = scopes;
    run.execution.history.add('MapStateStarted', { length: scopes.length });
  }
  return runInner(turn, scopes, most === 0 ? MOST_INLINE : Math.min(most, MOST_INLINE), 'MapIteration');
}
