/** Whether every issued invoice of a month has its notice, and where each notice stands. */
import type { IssuedInvoices } from '../../lambdas/dispatch/adapters/issued-invoices.ts';
import type { NoticeLedger } from '../../lambdas/dispatch/adapters/notice-ledger.ts';
import type { SmsBudgets } from '../../lambdas/dispatch/adapters/sms-budgets.ts';
import { FINAL_STATES, type NoticeState } from '../../lambdas/dispatch/domain/ledger.ts';
import { planDifferences, type BilledNotice } from '../../lambdas/dispatch/domain/plan-differences.ts';
import type { Month } from '../../lambdas/kernel/dates.ts';
import { isResend, noticeIdOf, originalOf } from '../../lambdas/kernel/ids.ts';

export interface NoticeCheck {
  readonly month: Month;
  readonly invoices: number;
  /** Resends are among them. */
  readonly notices: number;
  readonly resends: number;
  readonly states: Readonly<Partial<Record<NoticeState, number>>>;
  /** Of those that wait or ended without a word from outside: so many by reason. */
  readonly reasons: Readonly<Partial<Record<NoticeState, Readonly<Record<string, number>>>>>;
  /** Emails that were sent once more, as nobody knew of the first one. */
  readonly possibleDuplicates: number;
  /** Invoices that planning was through with before they were looked at. */
  readonly planned: number;
  /** Planning is not through yet, and all that differs is that notices are still to come. */
  readonly isPlanning: boolean;
  /** Every invoice without its notice, notice without its invoice, and amount that is not the same. */
  readonly differences: readonly string[];
  /** Every notice is there and final. */
  readonly closed: boolean;
}

export interface VerifyStores {
  readonly invoices: Pick<IssuedInvoices, 'readBucket'>;
  readonly ledger: Pick<NoticeLedger, 'outlines'>;
  /** Each shard of a run counts its notices there, once it is planned. */
  readonly budgets: Pick<SmsBudgets, 'read'>;
}

/** States whose reason says what a person may have to do. */
const TOLD_BY_REASON: readonly NoticeState[] = ['HELD', 'IN_DOUBT', 'UNDELIVERABLE'];

const count = <K extends string>(counts: Partial<Record<K, number>>, key: K): void => {
  counts[key] = (counts[key] ?? 0) + 1;
};

/** Reads the month bucket by bucket: memory holds one. `runIds` are its approved runs. */
export async function verifyNotices(
  { invoices, ledger, budgets }: VerifyStores,
  {
    month,
    runIds,
    bucketCount,
  }: { readonly month: Month; readonly runIds: readonly string[]; readonly bucketCount: number },
): Promise<NoticeCheck> {
  const states: Partial<Record<NoticeState, number>> = {};
  const reasons: Partial<Record<NoticeState, Record<string, number>>> = {};
  const differences: string[] = [];
  let [issued, notices, resends, open, missing, planned, possibleDuplicates] = [0, 0, 0, 0, 0, 0, 0];
  // Before the invoices: a plan that comes through meanwhile must not make what was missed before look lost.
  for (const runId of runIds) planned += (await budgets.read(runId)).notices;
  for (let bucket = 0; bucket < bucketCount; bucket++) {
    const expected = new Map<string, BilledNotice>();
    for (const runId of runIds)
      for (const { invoice, version } of await invoices.readBucket(month, bucket, runId))
        expected.set(noticeIdOf(month, invoice.accountId, version), invoice);
    const found = new Map<string, BilledNotice>();
    for await (const page of ledger.outlines(month, bucket))
      for (const notice of page) {
        if (isResend(notice.noticeId) && expected.has(originalOf(notice.noticeId))) resends++;
        else found.set(notice.noticeId, notice);
        count(states, notice.state);
        if (TOLD_BY_REASON.includes(notice.state)) count((reasons[notice.state] ??= {}), notice.reason ?? 'no reason');
        if (notice.possibleDuplicate) possibleDuplicates++;
        notices++;
        if (!FINAL_STATES.includes(notice.state)) open++;
      }
    issued += expected.size;
    missing += [...expected.keys()].filter((noticeId) => !found.has(noticeId)).length;
    differences.push(...planDifferences(expected, found));
  }
  return {
    month,
    invoices: issued,
    notices,
    resends,
    ...{ states, reasons, possibleDuplicates },
    planned,
    isPlanning: planned < issued && differences.length === missing,
    differences,
    closed: differences.length === 0 && open === 0,
  };
}
