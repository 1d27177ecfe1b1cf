import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { errorMatches, StateError } from '../../../tools/local/states/errors.ts';
import { nextDelaySeconds, type Attempts } from '../../../tools/local/states/retry.ts';
import { bench, LAMBDA_WITH_TOKEN, MACHINE, outputOf, returned, task, threw, typesOf } from './states-support.ts';

const never = () => new Promise<never>(() => undefined);

describe('error names', () => {
  it.each([
    ['States.ALL', 'Anything', true],
    ['States.ALL', 'States.Timeout', true],
    ['States.ALL', 'States.QueryEvaluationError', true],
    ['States.ALL', 'States.DataLimitExceeded', false],
    ['States.ALL', 'States.Runtime', false],
    ['States.Runtime', 'States.Runtime', false],
    ['States.DataLimitExceeded', 'States.DataLimitExceeded', true],
    ['States.TaskFailed', 'Lambda.Unknown', true],
    ['States.TaskFailed', 'States.Timeout', false],
    ['States.TaskFailed', 'States.DataLimitExceeded', false],
    ['States.Timeout', 'States.HeartbeatTimeout', true],
    ['Lambda.Unknown', 'Lambda.ServiceException', false],
  ])('%s means %s: %s', (entry, error, means) => {
    expect(errorMatches(entry, error)).toBe(means);
  });
});

describe('retries', () => {
  const retrier = {
    ...{ errorEquals: ['E'], intervalSeconds: 2, maxAttempts: 5, backoffRate: 2 },
    ...{ maxDelaySeconds: 9, fullJitter: false },
  };

  it('back off by the rate up to the longest delay, as often as MaxAttempts says', () => {
    const attempts: Attempts = new Map();
    const delays = Array.from({ length: 6 }, () => nextDelaySeconds([retrier], 'E', attempts, () => 0));
    expect(delays).toEqual([2, 4, 8, 9, 9, undefined]);
  });

  it('with full jitter wait anything from nothing to the delay', () => {
    const one = { ...retrier, fullJitter: true };
    fc.assert(
      fc.property(fc.double({ min: 0, max: 0.999_999, noNaN: true }), (dice) => {
        expect(nextDelaySeconds([one], 'E', new Map(), () => dice)).toBe(2 * dice);
      }),
    );
  });

  it('count each entry by itself and ask no later entry when one is used up', () => {
    const attempts: Attempts = new Map();
    const all = { ...retrier, errorEquals: ['States.ALL'], maxAttempts: 1 };
    const first = { ...retrier, maxAttempts: 1 };
    const ask = (error: string) => nextDelaySeconds([first, all], error, attempts, () => 0);
    expect([ask('E'), ask('E'), ask('Other'), ask('Other')]).toEqual([2, undefined, 2, undefined]);
  });

  it('run the state again with the same input, count in the context, and wait on the clock', async () => {
    const seen: unknown[] = [];
    const { define, run, sleeps, progress } = bench((_, payload) => {
      seen.push(payload);
      return Promise.resolve(seen.length < 3 ? threw('Lambda.TooManyRequestsException') : returned('done'));
    });
    const Retry = [{ ErrorEquals: ['Lambda.TooManyRequestsException'], IntervalSeconds: 4, JitterStrategy: 'FULL' }];
    const Payload = { input: '{% $states.input %}', retry: '{% $states.context.State.RetryCount %}' };
    define({ Task: task({ Retry, Arguments: { FunctionName: 'f', Payload } }) });
    const execution = await run('x');
    expect(outputOf(execution)).toBe('done');
    expect(seen).toEqual([0, 1, 2].map((retry) => ({ input: 'x', retry })));
    expect(sleeps).toEqual([2000, 4000]);
    expect(typesOf(execution).filter((type) => type === 'TaskStateEntered')).toHaveLength(1);
    expect(progress.filter((one) => one.phase === 'retrying')).toMatchObject([
      { delaySeconds: 2 },
      { delaySeconds: 4 },
    ]);
  });

  it('stop at once when MaxAttempts is 0', async () => {
    const { define, run, sleeps } = bench(() => Promise.resolve(threw('E')));
    define({ Task: task({ Retry: [{ ErrorEquals: ['E'], MaxAttempts: 0 }] }) });
    expect((await run()).status).toBe('FAILED');
    expect(sleeps).toEqual([]);
  });
});

