import { describe, expect, it } from 'vitest';
import type { Execution } from '../../../tools/local/states/execution.ts';
import {
  bench,
  distributedMap,
  MACHINE,
  outputOf,
  returned,
  task,
  threw,
  typesOf,
  type Bench,
} from './states-support.ts';

const redrive = ({ machines }: Bench, { spec }: Execution) => {
  machines.redrive(spec.arn);
  return machines.settled(spec.arn);
};

describe('a redrive', () => {
  it('goes on at the failed state with the input and variables it had, and counts', async () => {
    const calls: unknown[] = [];
    const made = bench((_, payload) => {
      calls.push(payload);
      return Promise.resolve(calls.length === 2 ? threw('Platform') : returned(`${String(payload)}+`));
    });
    made.define({
      First: task({ Assign: { seen: '{% $states.result.Payload %}' }, Next: 'Second' }),
      Second: task({ Output: ['{% $seen %}', '{% $states.context.Execution.RedriveCount %}'] }),
    });
    const failed = await made.run('a', 'one');
    expect(failed).toMatchObject({ status: 'FAILED', error: 'Platform', redriveCount: 0 });
    const execution = await redrive(made, failed);
    expect(calls).toEqual(['a', 'a+', 'a+']);
    expect(outputOf(execution)).toEqual(['a+', 1]);
    expect(execution).toMatchObject({ status: 'SUCCEEDED', error: undefined, redriveCount: 1 });
    expect(execution.redriveDate).toBeInstanceOf(Date);
    const types = typesOf(execution);
    expect(types.slice(types.indexOf('ExecutionFailed'))).toEqual([
      ...['ExecutionFailed', 'ExecutionRedriven', 'TaskScheduled', 'TaskStarted', 'TaskSucceeded'],
      ...['TaskStateExited', 'ExecutionSucceeded'],
    ]);
    expect(types.filter((type) => type === 'TaskStateEntered')).toHaveLength(2);
  });

  it('starts counting retries anew', async () => {
    let calls = 0;
    const made = bench(() => Promise.resolve((calls += 1) <= 3 ? threw('E') : returned('done')));
    made.define({ Task: task({ Retry: [{ ErrorEquals: ['E'], MaxAttempts: 1 }] }) });
    const failed = await made.run();
    expect(calls).toBe(2);
    expect((await redrive(made, failed)).status).toBe('SUCCEEDED');
    expect(calls).toBe(4);
  });

  it('runs only the children of a map that failed, were aborted or had not begun, in the same map run', async () => {
    const calls: unknown[] = [];
    let isBroken = true;
    const made = bench(async (_, item) => {
      calls.push(item);
      if (!isBroken || Number(item) < 2) return returned(item);
      if (item === 2) return threw('Platform');
      return new Promise<never>(() => undefined);
    });
    made.define({ Map: distributedMap({ MaxConcurrency: 2 }) });
    const failed = await made.run({ items: [0, 1, 2, 3, 4, 5] });
    const [mapRun] = made.machines.mapRuns(failed.spec.arn);
    expect(mapRun?.counts).toMatchObject({ succeeded: 2, failed: 1, aborted: 1, pending: 2 });
    isBroken = false;
    calls.length = 0;
    const execution = await redrive(made, failed);
    expect(calls.toSorted()).toEqual([2, 3, 4, 5]);
    expect(outputOf(execution)).toEqual([0, 1, 2, 3, 4, 5]);
    expect(made.machines.mapRuns(failed.spec.arn)).toEqual([mapRun]);
    expect(mapRun).toMatchObject({ status: 'SUCCEEDED', redriveCount: 1, counts: { succeeded: 6, total: 6 } });
    expect(mapRun?.children.map((child) => child?.redriveCount)).toEqual([0, 0, 1, 1, 0, 0]);
    expect(typesOf(execution)).toContain('MapRunRedriven');
  });

  it('goes on within a child at the state that failed', async () => {
    const calls: string[] = [];
    const made = bench((name) => {
      calls.push(name);
      return Promise.resolve(calls.length === 2 ? threw('Platform') : returned(1));
    });
    const map = distributedMap();
    const call = (FunctionName: string, rest = {}) => task({ Arguments: { FunctionName }, ...rest });
    const States = { A: call('a', { Next: 'B' }), B: call('b') };
    made.define({ Map: { ...map, ItemProcessor: { ...map.ItemProcessor, StartAt: 'A', States } } });
    await redrive(made, await made.run({ items: [1] }));
    expect(calls).toEqual(['a', 'b', 'b']);
  });

  it('may fail again, and be redriven again', async () => {
    let calls = 0;
    const made = bench(() => Promise.resolve((calls += 1) < 3 ? threw('E') : returned(calls)));
    made.define({ Map: distributedMap() });
    const failed = await made.run({ items: [1] });
    expect((await redrive(made, failed)).status).toBe('FAILED');
    const execution = await redrive(made, failed);
    expect(execution).toMatchObject({ status: 'SUCCEEDED', redriveCount: 2 });
    expect(made.machines.mapRuns(failed.spec.arn)).toMatchObject([{ redriveCount: 2 }]);
  });

  it('leaves alone a map that ended within its tolerance', async () => {
    const calls: unknown[] = [];
    const made = bench((_, item) => {
      calls.push(item);
      return Promise.resolve(item === 1 || calls.length === 3 ? threw('E') : returned(item));
    });
    made.define({ Map: distributedMap({ ToleratedFailureCount: 1, MaxConcurrency: 1, Next: 'After' }), After: task() });
    const execution = await redrive(made, await made.run({ items: [0, 1] }));
    expect(calls).toEqual([0, 1, [0], [0]]);
    expect(execution.status).toBe('SUCCEEDED');
  });

  it('runs only the parallel branches that did not succeed', async () => {
    const calls: string[] = [];
    const made = bench((name) => {
      calls.push(name);
      return Promise.resolve(name === 'b' && calls.length === 2 ? threw('E') : returned(name));
    });
    const branch = (name: string) => ({
      StartAt: name,
      States: { [name]: task({ Arguments: { FunctionName: name } }) },
    });
    made.define({ Both: { Type: 'Parallel', Branches: [branch('a'), branch('b')], End: true } });
    const failed = await made.run();
    expect(failed.error).toBe('E');
    // On the first attempt branch a may have been aborted by the failure of b: then it runs again too.
    expect(outputOf(await redrive(made, failed))).toEqual(['a', 'b']);
    expect(calls.at(-1)).toBe('b');
  });

  it('keeps the definition that the execution began with', async () => {
    let calls = 0;
    const made = bench(() => Promise.resolve((calls += 1) === 1 ? threw('E') : returned('old')));
    made.define({ Task: task() });
    const failed = await made.run();
    made.define({ Other: { Type: 'Pass', Output: 'new', End: true } });
    expect(outputOf(await redrive(made, failed))).toBe('old');
    expect(outputOf(await made.run())).toBe('new');
  });

  it('goes on with an execution that was stopped or timed out', async () => {
    let isStuck = true;
    const made = bench(() => (isStuck ? new Promise<never>(() => undefined) : Promise.resolve(returned(1))));
    made.define({ Task: task() }, { TimeoutSeconds: 20 });
    const timedOut = await made.run();
    const { spec } = made.machines.start({ stateMachineArn: MACHINE });
    await new Promise(setImmediate);
    const stopped = await made.machines.stop(spec.arn);
    expect([timedOut.status, stopped.status]).toEqual(['TIMED_OUT', 'ABORTED']);
    isStuck = false;
    expect((await redrive(made, timedOut)).status).toBe('SUCCEEDED');
    expect((await redrive(made, stopped)).status).toBe('SUCCEEDED');
  });

  it('is refused while the execution runs, when it succeeded, and for a child of a map', async () => {
    const made = bench((_, item) => Promise.resolve(item === 'bad' ? threw('E') : returned(item)));
    const refused = expect.objectContaining({ code: 'ExecutionNotRedrivable' }) as Error;
    made.define({ Map: distributedMap() });
    const { spec } = made.machines.start({ stateMachineArn: MACHINE, input: '{"items":["bad"]}' });
    expect(() => made.machines.redrive(spec.arn)).toThrow(refused);
    await made.machines.settled(spec.arn);
    const [child] = made.machines.mapRuns(spec.arn)[0]?.children ?? [];
    expect(() => made.machines.redrive(child?.spec.arn ?? '')).toThrow(refused);
    const succeeded = await made.run({ items: [] });
    expect(() => made.machines.redrive(succeeded.spec.arn)).toThrow(refused);
  });
});

