/** The delivery of a batch on the emulator, when answers are lost on the way: what was claimed is sent, what was sent is written. */
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { breakerStore } from '../../lambdas/dispatch/adapters/breaker-store.ts';
import { dispatchPause } from '../../lambdas/dispatch/adapters/dispatch-pause.ts';
import { monthOrders } from '../../lambdas/dispatch/adapters/month-orders.ts';
import { noticeLedger } from '../../lambdas/dispatch/adapters/notice-ledger.ts';
import { policyStore } from '../../lambdas/dispatch/adapters/policy-store.ts';
import { giveBackSms, smsBudgets } from '../../lambdas/dispatch/adapters/sms-budgets.ts';
import { deliver } from '../../lambdas/dispatch/deliver.ts';
import type { DeliveryDeps } from '../../lambdas/dispatch/delivery-deps.ts';
import type { Notice } from '../../lambdas/dispatch/domain/ledger.ts';
import { startTable } from '../support/dynamo-table.ts';
import type { Invocation, SqsMessage } from '../../lambdas/platform/entry.ts';
import { NOON, plannedNotice } from '../support/notices.ts';

let dynamo: DynamoDBClient;
let stop: () => Promise<unknown>;
let next = 0;

beforeAll(async () => {
  ({ dynamo, stop } = await startTable('notices', 'control'));
});
afterAll(() => stop());

/** Delivers two SMS that fall back, with some of the worker's parts changed; answers with what was sent and what is stored. */
async function delivered(change: (deps: DeliveryDeps) => Partial<DeliveryDeps>, beside: readonly SqsMessage[] = []) {
  const ledger = noticeLedger(dynamo, 'notices');
  const failed = { channel: 'email', number: 1, at: NOON, class: 'PERMANENT', reason: 'MessageRejected' } as const;
  const notices = [1, 2].map(() => {
    const accountId = `D${++next}`;
    const fallen = { state: 'RETRYING', channel: 'sms', attempts: [failed] } as const;
    return plannedNotice({ noticeId: `2026-01_${accountId}_0001`, accountId, runId: `run-${next}`, ...fallen });
  });
  await ledger.plan(notices);
  const budgets = smsBudgets(dynamo, 'control');
  for (const { runId } of notices) await budgets.countShard(runId, 0, 40);
  const sent: string[] = [];
  const deps: DeliveryDeps = {
    channel: 'sms',
    ledger,
    policies: policyStore(dynamo, 'control'),
    breakers: breakerStore(dynamo, 'control'),
    budgets,
    giveBackSms: giveBackSms(dynamo, 'control'),
    pause: dispatchPause(dynamo, 'control'),
    orders: monthOrders(dynamo, 'control'),
    queues: {
      send: () => Promise.reject(new Error('nothing is to be queued')),
      sendForeign: () => Promise.reject(new Error('nothing is foreign')),
      postpone: () => Promise.resolve(),
    },
    mark: () => Promise.resolve(),
    send: ({ noticeId }) => {
      sent.push(noticeId);
      return Promise.resolve({ class: 'ACCEPTED', providerMessageId: `m-${noticeId}` });
    },
    leaseMs: 60_000,
    providerTimeoutMs: 5_000,
    workers: 1,
    smsPriceWon: 50,
    newToken: () => `token-${++next}`,
    random: () => 0.5,
  };
  const keyOf = ({ noticeId, month, bucket }: Notice) => ({ version: 1, noticeId, month, bucket }) as const;
  const messages = notices.map((notice) => ({
    messageId: notice.noticeId,
    receiptHandle: 'r',
    body: JSON.stringify(keyOf(notice)),
    receiveCount: 1,
  }));
  const clock = { nowMs: () => Date.parse(NOON), now: () => NOON, sleep: () => Promise.resolve() };
  const silent = () => undefined;
  const logged: unknown[][] = [];
  const note = (...line: unknown[]): void => void logged.push(line);
  const log = { info: note, warn: note, error: note } as unknown as Invocation['log'];
  const comeBack = await deliver({ ...deps, ...change(deps) }, [...messages, ...beside], {
    log,
    clock,
    count: silent,
    remainingMs: () => 30_000,
  });
  const stored = await ledger.read(notices.map(keyOf));
  const reserved = await Promise.all(notices.map(async ({ runId }) => (await budgets.read(runId)).reserved));
  return { ids: notices.map(({ noticeId }) => noticeId), sent, comeBack, stored, reserved, logged };
}

it('a claim that was written and whose answer was lost is the own one: it is sent, once, and stays reserved', async () => {
  const { ids, sent, comeBack, stored, reserved } = await delivered(({ ledger }) => ({
    ledger: { ...ledger, apply: async (writes, now) => (await ledger.apply(writes, now)).map(() => null) },
  }));
  expect(sent.sort()).toEqual(ids);
  expect(comeBack).toEqual([]);
  for (const notice of stored) expect(notice).toMatchObject({ state: 'SENT', used: 1 });
  expect(reserved).toEqual([1, 1]);
});

