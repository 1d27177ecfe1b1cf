import { describe, expect, it } from 'vitest';
import { failedIds } from '../../../tools/local/event-sources.ts';
import { faultAt, poison } from '../../../tools/local/gate-faults.ts';
import type { GateCall } from '../../../tools/local/gate-messages.ts';

const callOf = (functionName: string, operation = 'PutItem', body: unknown = {}): GateCall => ({
  functionName,
  environment: `${functionName}.1`,
  service: 'dynamodb',
  operation,
  nth: 1,
  body: () => body,
});

describe('a fault', () => {
  it('meets the n-th call that fits, and as many from there as it should', () => {
    const fault = { kind: 'cut' } as const;
    const interceptor = faultAt({ functionName: 'settle-shard', operation: 'PutItem', nth: 2, times: 2 }, fault);
    const calls = [
      callOf('tr1l-dev-settle-shard'),
      callOf('tr1l-dev-settle-shard', 'Query'),
      callOf('tr1l-dev-resettle-shard'),
      callOf('tr1l-dev-settle-shard'),
      callOf('tr1l-dev-settle-shard (poller)'),
      callOf('settle-shard'),
      callOf('tr1l-dev-settle-shard'),
    ];
    expect(calls.map(interceptor)).toEqual([undefined, undefined, undefined, fault, undefined, fault, undefined]);
  });

  it('can be poison: it meets every call that names a notice', () => {
    const interceptor = poison('send-email', '2026-01_A1_0001');
    const body = { Statements: [{ Parameters: [{ S: '2026-01_A1_0001' }] }] };
    for (let round = 0; round < 3; round++) {
      expect(interceptor(callOf('tr1l-dev-send-email', 'BatchExecuteStatement', body))).toMatchObject({ kind: 'kill' });
    }
    expect(interceptor(callOf('tr1l-dev-send-sms', 'BatchExecuteStatement', body))).toBeUndefined();
    expect(interceptor(callOf('tr1l-dev-send-email', 'BatchExecuteStatement'))).toBeUndefined();
  });
});

describe('what stays in a queue', () => {
  const messages = [{ MessageId: 'a' }, { MessageId: 'b' }];
  const returned = (payload: unknown) => ({ kind: 'returned', payload }) as const;

  it.each([
    ['nothing, when nothing is reported', returned({ batchItemFailures: [] }), []],
    ['nothing, when the answer is empty', returned(null), []],
    ['what is reported', returned({ batchItemFailures: [{ itemIdentifier: 'b' }] }), ['b']],
    ['all, when an id is none of the batch', returned({ batchItemFailures: [{ itemIdentifier: 'c' }] }), ['a', 'b']],
    ['all, when an id is missing', returned({ batchItemFailures: [{}] }), ['a', 'b']],
    ['all, when the list is none', returned({ batchItemFailures: 'b' }), ['a', 'b']],
    ['all, when the function timed out', { kind: 'timed-out', afterSeconds: 1 } as const, ['a', 'b']],
  ])('is %s', (_, result, expected) => {
    expect([...failedIds(result, messages, true)]).toEqual(expected);
  });

  it('is nothing without ReportBatchItemFailures, whatever the function answers', () => {
    expect(failedIds(returned({ batchItemFailures: [{ itemIdentifier: 'a' }] }), messages, false).size).toBe(0);
  });
});
