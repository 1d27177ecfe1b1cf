import { describe, expect, it } from 'vitest';
import { bench, distributedMap, MACHINE, outputOf, returned, task, typesOf } from './states-support.ts';

const pass = (Output: unknown, rest: Record<string, unknown> = {}) => ({ Type: 'Pass', Output, End: true, ...rest });
const evaluate = async (Output: unknown, input: unknown = {}) => {
  const { define, run } = bench();
  define({ Only: pass(Output) });
  return run(input, 'one');
};

describe('payloads through states', () => {
  it('gives lambda:invoke its arguments and sees Payload, StatusCode and ExecutedVersion', async () => {
    const calls: unknown[] = [];
    const { define, run } = bench((name, payload) => {
      calls.push([name, payload]);
      return Promise.resolve(returned({ outcome: 'open' }));
    });
    define({ Open: task({ Output: '{% $states.result %}' }) });
    const execution = await run({ month: '2026-01' });
    expect(calls).toEqual([['f', { month: '2026-01' }]]);
    expect(outputOf(execution)).toEqual({ ExecutedVersion: '$LATEST', Payload: { outcome: 'open' }, StatusCode: 200 });
    expect(typesOf(execution)).toEqual([
      ...['ExecutionStarted', 'TaskStateEntered', 'TaskScheduled', 'TaskStarted', 'TaskSucceeded', 'TaskStateExited'],
      'ExecutionSucceeded',
    ]);
  });

  it('gives a task its result where there is no Output, and its input where there are no Arguments', async () => {
    const { define, run } = bench();
    define({ Only: { ...task(), Arguments: undefined, Output: undefined } });
    expect(outputOf(await run({ FunctionName: 'f', Payload: 7 }))).toMatchObject({ Payload: 7, StatusCode: 200 });
  });

  it('fills the context object', async () => {
    const execution = await evaluate(
      { context: '{% $states.context %}', id: '{% $states.context.Execution.Id %}' },
      { a: 1 },
    );
    const arn = 'arn:aws:states:ap-northeast-2:123456789012:execution:machine:one';
    expect(outputOf(execution)).toMatchObject({
      id: arn,
      context: {
        Execution: { Id: arn, Name: 'one', Input: { a: 1 }, RedriveCount: 0 },
        State: { Name: 'Only', RetryCount: 0 },
        StateMachine: { Id: MACHINE, Name: 'machine' },
      },
    });
    const { context } = outputOf(execution) as { context: { Execution: { StartTime: string } } };
    expect(context.Execution.StartTime).toMatch(/^2026-02-01T00:0\d:\d\d\.\d{3}Z$/);
  });

  it('assigns variables that later states read, and lets Output see them as they were before', async () => {
    const { define, run } = bench();
    define({
      First: pass('{% $states.input %}', { Assign: { n: '{% $states.input.n %}' }, Next: 'Second', End: undefined }),
      Second: pass('{% $n %}', { Assign: { n: '{% $n + 1 %}' }, Next: 'Third', End: undefined }),
      Third: pass({ before: '{% $states.input %}', after: '{% $n %}' }),
    });
    expect(outputOf(await run({ n: 1 }))).toEqual({ before: 1, after: 2 });
  });

  it('keeps lists as JSONata does: a path keeps a list of one, a filter unwraps it, [] and [ … ] keep it', async () => {
    const Output = {
      path: '{% $states.input.due %}',
      empty: '{% $states.input.none %}',
      filter: '{% $states.input.due[slot = 1] %}',
      kept: '{% $states.input.due[slot = 1][] %}',
      built: '{% [$states.input.due[slot = 1]] %}',
      fields: '{% $states.input.due.slot %}',
    };
    expect(outputOf(await evaluate(Output, { due: [{ slot: 1 }], none: [] }))).toEqual({
      ...{ path: [{ slot: 1 }], empty: [], filter: { slot: 1 }, kept: [{ slot: 1 }], built: [{ slot: 1 }], fields: 1 },
    });
  });

  it('does not unwrap in the next state what the engine made a list in this one', async () => {
    const { define, run } = bench();
    define({
      First: pass({ list: '{% $states.input.due[slot = 1][] %}' }, { Next: 'Second', End: undefined }),
      Second: pass({ list: '{% $states.input.list %}', count: '{% $count($states.input.list) %}' }),
    });
    expect(outputOf(await run({ due: [{ slot: 1 }] }))).toEqual({ list: [{ slot: 1 }], count: 1 });
  });

  it('fails with States.QueryEvaluationError where an expression finds nothing, and says which', async () => {
    const { status, error, cause } = await evaluate({ a: { b: '{% $states.input.missing %}' } });
    expect([status, error]).toEqual(['FAILED', 'States.QueryEvaluationError']);
    expect(cause).toContain(
      "'$states.input.missing' specified for the field 'Output/a/b' returned nothing (undefined)",
    );
    expect(cause).toContain("the state 'Only' (entered at the event id #2)");
  });

  it.each(['$states.input.n > "2"', 'function($x){$x}', '$error("no")', '1 / 0', '$parse(1)'])(
    'fails with States.QueryEvaluationError for %s',
    async (source) => {
      expect((await evaluate(`{% ${source} %}`, { n: 1 })).error).toBe('States.QueryEvaluationError');
    },
  );

  it('has the functions of Step Functions, with the clock, seed and ids of the runtime', async () => {
    const Output = {
      range: '{% $range(0, 6, 3) %}',
      partition: '{% $partition([1, 2, 3], 2) %}',
      hash: '{% $hash("a", "SHA-1") %}',
      parsed: '{% $parse("[1]") %}',
      random: '{% $random() %}',
      uuid: '{% $uuid() %}',
      year: '{% $substring($now(), 0, 4) %}',
      day: '{% $now("[Y0001]-[M01]-[D01]", "+0900") %}',
      late: '{% $millis() >= 1769904000000 %}',
    };
    expect(outputOf(await evaluate(Output))).toEqual({
      ...{ range: [0, 3, 6], partition: [[1, 2], [3]], hash: '86f7e437faa5a7fce15d1ddcb9eaeaea377667b8', parsed: [1] },
      ...{ random: 0.5, uuid: 'id-1', year: '2026', day: '2026-02-01', late: true },
    });
  });
});

