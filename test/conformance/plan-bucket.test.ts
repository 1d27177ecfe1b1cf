/** A bucket that is planned on the emulator: once, again, after a planner that died, and by two at once. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Invoice } from '../../lambdas/contracts/invoice.ts';
import { noticeLedger, type NoticeLedger } from '../../lambdas/dispatch/adapters/notice-ledger.ts';
import { HELD_BY_PERSON } from '../../lambdas/dispatch/domain/ledger.ts';
import { DEFAULT_POLICY } from '../../lambdas/dispatch/domain/policy.ts';
import { noPlans, planBucket, readBucketToPlan, type PlanBucketDeps } from '../../lambdas/dispatch/plan-bucket.ts';
import type { LocalDate, Month } from '../../lambdas/kernel/dates.ts';
import { noticeIdOf, resendIdOf } from '../../lambdas/kernel/ids.ts';
import { won } from '../../lambdas/kernel/money.ts';
import { startTable } from '../support/dynamo-table.ts';
import { NOON, plannedNotice } from '../support/notices.ts';

let ledger: NoticeLedger;
let stop: () => Promise<unknown>;
beforeAll(async () => {
  const table = await startTable('notices');
  ledger = noticeLedger(table.dynamo, 'notices');
  stop = table.stop;
});
afterAll(() => stop());

const month = '2026-01' as Month;
const run = { month, runId: '2026-01-r0001', importId: 'import' };
const terms = { pinned: { version: 0, policy: DEFAULT_POLICY }, reservedAt: null, now: NOON };

const invoiceOf = (accountId: string, amountDue: number): Invoice => ({
  accountId,
  month,
  catalogId: '2026-01',
  dueDate: '2026-02-25' as LocalDate,
  lines: [],
  taxable: won(0),
  supply: won(0),
  vat: won(0),
  nonTaxable: won(amountDue),
  subtotal: won(amountDue),
  rounding: won(0),
  amountDue: won(amountDue),
  carriedForward: won(0),
});

/** A bucket of these accounts; what it is planned from is counted, and what is marked is noted. */
function bucketOf(bucket: number, accounts: readonly string[], over: Partial<NoticeLedger> = {}, version = 1) {
  const seen = { invoices: 0, billed: 0, recipients: 0, inserts: 0, marked: [] as string[] };
  const invoices = accounts.map((accountId) => invoiceOf(accountId, accountId === 'ZERO' ? 0 : 50_000));
  const deps: PlanBucketDeps = {
    invoices: {
      readBucket: () => {
        seen.invoices += 1;
        const { runId, importId } = run;
        return Promise.resolve(invoices.map((invoice) => ({ invoice, version, bucket, runId, importId })));
      },
      readBilled: () => {
        seen.billed += 1;
        return Promise.resolve(invoices.map((invoice) => ({ ...invoice, version })));
      },
    },
    recipients: {
      readBucket: () => {
        seen.recipients += 1;
        const recipient = { locale: 'ko' as const, preferences: {}, contact: new Uint8Array([1]) };
        return Promise.resolve(new Map(accounts.map((accountId) => [accountId, recipient])));
      },
    },
    memory: { readBucket: () => Promise.resolve(new Map()) },
    ledger: {
      ...ledger,
      plan: (notices) => {
        seen.inserts += notices.length;
        return ledger.plan(notices);
      },
      ...over,
    },
    mark: (waiting) => {
      seen.marked = waiting.map((notice) => ('noticeId' in notice ? String(notice.noticeId) : ''));
      return Promise.resolve();
    },
  };
  const counts = noPlans();
  const plan = async () => {
    const read = await readBucketToPlan(deps, run, bucket);
    if (read) await planBucket(deps, run, bucket, read, terms, counts);
  };
  return { seen, counts, plan, deps };
}

const idsOf = (...accounts: string[]) => accounts.map((accountId) => `${month}_${accountId}_0001`);

it('plans what is missing; done again it reads no invoice and no recipient, inserts nothing, and marks what waits', async () => {
  const first = bucketOf(1, ['A', 'B', 'ZERO']);
  await first.plan();
  expect(first.counts).toMatchObject({ notices: 3, planned: 2, skipped: 1, alreadyThere: 0 });
  expect(first.seen).toEqual({ invoices: 1, billed: 0, recipients: 1, inserts: 3, marked: idsOf('A', 'B') });

  const again = bucketOf(1, ['A', 'B', 'ZERO']);
  await again.plan();
  expect(again.counts).toMatchObject({ notices: 3, planned: 0, skipped: 0, alreadyThere: 3 });
  expect(again.seen).toEqual({ invoices: 0, billed: 1, recipients: 0, inserts: 0, marked: idsOf('A', 'B') });

  const more = bucketOf(1, ['A', 'B', 'C', 'ZERO']);
  await more.plan();
  expect(more.counts).toMatchObject({ notices: 4, planned: 1, alreadyThere: 3 });
  expect(more.seen).toEqual({ invoices: 1, billed: 1, recipients: 1, inserts: 1, marked: idsOf('C', 'A', 'B') });
});

