/** The local runtime on a small template: what AWS would do with it, it does. */
import { DescribeExecutionCommand, ListExecutionsCommand, SFNClient } from '@aws-sdk/client-sfn';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { faultAt, poison } from '../../tools/local/gate-faults.ts';
import { NO_FAILURES } from '../../tools/local/provider-rates.ts';
import type { Runtime } from '../../tools/local/runtime.ts';
import { call, itemOf, receive, startFixture, type Item } from '../support/local-fixture.ts';

const problems: string[] = [];
let runtime: Runtime;

beforeAll(async () => {
  runtime = await startFixture({ schedules: true, onProblem: (problem) => problems.push(problem) });
});
afterAll(() => runtime.stop());

const queue = async (...instructions: { id: string; act: string }[]): Promise<void> => {
  await call(runtime, 'queue', { instructions });
};
const seen = (id: string, queueName: string): Promise<Item | null> => itemOf(runtime, id, `fixture-${queueName}`);

describe('a month of the template', () => {
  it('begins when the schedule is due in Seoul, and goes through map, event, rule and queue to its end', async () => {
    const started = () => runtime.machines.list({ stateMachineArn: runtime.resource('RunArn') }).length;
    await expect.poll(started, { timeout: 10_000 }).toBe(1);
    await runtime.idle();
    for (const shard of [0, 1, 2]) {
      expect(await itemOf(runtime, 'RUN#2026-01', String(shard))).toMatchObject({ isSame: true, read: shard });
    }
    // Noon of 1 February in Seoul, carried from the schedule to the last message.
    expect(await seen('2026-02-01T03:00:00Z', 'email')).toMatchObject({ deliveries: 1, receiveCount: 1 });
    expect(runtime.bus.events).toHaveLength(1);
  });

  it('can be seen through the Step Functions API', async () => {
    const env = runtime.env('test');
    const sfn = new SFNClient({
      endpoint: env['AWS_ENDPOINT_URL_SFN'] ?? '',
      region: env['AWS_REGION'] ?? '',
      credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    });
    const { executions = [] } = await sfn.send(
      new ListExecutionsCommand({ stateMachineArn: runtime.resource('RunArn') }),
    );
    const executionArn = executions[0]?.executionArn;
    expect(await sfn.send(new DescribeExecutionCommand({ executionArn }))).toMatchObject({
      status: 'SUCCEEDED',
      input: '{"scheduledAt":"2026-02-01T03:00:00Z"}',
    });
    sfn.destroy();
  });
});

describe('an event source', () => {
  it('hands over full batches, and brings back only what the function reports', async () => {
    const good = Array.from({ length: 9 }, (_, index) => ({ id: `good-${index}`, act: 'none' }));
    // It fails on the email queue only, so that it ends on the SMS queue.
    await queue(...good, { id: 'partial', act: 'fixture-consume' });
    await runtime.idle();
    expect(await seen('good-0', 'email')).toMatchObject({ deliveries: 1, batchSize: 10 });
    expect(await seen('good-8', 'email')).toMatchObject({ deliveries: 1 });
    // Three receives are allowed; the fourth moves it. The emulator keeps the count on the way.
    expect(await seen('partial', 'email')).toMatchObject({ deliveries: 3, receiveCount: 3 });
    expect(await seen('partial', 'sms')).toMatchObject({ deliveries: 1, receiveCount: 5 });
  });

  it('brings a whole batch back when the function throws, and down to the last queue in the end', async () => {
    await queue({ id: 'thrown', act: 'throw' });
    await runtime.idle();
    expect(await seen('thrown', 'email')).toMatchObject({ deliveries: 3 });
    const left = await receive(runtime, 'fixture-final');
    // On a busy machine a message of before may have been seen again before it was deleted, and have come here, too.
    expect(left.map(({ body }) => body)).toContainEqual({ id: 'thrown', act: 'throw' });
  });

  it('survives a function that ends its process, and one that never answers', async () => {
    await queue({ id: 'crash', act: 'crash' });
    await runtime.idle();
    expect(await seen('crash', 'email')).toMatchObject({ deliveries: 3 });
    expect(await seen('crash', 'sms')).toMatchObject({ deliveries: 1 });

    const results: string[] = [];
    const note = ({ result }: { result: { kind: string } }): number => results.push(result.kind);
    runtime.events.on('invocation', note);
    await queue({ id: 'hang', act: 'hang' });
    await runtime.idle();
    runtime.events.off('invocation', note);
    // On a busy machine the message may be handed out again before the time-out is told.
    expect(results.toSorted()).toEqual(['returned', 'returned', 'timed-out']);
    expect(await seen('hang', 'email')).toMatchObject({ deliveries: 2, receiveCount: 2 });
  });

  it('shows the instants of its own clock', async () => {
    const before = runtime.clock.nowMs();
    await queue({ id: 'time', act: 'none' });
    await runtime.idle();
    const { sentAt } = (await seen('time', 'email')) ?? {};
    expect(Number(sentAt)).toBeGreaterThan(before - 1000);
    expect(Number(sentAt)).toBeLessThan(runtime.clock.nowMs());
  });
});