describe('the flow', () => {
  it('takes the first choice that holds, or Default with its own Output', async () => {
    const { define, run } = bench();
    define({
      Choose: {
        Type: 'Choice',
        Choices: [
          { Condition: '{% $exists($states.input.wave) %}', Next: 'Wave', Output: 'by wave' },
          { Condition: '{% $states.input.month = "2026-01" %}', Next: 'Wave', Output: 'by month' },
        ],
        Default: 'Wave',
        Output: 'by default',
      },
      Wave: { Type: 'Succeed' },
    });
    expect(outputOf(await run({ wave: 1, month: '2026-01' }))).toBe('by wave');
    expect(outputOf(await run({ month: '2026-01' }))).toBe('by month');
    expect(outputOf(await run({}))).toBe('by default');
  });

  it('fails a choice without Default when nothing holds, and one whose condition is no boolean', async () => {
    const { define, run } = bench();
    const choices = [{ Condition: '{% $states.input.n %}', Next: 'End' }];
    define({ Choose: { Type: 'Choice', Choices: choices }, End: { Type: 'Succeed' } });
    expect((await run({ n: false })).error).toBe('States.NoChoiceMatched');
    expect((await run({ n: 1 })).error).toBe('States.QueryEvaluationError');
  });

  it('waits for seconds or until an instant of the clock', async () => {
    const { define, run, sleeps, machines } = bench();
    define({
      Wait: { Type: 'Wait', Seconds: '{% $states.input.s %}', Next: 'Until' },
      Until: { Type: 'Wait', Timestamp: '{% $states.input.until %}', End: true },
    });
    expect((await run({ s: 3, until: '2026-02-01T00:01:00Z' })).status).toBe('SUCCEEDED');
    expect(sleeps[0]).toBe(3000);
    expect(sleeps[1]).toBeGreaterThan(50_000);
    expect((await run({ s: 0, until: 'tomorrow' })).error).toBe('States.QueryEvaluationError');
    await machines.idle();
  });

  it('ends with the error and cause of a Fail state', async () => {
    const { define, run } = bench();
    define({ Stop: { Type: 'Fail', Error: 'RunDoesNotBalance', Cause: '{% "by " & $states.input.won %}' } });
    expect(await run({ won: 7 })).toMatchObject({ status: 'FAILED', error: 'RunDoesNotBalance', cause: 'by 7' });
  });

  it('runs parallel branches with the same input and gives their outputs in order', async () => {
    const { define, run } = bench();
    const branch = (name: string, Output: unknown) => ({ StartAt: name, States: { [name]: pass(Output) } });
    define({
      Both: { Type: 'Parallel', Branches: [branch('A', '{% $states.input.n %}'), branch('B', 'b')], End: true },
    });
    expect(outputOf(await run({ n: 1 }))).toEqual([1, 'b']);
  });

  it('runs an inline map with the variables around it and its own item', async () => {
    const { define, run } = bench();
    const States = { Each: pass({ v: '{% $month & $states.input %}', i: '{% $states.context.Map.Item.Index %}' }) };
    define({
      First: pass('{% $states.input %}', { Assign: { month: '1/' }, Next: 'Map', End: undefined }),
      Map: { Type: 'Map', Items: '{% $states.input.items %}', ItemProcessor: { StartAt: 'Each', States }, End: true },
    });
    const execution = await run({ items: ['a', 'b'] });
    expect(outputOf(execution)).toEqual([
      { v: '1/a', i: 0 },
      { v: '1/b', i: 1 },
    ]);
    expect(typesOf(execution).filter((type) => type === 'MapIterationSucceeded')).toHaveLength(2);
  });

  it('ends an endless loop at the 25,000 events that AWS allows', async () => {
    const { define, run } = bench();
    define({ Loop: { Type: 'Pass', Next: 'Loop' } });
    const execution = await run();
    expect(execution.error).toBe('States.Runtime');
    expect(execution.notRedrivable).toBe('Execution history event limit exceeded');
  });
});