describe('failures of a task', () => {
  it('have the error type of the function as name and its JSON as cause', async () => {
    const { define, run } = bench(() => Promise.resolve(threw('InvalidRunInput', 'month: not a month')));
    define({ Task: task() });
    const { error, cause } = await run();
    expect(error).toBe('InvalidRunInput');
    expect(JSON.parse(cause ?? '')).toEqual({
      errorType: 'InvalidRunInput',
      errorMessage: 'month: not a month',
      trace: [],
    });
  });

  it('are Sandbox.Timedout when the function ran into its own time-out', async () => {
    const { define, run } = bench(() => Promise.resolve({ kind: 'timed-out', afterSeconds: 300 }));
    define({ Task: task() });
    const { error, cause } = await run();
    expect(error).toBe('Sandbox.Timedout');
    expect(cause).toContain('Task timed out after 300.00 seconds');
  });

  it('are States.Timeout when the task takes longer than TimeoutSeconds, and the integration learns of it', async () => {
    let signal: AbortSignal | undefined;
    const { define, run } = bench((_, __, context) => {
      signal = context.signal;
      return never();
    });
    define({ Task: task({ TimeoutSeconds: '{% $states.input.s %}' }) });
    const execution = await run({ s: 20 });
    expect(execution).toMatchObject({ status: 'FAILED', error: 'States.Timeout' });
    expect(typesOf(execution)).toContain('TaskTimedOut');
    expect(signal?.aborted).toBe(true);
  });

  it('keep the name of an error that an integration throws', async () => {
    const { define, run } = bench(() => Promise.reject(new StateError('Lambda.ServiceException', 'down')));
    define({ Task: task() });
    expect(await run()).toMatchObject({ error: 'Lambda.ServiceException', cause: 'down' });
  });

  it('are refused by name when the integration does not know an argument', async () => {
    const { define, run } = bench();
    define({ Task: task({ Arguments: { FunctionName: 'f', InvocationType: 'Event' } }) });
    const { error, cause } = await run();
    expect(error).toBe('States.Runtime');
    expect(cause).toContain('InvocationType');
  });

  it('go to the first Catch that matches, with errorOutput and Assign', async () => {
    const { define, run } = bench(() => Promise.resolve(threw('RunDoesNotBalance', 'three')));
    define({
      Task: task({
        Catch: [
          { ErrorEquals: ['Other'], Next: 'Other' },
          {
            ErrorEquals: ['States.TaskFailed'],
            Next: 'After',
            Assign: { failed: '{% $states.errorOutput.Error %}' },
            Output: { message: '{% $parse($states.errorOutput.Cause).errorMessage %}', was: '{% $states.input %}' },
          },
        ],
      }),
      Other: { Type: 'Succeed' },
      After: { Type: 'Pass', Output: ['{% $states.input %}', '{% $failed %}'], End: true },
    });
    const execution = await run({ n: 1 });
    expect(execution.error).toBeUndefined();
    expect(outputOf(execution)).toEqual([{ message: 'three', was: { n: 1 } }, 'RunDoesNotBalance']);
  });

  it('give errorOutput on where a Catch has no Output', async () => {
    const { define, run } = bench(() => Promise.resolve(threw('E')));
    define({ Task: task({ Catch: [{ ErrorEquals: ['States.ALL'], Next: 'After' }] }), After: { Type: 'Succeed' } });
    expect(outputOf(await run())).toMatchObject({ Error: 'E' });
  });

  it('let a Catch catch an expression that failed in Arguments or Output', async () => {
    const { define, run } = bench();
    const Catch = [{ ErrorEquals: ['States.QueryEvaluationError'], Next: 'After', Output: 'caught' }];
    define({ Task: task({ Output: '{% $states.result.nothing %}', Catch }), After: { Type: 'Succeed' } });
    expect(outputOf(await run())).toBe('caught');
  });
});

