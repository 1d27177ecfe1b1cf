import { describe, expect, it } from 'vitest';
import type { Execution } from '../../../tools/local/states/execution.ts';
import { bench, distributedMap, MACHINE, outputOf, returned, threw, typesOf, type Bench } from './states-support.ts';

const numbers = (count: number) => Array.from({ length: count }, (_, index) => index);
const later = () => new Promise((resolve) => setTimeout(resolve, 2));

function mapRunOf({ machines }: Bench, execution: Execution) {
  const [mapRun] = machines.mapRuns(execution.spec.arn);
  if (mapRun === undefined) throw new Error('no map run');
  return mapRun;
}

describe('a distributed map', () => {
  it('runs an execution for each item, with a name, ARN, input and history of its own', async () => {
    const made = bench();
    made.define({
      Settle: distributedMap({
        Label: 'Shards',
        ItemSelector: { month: '{% $states.input.month %}', shard: '{% $states.context.Map.Item.Value %}' },
      }),
    });
    const execution = await made.run({ month: '2026-01', items: numbers(3) });
    expect(outputOf(execution)).toEqual(numbers(3).map((shard) => ({ month: '2026-01', shard })));
    const mapRun = mapRunOf(made, execution);
    expect(mapRun.spec.arn).toMatch(/^arn:aws:states:ap-northeast-2:123456789012:mapRun:machine\/Shards:id-\d+$/);
    const children = made.machines.list({ mapRunArn: mapRun.spec.arn }, 'SUCCEEDED');
    expect(children).toHaveLength(3);
    expect(new Set(children.map((child) => child.spec.arn)).size).toBe(3);
    const [child] = children;
    expect(child?.spec).toMatchObject({
      arn: `arn:aws:states:ap-northeast-2:123456789012:execution:machine/Shards:${String(child?.spec.name)}`,
      stateMachineArn: `${MACHINE}/Shards`,
      input: { text: '{"month":"2026-01","shard":2}' },
    });
    expect(child === undefined ? [] : typesOf(child)).toContain('TaskSucceeded');
    expect(typesOf(execution)).toEqual([
      ...['ExecutionStarted', 'MapStateEntered', 'MapStateStarted', 'MapRunStarted', 'MapRunSucceeded'],
      ...['MapStateExited', 'ExecutionSucceeded'],
    ]);
  });

  it('gives a child its own context, and nothing of the variables around it', async () => {
    const made = bench();
    made.define({ Map: distributedMap({}, { Output: '{% $states.context.Execution %}' }) });
    const [child] = outputOf(await made.run({ items: ['only'] })) as { Id: string; Input: unknown }[];
    expect(child?.Id).toContain(':execution:machine/Map:');
    expect(child?.Input).toBe('only');
  });

  it('gives outputs in the order of the items, whichever ends first, and never runs more than MaxConcurrency', async () => {
    let now = 0;
    let most = 0;
    const made = bench(async (_, item) => {
      most = Math.max(most, (now += 1));
      await new Promise((resolve) => setTimeout(resolve, 10 - Number(item)));
      now -= 1;
      return returned(item);
    });
    made.define({ Map: distributedMap({ MaxConcurrency: 3 }) });
    expect(outputOf(await made.run({ items: numbers(10) }))).toEqual(numbers(10));
    expect(most).toBe(3);
  });

  it('succeeds with an empty list when there are no items', async () => {
    const made = bench();
    made.define({ Map: distributedMap() });
    expect(outputOf(await made.run({ items: [] }))).toEqual([]);
  });

  it('says what to write when a query unwrapped a list of one', async () => {
    const made = bench();
    made.define({ Map: distributedMap({ Items: '{% $states.input.items[slot = 1] %}' }) });
    const { error, cause } = await made.run({ items: [{ slot: 1 }] });
    expect(error).toBe('States.QueryEvaluationError');
    expect(cause).toContain('write [ … ] around it or [] behind it');
  });

  it('fails at the first failed child when nothing is tolerated: siblings aborted, the rest not begun', async () => {
    const made = bench(async (_, item) => {
      if (item === 1) return later().then(() => threw('Lambda.Unknown'));
      return item === 0 ? returned(0) : new Promise<never>(() => undefined);
    });
    made.define({ Map: distributedMap({ MaxConcurrency: 3, ToleratedFailurePercentage: 0 }) });
    const execution = await made.run({ items: numbers(10) });
    expect(execution).toMatchObject({
      status: 'FAILED',
      error: 'States.ExceedToleratedFailureThreshold',
      cause: 'The specified tolerated failure threshold was exceeded',
    });
    const mapRun = mapRunOf(made, execution);
    expect(mapRun.status).toBe('FAILED');
    expect(mapRun.counts).toMatchObject({ succeeded: 1, failed: 1, aborted: 2, pending: 6, running: 0, total: 10 });
    const [failed] = made.machines.list({ mapRunArn: mapRun.spec.arn }, 'FAILED');
    expect(failed?.error).toBe('Lambda.Unknown');
    expect(typesOf(execution)).toContain('MapRunFailed');
  });

  it('leaves out of its result the failures it tolerates, and fails at one more', async () => {
    const made = bench((_, item) => Promise.resolve(Number(item) < 2 ? threw('E') : returned(item)));
    const items = numbers(10);
    const tolerating = async (rest: Record<string, unknown>) => {
      made.define({ Map: distributedMap({ MaxConcurrency: 1, ...rest }) });
      const { error, outputText } = await made.run({ items, percent: 20 });
      return error ?? outputText;
    };
    const outputs = '[2,3,4,5,6,7,8,9]';
    const exceeded = 'States.ExceedToleratedFailureThreshold';
    expect(await tolerating({ ToleratedFailureCount: 2 })).toBe(outputs);
    expect(await tolerating({ ToleratedFailureCount: 1 })).toBe(exceeded);
    expect(await tolerating({ ToleratedFailurePercentage: '{% $states.input.percent %}' })).toBe(outputs);
    expect(await tolerating({ ToleratedFailurePercentage: 19 })).toBe(exceeded);
    expect(await tolerating({ ToleratedFailurePercentage: 100, ToleratedFailureCount: 1 })).toBe(exceeded);
  });

  it('starts a new map run when its Retry runs it again', async () => {
    let calls = 0;
    const made = bench((_, item) => Promise.resolve((calls += 1) === 1 ? threw('E') : returned(item)));
    made.define({ Map: distributedMap({ Retry: [{ ErrorEquals: ['States.ExceedToleratedFailureThreshold'] }] }) });
    const execution = await made.run({ items: [1] });
    expect(outputOf(execution)).toEqual([1]);
    expect(made.machines.mapRuns(execution.spec.arn).map((run) => run.status)).toEqual(['SUCCEEDED', 'FAILED']);
  });

  it('is aborted with its children when the execution is stopped', async () => {
    const made = bench(() => new Promise<never>(() => undefined));
    made.define({ Map: distributedMap() });
    const { spec } = made.machines.start({ stateMachineArn: MACHINE, input: '{"items":[1,2]}' });
    await later();
    const execution = await made.machines.stop(spec.arn);
    expect(execution.status).toBe('ABORTED');
    expect(mapRunOf(made, execution)).toMatchObject({ status: 'ABORTED', counts: { aborted: 2, running: 0 } });
  });

  it('fails when one of its children is stopped', async () => {
    const made = bench(() => new Promise<never>(() => undefined));
    made.define({ Map: distributedMap() });
    const { spec } = made.machines.start({ stateMachineArn: MACHINE, input: '{"items":[1,2]}' });
    await later();
    const mapRun = mapRunOf(made, made.machines.execution(spec.arn));
    const [child] = made.machines.list({ mapRunArn: mapRun.spec.arn });
    expect((await made.machines.stop(child?.spec.arn ?? '')).stopDate).toBeInstanceOf(Date);
    expect((await made.machines.settled(spec.arn)).error).toBe('States.ExceedToleratedFailureThreshold');
  });

  it('tells progress of every item, with counts', async () => {
    const made = bench();
    made.define({ Map: distributedMap({ MaxConcurrency: 1 }) });
    await made.run({ items: [1, 2] });
    const items = made.progress.filter((one) => one.kind === 'item');
    expect(items.map(({ phase, index, counts }) => [phase, index, counts.succeeded])).toEqual([
      ...[['started', 0, 0] as unknown, ['succeeded', 0, 1], ['started', 1, 1], ['succeeded', 1, 2]],
    ]);
    const phases = made.progress.filter((one) => one.kind === 'execution' && one.mapRunArn === undefined);
    expect(phases.map((one) => one.phase)).toEqual(['started', 'succeeded']);
  });

  it('runs a thousand children at some 30 microseconds each', async () => {
    const made = bench();
    made.machines.events.removeAllListeners();
    made.define({ Map: distributedMap({ MaxConcurrency: 40, Output: '{% $count($states.result) %}' }) });
    await made.run({ items: numbers(1000) });
    const begun = performance.now();
    expect(outputOf(await made.run({ items: numbers(1000) }))).toBe(1000);
    // Ten times of what it takes: the machine that runs the tests is busy with others.
    expect(performance.now() - begun).toBeLessThan(300);
  });
});

describe('an inline map', () => {
  it('fails with the error of the iteration that failed, and ends the others', async () => {
    const made = bench(async (_, item) => (item === 1 ? threw('E') : new Promise<never>(() => undefined)));
    const map = distributedMap();
    made.define({ Map: { ...map, ItemProcessor: { ...map.ItemProcessor, ProcessorConfig: { Mode: 'INLINE' } } } });
    const execution = await made.run({ items: [0, 1, 2] });
    expect(execution.error).toBe('E');
    expect(typesOf(execution)).toEqual(expect.arrayContaining(['MapIterationFailed', 'MapIterationAborted']));
  });
});
