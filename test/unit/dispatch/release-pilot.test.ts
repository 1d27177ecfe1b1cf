import { expect, it } from 'vitest';
import { bucketOf } from '../../../lambdas/kernel/buckets.ts';
import type { Channel } from '../../../lambdas/dispatch/domain/policy.ts';
import { releasePilot } from '../../../lambdas/dispatch/release-pilot.ts';
import type { Month } from '../../../lambdas/kernel/dates.ts';
import { NOON, plannedNotice } from '../../support/notices.ts';

it('a pilot goes through the breaker and the allowance of each channel like any release', async () => {
  const notices = ['A1', 'A2', 'A3', 'B1', 'B2'].map((accountId) =>
    plannedNotice({
      noticeId: `2026-01_${accountId}_0001`,
      accountId,
      bucket: bucketOf(accountId, 1),
      channel: accountId.startsWith('A') ? 'email' : 'sms',
    }),
  );
  const queued: [Channel, string][] = [];
  // Two emails are left of the slot; the breaker of SMS is open.
  const left = { email: 2, sms: 0 };
  const released = await releasePilot(
    {
      ledger: {
        outlines: async function* () {
          yield await Promise.resolve(notices);
        },
      },
      queues: {
        send: (to, messages) => {
          for (const { noticeId } of messages) queued.push([to as Channel, noticeId]);
          return Promise.resolve();
        },
      },
      limits: { take: (channel, wanted) => Promise.resolve(Math.min(wanted, left[channel])) },
    },
    { slot: NOON, month: '2026-01' as Month, shard: 0, shardCount: 1, bucketCount: 1 },
    ['A1', 'A2', 'A3', 'B1', 'B2'],
    NOON,
  );
  expect(released).toBe(2);
  expect(queued).toEqual([
    ['email', '2026-01_A1_0001'],
    ['email', '2026-01_A2_0001'],
  ]);
});
