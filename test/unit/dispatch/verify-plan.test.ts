/** The proof of a plan, over several buckets, beside other runs and what people had sent once more. */
import { describe, expect, it } from 'vitest';
import type { NoticeOutline } from '../../../lambdas/dispatch/domain/ledger.ts';
import { verifyPlan } from '../../../lambdas/dispatch/handlers/verify-plan.ts';
import { bucketsOfShard } from '../../../lambdas/kernel/buckets.ts';
import { noticeIdOf, resendIdOf } from '../../../lambdas/kernel/ids.ts';
import { won } from '../../../lambdas/kernel/money.ts';
import type { Invocation } from '../../../lambdas/platform/entry.ts';
import { NOON, plannedNotice } from '../../support/notices.ts';

const { month, runId, importId } = plannedNotice();
const event = {
  version: 1,
  ...{ month, runId, importId },
  catalogDigest: 'a'.repeat(64),
  bucketCount: 4,
  shardCount: 2,
  accounts: 4,
  approvedAt: NOON,
  shard: 0,
};
const [one = 0, two = 0] = bucketsOfShard(0, 2, 4);
const billed = (accountId: string, amount = 1_000) => ({ accountId, version: 1, amountDue: won(amount) });
const notice = (accountId: string, change: Partial<NoticeOutline> = {}): NoticeOutline =>
  plannedNotice({ accountId, noticeId: noticeIdOf(month, accountId, 1), amountDue: won(1_000), ...change });

/** Verifies a shard of two buckets, each with the invoices of the run and all notices that lie there. */
async function verified(buckets: Record<number, { invoices: ReturnType<typeof billed>[]; notices: NoticeOutline[] }>) {
  const logged: unknown[] = [];
  const log = { info: (...line: unknown[]) => logged.push(line) } as unknown as Invocation['log'];
  const result = await verifyPlan(
    {
      invoices: { readBilled: (_, bucket) => Promise.resolve(buckets[bucket]?.invoices ?? []) },
      ledger: {
        outlines: async function* (_, bucket) {
          yield await Promise.resolve(buckets[bucket]?.notices ?? []);
        },
      },
    },
    event,
    { log },
  );
  return { result, logged };
}

describe('the proof of a plan', () => {
  it('counts the notices of all its buckets, and lets those of other runs be', async () => {
    const another = notice('C', { runId: '2026-01-r0002' });
    const { result, logged } = await verified({
      [one]: { invoices: [billed('A')], notices: [notice('A'), another] },
      [two]: { invoices: [billed('B')], notices: [notice('B')] },
    });
    expect(result).toEqual({ shard: 0, notices: 2 });
    expect(logged).toEqual([['PLAN_VERIFIED', { runId, shard: 0, notices: 2 }]]);
  });

  it('takes no notice that a person had sent once more for one too many', async () => {
    const resend = notice('A', { noticeId: resendIdOf(noticeIdOf(month, 'A', 1), 1) });
    const { result } = await verified({ [one]: { invoices: [billed('A')], notices: [notice('A'), resend] } });
    expect(result).toEqual({ shard: 0, notices: 1 });
  });

  it('fails with what differs, whichever bucket it lies in', async () => {
    const differing = verified({
      [one]: { invoices: [billed('A'), billed('B', 2_000)], notices: [notice('B'), notice('X')] },
      [two]: { invoices: [billed('C')], notices: [] },
    });
    await expect(differing).rejects.toMatchObject({
      name: 'PlanIncomplete',
      message:
        `shard 0 of run ${runId}: 2026-01_A_0001 is missing; ` +
        '2026-01_B_0001 names another amount than its invoice; 2026-01_X_0001 has no issued invoice; 2026-01_C_0001 is missing',
    });
  });

  it('names the first twenty and counts the others', async () => {
    const invoices = Array.from({ length: 23 }, (_, index) => billed(`A${index}`));
    await expect(verified({ [two]: { invoices, notices: [] } })).rejects.toThrow(/A19_0001 is missing; and 3 more$/);
  });

  it('fails with the table that does not answer, in whichever bucket', async () => {
    const deps = {
      invoices: {
        readBilled: (_: unknown, bucket: number) =>
          bucket === two ? Promise.reject(new Error('no answer')) : Promise.resolve([]),
      },
      ledger: {
        outlines: async function* () {
          yield await Promise.resolve([]);
        },
      },
    };
    const log = { info: () => undefined } as unknown as Invocation['log'];
    await expect(verifyPlan(deps, event, { log })).rejects.toThrow('no answer');
  });
});
