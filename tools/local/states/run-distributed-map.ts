import { Aborted, StateError } from './errors.ts';
import { Execution, MapRun } from './execution.ts';
import type { MapState } from './machine.ts';
import type { ExecutionPhase } from './progress.ts';
import { itemInput, itemsOf } from './run-inner.ts';
import { wholeNumber, type Turn } from './turn.ts';
import { inParallel, linkedController } from './waiting.ts';

/** AWS runs at most 10,000 child executions of a map at a time. */
const MOST_CHILDREN = 10_000;

/** `arn:…:execution:machine/label:name` from the machine's ARN; likewise for `mapRun`. */
export function childArn(stateMachineArn: string, kind: 'execution' | 'mapRun', label: string, name: string): string {
  const parts = stateMachineArn.split(':');
  const [machine = ''] = (parts[6] ?? '').split('/');
  return [...parts.slice(0, 5), kind, `${machine}/${label}`, name].join(':');
}

/** The words that progress uses for the end of an execution. */
export const phaseOf = (status: Execution['status']): ExecutionPhase =>
  ({
    RUNNING: 'started',
    PENDING_REDRIVE: 'started',
    SUCCEEDED: 'succeeded',
    FAILED: 'failed',
    TIMED_OUT: 'timed-out',
    ABORTED: 'aborted',
  })[status] as ExecutionPhase;

async function begin(turn: Turn, state: MapState): Promise<MapRun> {
  const { execution, services } = turn.run;
  const { stateMachineArn, arn } = execution.spec;
  const items = await itemsOf(turn, state);
  const most = (await wholeNumber(turn, state.maxConcurrency, 'MaxConcurrency')) ?? 0;
  const tolerance = {
    count: await wholeNumber(turn, state.toleratedFailureCount, 'ToleratedFailureCount'),
    percentage: await wholeNumber(turn, state.toleratedFailurePercentage, 'ToleratedFailurePercentage', 100),
  };
  const mapRun = new MapRun(
    {
      arn: childArn(stateMachineArn, 'mapRun', state.label, services.sources.newId()),
      executionArn: arn,
      stateMachineArn,
      items,
      maxConcurrency: most,
      tolerance,
    },
    services.clock.nowMs(),
  );
  services.registerMapRun(mapRun);
  execution.history.add('MapStateStarted', { length: items.length });
  execution.history.add('MapRunStarted', { mapRunArn: mapRun.spec.arn });
  return mapRun;
}

/** A map run of an earlier attempt: the children that did not succeed are to run again, the others stay as they are. */
function reopen(turn: Turn, mapRun: MapRun): void {
  mapRun.redriveCount += 1;
  mapRun.redriveDate = new Date(turn.run.services.clock.nowMs());
  mapRun.status = 'RUNNING';
  mapRun.stopDate = undefined;
  for (const child of mapRun.children) {
    if (child !== undefined && child.status !== 'SUCCEEDED') child.status = 'PENDING_REDRIVE';
  }
  const { arn: mapRunArn } = mapRun.spec;
  turn.run.execution.history.add('MapRunRedriven', { mapRunArn, redriveCount: mapRun.redriveCount });
}

/** The execution of an item: a new one, or the one of an earlier attempt, from the state that did not succeed. */
async function childOf(turn: Turn, state: MapState, mapRun: MapRun, index: number): Promise<Execution> {
  const existing = mapRun.children[index];
  if (existing !== undefined) {
    existing.reopen();
    return existing;
  }
  const { output: value, outputText: text } = await itemInput(turn, state, index, mapRun.spec.items[index]);
  const { services, execution } = turn.run;
  const { stateMachineArn, roleArn } = execution.spec;
  const name = services.sources.newId();
  const arn = childArn(stateMachineArn, 'execution', state.label, name);
  const child = new Execution(
    {
      arn,
      name,
      stateMachineArn: `${stateMachineArn.split('/')[0] ?? ''}/${state.label}`,
      roleArn,
      machine: { ...state.processor, timeoutSeconds: undefined },
      input: { value, text },
      mapRun,
    },
    services.clock.nowMs,
  );
  mapRun.children[index] = child;
  services.register(child);
  return child;
}