it('the answers of a batch are one line of the log: ids and codes', async () => {
  const failed = { class: 'TEMPORARY', reason: 'InternalError' } as const;
  const { ids, logged } = await delivered(({ send }) => {
    const answers = [send, () => Promise.resolve(failed)];
    return { send: (notice) => (answers.shift() ?? send)(notice) };
  });
  const answers = [
    { noticeId: ids[0], attempt: 1, class: 'ACCEPTED', state: 'SENT' },
    { noticeId: ids[1], attempt: 1, ...failed, state: 'RETRYING' },
  ];
  expect(logged).toEqual([['NOTICES_ANSWERED', { channel: 'sms', answers }]]);
});

it('an answer whose lease was lost is told by itself, and not among those that stand', async () => {
  const { ids, comeBack, logged } = await delivered(({ ledger }) => ({
    ledger: { ...ledger, record: (writes, now) => ledger.record(writes.slice(0, 1), now) },
  }));
  const sent = { attempt: 1, class: 'ACCEPTED' };
  expect(logged).toEqual([
    ['LEASE_LOST', { noticeId: ids[1], ...sent, channel: 'sms' }],
    ['NOTICES_ANSWERED', { channel: 'sms', answers: [{ noticeId: ids[0], ...sent, state: 'SENT' }] }],
  ]);
  expect(comeBack).toEqual(ids.slice(1));
  const lost = await delivered(({ ledger }) => ({ ledger: { ...ledger, record: () => Promise.resolve([]) } }));
  expect(lost.logged.map(([message]) => message)).toEqual(['LEASE_LOST', 'LEASE_LOST']);
});

it('answers are written though the breaker can neither be read nor written after the sends', async () => {
  let isGone = false;
  const { ids, sent, comeBack, stored } = await delivered(({ breakers, send }) => ({
    send: (notice) => {
      isGone = true;
      return send(notice);
    },
    breakers: {
      read: (...asked) => (isGone ? Promise.reject(new Error('no answer')) : breakers.read(...asked)),
      change: (...asked) => (isGone ? Promise.reject(new Error('no answer')) : breakers.change(...asked)),
    },
  }));
  expect(sent.sort()).toEqual(ids);
  expect(comeBack).toEqual([]);
  for (const notice of stored) expect(notice?.state).toBe('SENT');
});

it('a message that is none of ours goes to the final queue with the reason, and the notices beside it are sent', async () => {
  const passedOn: unknown[] = [];
  const foreign = { messageId: 'foreign', receiptHandle: 'r', body: '{"version":2}', receiveCount: 1 };
  const { ids, sent, comeBack } = await delivered(
    ({ queues }) => ({
      queues: {
        ...queues,
        sendForeign: (to, messages) => {
          passedOn.push([to, ...messages]);
          return Promise.resolve();
        },
      },
    }),
    [foreign],
  );
  expect(passedOn).toEqual([['final', { body: '{"version":2}', reason: 'unknown version' }]]);
  expect([sent.sort(), comeBack]).toEqual([ids.sort(), []]);
});

describe('a claim that is won is sent, and the rest comes back, when the worker', () => {
  const firstOnly =
    (ledger: DeliveryDeps['ledger']): DeliveryDeps['ledger']['apply'] =>
    (writes, now) =>
      ledger.apply(writes.slice(0, 1), now);
  const expectFirstSent = ({ ids, sent, comeBack, stored }: Awaited<ReturnType<typeof delivered>>): void => {
    expect([sent, comeBack]).toEqual([ids.slice(0, 1), ids.slice(1)]);
    expect(stored.map((notice) => notice?.state)).toEqual(['SENT', 'RETRYING']);
  };

  it('can write nothing more in its second round', async () => {
    let calls = 0;
    const outcome = await delivered(({ ledger }) => ({
      ledger: {
        ...ledger,
        apply: async (writes, now) => {
          if (++calls > 1) throw new Error('no answer');
          return [...(await firstOnly(ledger)(writes, now)), null];
        },
      },
    }));
    expectFirstSent(outcome);
  });

  it('learns of its first claims by an error alone, as the others were throttled', async () => {
    const outcome = await delivered(({ ledger }) => ({
      ledger: {
        ...ledger,
        apply: async (writes, now) => {
          await firstOnly(ledger)(writes, now);
          throw new Error('1 statements were throttled');
        },
      },
    }));
    expectFirstSent(outcome);
  });

  it('cannot give back the SMS that it reserved for another one', async () => {
    let calls = 0;
    const outcome = await delivered(({ ledger }) => ({
      giveBackSms: () => Promise.reject(new Error('no answer')),
      ledger: {
        ...ledger,
        apply: async (writes, now) => {
          calls++;
          return [...(await firstOnly(ledger)(writes, now)), null].slice(0, writes.length);
        },
      },
    }));
    expect(calls).toBe(2);
    expect(outcome.sent).toEqual(outcome.ids);
    expect(outcome.comeBack).toEqual([]);
    // Reserved once more than sent: the budget may be reached early, never late.
    expect(outcome.reserved).toEqual([1, 2]);
  });
});

it('a batch of which nothing is claimed comes back as a whole when the ledger does not answer', async () => {
  const broken = delivered(({ ledger }) => ({
    ledger: { ...ledger, apply: () => Promise.reject(new Error('no answer')) },
  }));
  await expect(broken).rejects.toThrow('no answer');
});