it('two planners at once write each notice once, and both mark it', async () => {
  const [one, two] = [bucketOf(2, ['A', 'B']), bucketOf(2, ['A', 'B'])];
  await Promise.all([one.plan(), two.plan()]);
  expect(one.counts.planned + two.counts.planned).toBe(2);
  expect(one.counts.alreadyThere + two.counts.alreadyThere).toBe(2);
  for (const { seen } of [one, two]) expect(seen.marked.toSorted()).toEqual(idsOf('A', 'B'));
});

it('what another planner wrote after this one had looked is marked as well', async () => {
  const late = bucketOf(3, ['A']);
  const read = await readBucketToPlan(late.deps, run, 3);
  await bucketOf(3, ['A']).plan();
  if (read) await planBucket(late.deps, run, 3, read, terms, late.counts);
  expect(late.counts).toMatchObject({ planned: 0, alreadyThere: 1 });
  expect(late.seen.marked).toEqual(idsOf('A'));
});

it('beside notices of another run it plans its own as if it were alone, and nothing where it issued nothing', async () => {
  await ledger.plan([plannedNotice({ bucket: 6, runId: 'another', accountId: 'Z', noticeId: '2026-01_Z_0001' })]);
  const beside = bucketOf(6, ['A']);
  await beside.plan();
  expect(beside.counts).toMatchObject({ notices: 1, planned: 1, alreadyThere: 0 });
  expect(beside.seen).toEqual({ invoices: 1, billed: 0, recipients: 1, inserts: 1, marked: idsOf('A') });
  await ledger.plan([plannedNotice({ bucket: 7, runId: 'another', accountId: 'Z', noticeId: '2026-01_Z_0001' })]);
  expect(await readBucketToPlan(bucketOf(7, []).deps, run, 7)).toBeNull();
  // Its own notice without an invoice is the proof's to name.
  await ledger.plan([plannedNotice({ bucket: 10, accountId: 'Z', noticeId: '2026-01_Z_0001' })]);
  expect(await readBucketToPlan(bucketOf(10, []).deps, run, 10)).toBeNull();
});

it('a resend is none of the notices that it plans', async () => {
  await bucketOf(8, ['A']).plan();
  const [noticeId = ''] = idsOf('A');
  await ledger.plan([plannedNotice({ bucket: 8, accountId: 'A', noticeId: resendIdOf(noticeId, 1) })]);
  const again = bucketOf(8, ['A']);
  await again.plan();
  expect(again.counts).toMatchObject({ notices: 1, planned: 0, alreadyThere: 1 });
  expect(again.seen).toMatchObject({ invoices: 0, inserts: 0, marked: idsOf('A') });
});

it('done again, it holds a later version that a planner wrote and died before it could, where a person holds the account', async () => {
  const change = { state: 'HELD', reason: HELD_BY_PERSON } as const;
  const [noticeId = ''] = idsOf('A');
  await ledger.plan([
    plannedNotice({ bucket: 9, accountId: 'A', noticeId, runId: 'another', ...change }),
    plannedNotice({ bucket: 9, accountId: 'A', noticeId: noticeIdOf(month, 'A', 2) }),
  ]);
  const again = bucketOf(9, ['A'], {}, 2);
  await again.plan();
  expect(again.counts).toMatchObject({ notices: 1, alreadyThere: 1, heldByPerson: 1 });
  const [later] = await ledger.read([{ version: 1, noticeId: noticeIdOf(month, 'A', 2), month, bucket: 9 }]);
  expect(later).toMatchObject(change);
});

it('an issued invoice whose account is not in the import is an error; a bucket without invoices is none', async () => {
  const strange = bucketOf(4, ['A']);
  const deps = { ...strange.deps, recipients: { readBucket: () => Promise.resolve(new Map()) } };
  const read = await readBucketToPlan(deps, run, 4);
  if (!read) throw new Error('nothing was read');
  await expect(planBucket(deps, run, 4, read, terms, noPlans())).rejects.toThrow('account A is billed, but not in');
  expect(await readBucketToPlan(bucketOf(5, []).deps, run, 5)).toBeNull();
});