describe('an execution as a whole', () => {
  it('times out by the TimeoutSeconds of the machine; no Catch holds it up', async () => {
    const { define, run } = bench(never);
    const Catch = [{ ErrorEquals: ['States.ALL'], Next: 'After' }];
    define({ Task: task({ Catch }), After: { Type: 'Succeed' } }, { TimeoutSeconds: 20 });
    expect(await run()).toMatchObject({ status: 'TIMED_OUT', error: 'States.Timeout' });
  });

  it('is aborted by stop, with the error and cause given', async () => {
    const { define, machines } = bench(never);
    define({ Task: task() });
    const { spec } = machines.start({ stateMachineArn: MACHINE });
    await new Promise(setImmediate);
    const stopped = await machines.stop(spec.arn, 'Operator', 'wrong month');
    expect(stopped).toMatchObject({ status: 'ABORTED', error: 'Operator', cause: 'wrong month' });
    expect((await machines.stop(spec.arn)).cause).toBe('wrong month');
    expect(machines.running).toBe(0);
  });
});

describe('task tokens', () => {
  const waiting = (rest: Record<string, unknown> = {}) => ({
    ...task(),
    Resource: LAMBDA_WITH_TOKEN,
    Arguments: { FunctionName: 'f', Payload: '{% $states.context.Task.Token %}' },
    Output: '{% $states.result %}',
    ...rest,
  });
  const tokenBench = () => {
    const { promise, resolve } = Promise.withResolvers<string>();
    const made = bench((_, token) => {
      resolve(String(token));
      return Promise.resolve(returned('ignored'));
    });
    return { ...made, token: promise };
  };

  it('end the task with the output that somebody sends', async () => {
    const { define, run, machines, token } = tokenBench();
    define({ Wait: waiting() });
    const ended = run();
    machines.tokens.succeed(await token, '{"decision":"approved"}');
    expect(outputOf(await ended)).toEqual({ decision: 'approved' });
    const used = await token;
    const again = () => {
      machines.tokens.succeed(used, '1');
    };
    expect(again).toThrow(expect.objectContaining({ code: 'TaskTimedOut' }));
  });

  it('fail the task with the error that somebody sends', async () => {
    const { define, run, machines, token } = tokenBench();
    define({ Wait: waiting() });
    const ended = run();
    machines.tokens.fail(await token, 'Rejected', 'by the operator');
    expect(await ended).toMatchObject({ status: 'FAILED', error: 'Rejected', cause: 'by the operator' });
  });

  it('must send heartbeats where the state asks for them', async () => {
    const { define, run, machines, token } = tokenBench();
    define({ Wait: waiting({ HeartbeatSeconds: 60 }) });
    const ended = run();
    const beaten = await token;
    for (let beat = 0; beat < 5; beat += 1) {
      await new Promise((resolve) => setTimeout(resolve, 25));
      machines.tokens.heartbeat(beaten);
    }
    expect((await ended).error).toBe('States.HeartbeatTimeout');
    const late = () => {
      machines.tokens.heartbeat(beaten);
    };
    expect(late).toThrow(expect.objectContaining({ code: 'TaskTimedOut' }));
  });

  it('are refused when nobody gave them out, or when the output is not JSON', async () => {
    const { define, run, machines, token } = tokenBench();
    define({ Wait: waiting() });
    const ended = run();
    const open = await token;
    expect(() => {
      machines.tokens.succeed('none', '1');
    }).toThrow(expect.objectContaining({ code: 'InvalidToken' }));
    expect(() => {
      machines.tokens.succeed(open, 'no JSON');
    }).toThrow(expect.objectContaining({ code: 'InvalidOutput' }));
    machines.tokens.succeed(open, '1');
    await ended;
  });
});
