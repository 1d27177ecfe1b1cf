import { expect, it } from 'vitest';
import { claimNotices } from '../../../lambdas/dispatch/claim-notices.ts';
import type { DeliveryDeps } from '../../../lambdas/dispatch/delivery-deps.ts';
import { CLOSED } from '../../../lambdas/dispatch/domain/breaker.ts';
import { allows, applied, type Notice } from '../../../lambdas/dispatch/domain/ledger.ts';
import { messageOf } from '../../../lambdas/dispatch/domain/message-of.ts';
import { NO_ORDER } from '../../../lambdas/dispatch/domain/month-order.ts';
import { DEFAULT_POLICY } from '../../../lambdas/dispatch/domain/policy.ts';
import type { Invocation } from '../../../lambdas/platform/entry.ts';
import { minutesAfterNoon, NOON, plannedNotice } from '../../support/notices.ts';

/** Claims notices of email in a ledger of memory; answers with what was claimed and what was counted. */
async function claimed(notices: readonly Notice[], answersAreLost = false) {
  const stored = new Map(notices.map((notice) => [notice.noticeId, notice]));
  const ledger: Pick<DeliveryDeps['ledger'], 'read' | 'apply'> = {
    read: (keys) => Promise.resolve(keys.map(({ noticeId }) => stored.get(noticeId) ?? null)),
    apply: (writes, now) =>
      Promise.resolve(
        writes.map(({ notice: { noticeId }, transition }) => {
          const found = stored.get(noticeId);
          if (!found || !allows(found, transition, now)) return null;
          stored.set(noticeId, applied(found, transition));
          return answersAreLost ? null : (stored.get(noticeId) ?? null);
        }),
      ),
  };
  let next = 0;
  const deps = {
    ...{ channel: 'email', ledger, leaseMs: 60_000, providerTimeoutMs: 5_000, workers: 1 },
    pause: { isPaused: () => Promise.resolve(false) },
    orders: { recent: () => Promise.resolve(NO_ORDER) },
    breakers: { read: () => Promise.resolve(CLOSED) },
    policies: {
      version: () => Promise.resolve(DEFAULT_POLICY),
      inForce: () => Promise.resolve({ version: 0, policy: DEFAULT_POLICY }),
    },
    newToken: () => `token-${++next}`,
  } as unknown as DeliveryDeps;
  const counts: Record<string, number> = {};
  const silent = () => undefined;
  const told = {
    log: { info: silent, warn: silent, error: silent } as unknown as Invocation['log'],
    clock: { nowMs: () => Date.parse(NOON), now: () => NOON, sleep: () => Promise.resolve() },
    count: (metric: string, value: number) => {
      counts[metric] = (counts[metric] ?? 0) + value;
    },
    remainingMs: () => 30_000,
  };
  const requests = notices.map((notice) => ({
    notice: messageOf(notice),
    message: { messageId: notice.noticeId, receiptHandle: 'r', body: '', receiveCount: 1 },
  }));
  const claims = await claimNotices(deps, requests, told);
  return { ids: claims.claimed.map(({ notice }) => notice.noticeId), counts };
}

const inDoubt = plannedNotice({ noticeId: '2026-01_D1_0001', state: 'IN_DOUBT', used: 1 });
const dead = plannedNotice({
  ...{ noticeId: '2026-01_D2_0001', state: 'SENDING', used: 1 },
  ...{ leaseToken: 'dead', leaseUntil: minutesAfterNoon(-20) },
});

it.each([false, true])(
  'an email that is sent once more, in doubt or after a dead worker, is counted as a possible duplicate (answers lost: %s)',
  async (answersAreLost) => {
    const { ids, counts } = await claimed([plannedNotice(), inDoubt, dead], answersAreLost);
    expect(ids).toHaveLength(3);
    expect(counts['PossibleDuplicates']).toBe(2);
  },
);