describe('names of executions', () => {
  it('make one execution of the same name and input while it runs, and are refused otherwise', async () => {
    const { define, machines } = bench();
    define({ Only: { Type: 'Succeed' } });
    const start = (input: string) => machines.start({ stateMachineArn: MACHINE, name: 'july', input });
    const first = start('{"a":1}');
    expect(start('{"a":1}')).toBe(first);
    const exists = expect.objectContaining({ code: 'ExecutionAlreadyExists' }) as Error;
    expect(() => start('{"a":2}')).toThrow(exists);
    await machines.idle();
    expect(() => start('{"a":1}')).toThrow(exists);
  });

  it.each([
    [{ name: 'a b' }, 'InvalidName'],
    [{ name: 'x'.repeat(81) }, 'InvalidName'],
    [{ input: '{' }, 'InvalidExecutionInput'],
    [{ stateMachineArn: `${MACHINE}x` }, 'StateMachineDoesNotExist'],
    [{ stateMachineArn: 'machine' }, 'InvalidArn'],
  ])('and inputs like %j are refused with %s', (request, code) => {
    const { define, machines } = bench();
    define({ Only: { Type: 'Succeed' } });
    expect(() => machines.start({ stateMachineArn: MACHINE, ...request })).toThrow(
      expect.objectContaining({ code }) as Error,
    );
  });
});