describe('the gate', () => {
  it('counts requests and units by function, service and operation', async () => {
    runtime.gate.resetCounts();
    await call(runtime, 'work', { shard: 7, month: '2026-02' });
    await call(runtime, 'read', { pk: 'RUN#2026-02', sk: '7' });
    const counts = runtime.gate.counts().filter(({ functionName }) => !functionName.includes('poller'));
    expect(counts.map((each) => [each.functionName, each.service, each.operation, each.requests])).toEqual([
      ['fixture-work', 'kms', 'GenerateDataKey', 1],
      ['fixture-work', 'kms', 'Decrypt', 1],
      ['fixture-work', 's3', 'PutObject', 1],
      ['fixture-work', 's3', 'GetObject', 1],
      ['fixture-work', 'dynamodb', 'PutItem', 1],
      ['fixture-read', 'dynamodb', 'GetItem', 1],
    ]);
    expect(counts.map(({ readUnits, writeUnits }) => readUnits + writeUnits)).toEqual([0, 0, 0, 0, 1, 0.5]);
  });

  const put = { functionName: 'work', service: 'dynamodb', operation: 'PutItem' };

  it('makes the n-th matching call fail, and only that', async () => {
    const fault = { kind: 'fail', status: 400, code: 'ResourceNotFoundException' } as const;
    const stop = runtime.gate.intercept(faultAt({ ...put, nth: 2 }, fault));
    await call(runtime, 'work', { shard: 1, month: 'fail' });
    await expect(call(runtime, 'work', { shard: 2, month: 'fail' })).rejects.toThrow('ResourceNotFoundException');
    await call(runtime, 'work', { shard: 3, month: 'fail' });
    stop();
    expect(await itemOf(runtime, 'RUN#fail', '2')).toBeNull();
  });

  it('kills the environment that makes a call, before or after it took effect', async () => {
    for (const [shard, when] of [[1, 'before'] as const, [2, 'after'] as const]) {
      const stop = runtime.gate.intercept(faultAt(put, { kind: 'kill', when }));
      await expect(call(runtime, 'work', { shard, month: 'kill' })).rejects.toThrow('Runtime.ExitError');
      stop();
    }
    expect(await itemOf(runtime, 'RUN#kill', '1')).toBeNull();
    expect(await itemOf(runtime, 'RUN#kill', '2')).not.toBeNull();
    expect(await call(runtime, 'work', { shard: 3, month: 'kill' })).toMatchObject({ invocations: 1 });
  });

  it('loses an answer: the SDK tries again what took effect', async () => {
    runtime.gate.resetCounts();
    const stop = runtime.gate.intercept(faultAt(put, { kind: 'lose' }));
    await call(runtime, 'work', { shard: 1, month: 'lose' });
    stop();
    const [count] = runtime.gate.counts().filter(({ operation }) => operation === 'PutItem');
    expect(count).toMatchObject({ requests: 2, failed: 1 });
  });

  it('poisons a notice, so that its worker dies of it every time', async () => {
    const stop = runtime.gate.intercept(poison('consume', 'poisoned'));
    await queue({ id: 'poisoned', act: 'none' });
    await runtime.idle();
    stop();
    expect(await seen('poisoned', 'email')).toBeNull();
    expect(await seen('poisoned', 'sms')).toMatchObject({ deliveries: 1, receiveCount: 5 });
  });
});

describe('the providers', () => {
  it('take the time that the rates say, on the scaled clock, and keep an inbox', async () => {
    const startedMs = runtime.clock.nowMs();
    await queue({ id: 'mail', act: 'email' });
    await runtime.idle();
    expect(runtime.clock.nowMs() - startedMs).toBeGreaterThanOrEqual(1000);
    const [message] = runtime.providers.inbox.messages('email');
    expect(message).toMatchObject({ noticeId: 'mail', attempt: '1', subject: 'Bill', outcome: 'accepted' });
    expect(await itemOf(runtime, 'mail', 'EMAIL')).toMatchObject({ outcome: message?.messageId });
  });

  it('answer with the failures that a test asks for', async () => {
    const outcomes = {
      temporary: 'InternalFailure',
      permanent: 'MessageRejected',
      throttled: 'TooManyRequestsException',
    };
    for (const [outcome, error] of Object.entries(outcomes)) {
      runtime.providers.setRates({ ...NO_FAILURES, decide: () => outcome as keyof typeof outcomes });
      await queue({ id: outcome, act: 'email' });
      await runtime.idle();
      expect(await itemOf(runtime, outcome, 'EMAIL')).toMatchObject({ outcome: error });
      expect(await call(runtime, 'text', { id: outcome })).toMatchObject({ error: expect.any(String) as string });
    }
    runtime.providers.setRates(NO_FAILURES);
    expect(await call(runtime, 'text', { id: 'fine' })).toMatchObject({ messageId: expect.any(String) as string });
    expect(runtime.providers.inbox.count('sms', 'temporary')).toBe(1);
  });
});

it('had no problem of its own', () => {
  expect(problems).toEqual([]);
  const pollers = runtime.gate.counts().filter(({ functionName }) => functionName.endsWith('(poller)'));
  expect(pollers.length).toBeGreaterThan(0);
  expect(pollers.filter(({ failed }) => failed > 0)).toEqual([]);
});