describe('the payload limit of 256 KiB', () => {
  const large = 'x'.repeat(256 * 1024);

  it('fails a task whose result is too large, which States.ALL neither retries nor catches', async () => {
    const { define, run } = bench(() => Promise.resolve(returned(large)));
    const all = { ErrorEquals: ['States.ALL'] };
    define({
      Big: task({ Retry: [all], Catch: [{ ...all, Next: 'After' }], Next: 'After' }),
      After: { Type: 'Succeed' },
    });
    const execution = await run();
    expect(execution.error).toBe('States.DataLimitExceeded');
    expect(typesOf(execution).filter((type) => type === 'TaskScheduled')).toHaveLength(1);
  });

  it('lets a Catch that names it catch it', async () => {
    const { define, run } = bench(() => Promise.resolve(returned(large)));
    const Catch = [{ ErrorEquals: ['States.DataLimitExceeded'], Next: 'After', Output: 'caught' }];
    define({ Big: task({ Catch, Next: 'After' }), After: { Type: 'Succeed' } });
    expect(outputOf(await run())).toBe('caught');
  });

  it('counts bytes, not characters, and takes exactly 262,144 of them', async () => {
    const { define, run } = bench();
    define({ Only: pass('{% $pad("", $states.input.n, $states.input.c) %}') });
    expect((await run({ n: 262_142, c: 'x' })).status).toBe('SUCCEEDED');
    expect((await run({ n: 262_143, c: 'x' })).error).toBe('States.DataLimitExceeded');
    expect((await run({ n: 100_000, c: '원' })).error).toBe('States.DataLimitExceeded');
  });

  it('fails a map whose items together give too much, even if its Output would be small', async () => {
    const { define, run } = bench(() => Promise.resolve(returned('x'.repeat(100_000))));
    define({ Map: distributedMap({ Output: 'small' }) });
    expect((await run({ items: [1, 2] })).status).toBe('SUCCEEDED');
    expect((await run({ items: [1, 2, 3] })).error).toBe('States.DataLimitExceeded');
  });

  it('refuses a larger input of an execution', () => {
    const { define, machines } = bench();
    define({ Only: pass(1) });
    const start = () => machines.start({ stateMachineArn: MACHINE, input: JSON.stringify(large) });
    expect(start).toThrow(expect.objectContaining({ code: 'ValidationException' }));
  });
});