function report(turn: Turn, mapRun: MapRun, child: Execution, index: number, phase: ExecutionPhase): void {
  const { events } = turn.run.services;
  if (events.listenerCount('progress') === 0) return;
  const { arn: executionArn, stateMachineArn } = turn.run.execution.spec;
  events.emit('progress', {
    kind: 'item',
    phase,
    executionArn,
    stateMachineArn,
    mapRunArn: mapRun.spec.arn,
    state: turn.scope.cursor.state,
    index,
    counts: mapRun.counts,
    error: child.error,
    cause: child.cause,
  });
}

/** Runs the items that have not succeeded. Throws what ended the run early, if not a failed item. */
async function runItems(turn: Turn, state: MapState, mapRun: MapRun): Promise<void> {
  const { run } = turn;
  const { controller, release } = linkedController(run.signal);
  const open = mapRun.children.flatMap((child, index) => (child?.status === 'SUCCEEDED' ? [] : [index]));
  const most = mapRun.spec.maxConcurrency === 0 ? MOST_CHILDREN : Math.min(mapRun.spec.maxConcurrency, MOST_CHILDREN);
  const isOver = (): boolean => controller.signal.aborted;
  let broken: unknown;
  await inParallel(open.length, most, async (position) => {
    const index = open[position];
    if (index === undefined || isOver()) return;
    let child: Execution;
    try {
      child = await childOf(turn, state, mapRun, index);
    } catch (thrown) {
      broken ??= thrown;
      controller.abort(new Aborted('an item could not be selected'));
      return;
    }
    report(turn, mapRun, child, index, child.redriveCount > 0 ? 'redriven' : 'started');
    await run.runExecution(child, controller.signal);
    report(turn, mapRun, child, index, phaseOf(child.status));
    if (child.status !== 'SUCCEEDED' && !isOver() && mapRun.isOverTolerance) {
      controller.abort(new Aborted('the map run failed'));
    }
  });
  release();
  if (broken !== undefined) throw broken as Error;
}

/** Runs a distributed Map: an execution for every item, at most `MaxConcurrency` at a time. Gives the outputs in order. */
export async function runDistributedMap(turn: Turn, state: MapState): Promise<unknown[]> {
  const { run, scope } = turn;
  const { history } = run.execution;
  const earlier = scope.inner instanceof MapRun ? scope.inner : undefined;
  const mapRun = earlier ?? (await begin(turn, state));
  scope.inner = mapRun;
  if (mapRun.status !== 'SUCCEEDED') {
    if (earlier !== undefined) reopen(turn, earlier);
    const end = (status: MapRun['status']): void => {
      mapRun.status = status;
      mapRun.stopDate = new Date(run.services.clock.nowMs());
    };
    try {
      await runItems(turn, state, mapRun);
      run.signal.throwIfAborted();
      if (mapRun.isOverTolerance) {
        throw new StateError(
          'States.ExceedToleratedFailureThreshold',
          'The specified tolerated failure threshold was exceeded',
        );
      }
    } catch (thrown) {
      end(run.signal.aborted ? 'ABORTED' : 'FAILED');
      if (run.signal.aborted) history.add('MapRunAborted');
      else if (thrown instanceof StateError)
        history.add('MapRunFailed', { error: thrown.error, cause: thrown.causeText });
      throw thrown;
    }
    end('SUCCEEDED');
    history.add('MapRunSucceeded');
  }
  // Without a ResultWriter the failures that were tolerated leave no trace in the result: only outputs are in it.
  return mapRun.children.flatMap((child) => (child?.root.done === undefined ? [] : [child.root.done.output]));
}
