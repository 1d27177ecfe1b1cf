/** Plans the notices of one bucket of an approved run: those that are missing are written, and all that wait are marked. */
import type { Instant, Month } from '../kernel/dates.ts';
import { noticeIdOf } from '../kernel/ids.ts';
import type { ChannelMemory } from './adapters/channel-memory.ts';
import type { IssuedInvoices } from './adapters/issued-invoices.ts';
import type { NoticeLedger } from './adapters/notice-ledger.ts';
import type { Recipients } from './adapters/recipients.ts';
import type { Notice, NoticeOutline } from './domain/ledger.ts';
import { messageOf } from './domain/message-of.ts';
import {
  planNotice,
  type BilledInvoice,
  type IssuedInvoice,
  type PinnedPolicy,
  type Plan,
} from './domain/plan-notice.ts';
import { holdWithOthers } from './hold-with-others.ts';
import type { MarkNotices } from './mark-notices.ts';

export interface PlanBucketDeps {
  readonly invoices: IssuedInvoices;
  readonly recipients: Recipients;
  readonly memory: Pick<ChannelMemory, 'readBucket'>;
  readonly ledger: NoticeLedger;
  readonly mark: MarkNotices;
}

/** The approved run. */
export interface RunToPlan {
  readonly month: Month;
  readonly runId: string;
  readonly importId: string;
}

/** What a shard is planned under. */
export interface PlanTerms {
  readonly pinned: PinnedPolicy;
  readonly reservedAt: Instant | null;
  readonly now: Instant;
}

/** What a bucket is planned from. */
export interface BucketToPlan {
  /** What the run billed. */
  readonly billed: readonly BilledInvoice[];
  /** The run's notices that are there already. */
  readonly there: readonly NoticeOutline[];
  readonly missing: readonly IssuedInvoice[];
  /** Of the accounts, where something is missing. */
  readonly known: Awaited<ReturnType<Recipients['readBucket']>>;
  readonly failed: Awaited<ReturnType<ChannelMemory['readBucket']>>;
}

/** Notices, by what became of them. */
export interface PlanCounts {
  notices: number;
  planned: number;
  skipped: number;
  undeliverable: number;
  alreadyThere: number;
  movedByDueDate: number;
  late: number;
  heldByPerson: number;
}

export const noPlans = (): PlanCounts => ({
  notices: 0,
  planned: 0,
  skipped: 0,
  undeliverable: 0,
  alreadyThere: 0,
  movedByDueDate: 0,
  late: 0,
  heldByPerson: 0,
});

/** Reads a bucket; null when the run has issued nothing there. What was planned before costs the read of its outline and of what its invoice bills. */
export async function readBucketToPlan(
  deps: Pick<PlanBucketDeps, 'invoices' | 'recipients' | 'memory' | 'ledger'>,
  { month, runId, importId }: RunToPlan,
  bucket: number,
): Promise<BucketToPlan | null> {
  const outlines: NoticeOutline[] = [];
  for await (const page of deps.ledger.outlines(month, bucket)) outlines.push(...page);
  if (outlines.some((notice) => notice.runId === runId)) {
    // The plan is done again: most likely nothing is missing, and no invoice need be read whole.
    const billed = await deps.invoices.readBilled(month, bucket, runId);
    if (billed.length === 0) return null;
    const there = thoseOf(outlines, month, billed);
    if (there.length === billed.length) return { billed, there, missing: [], known: new Map(), failed: new Map() };
  }
  const issued = await deps.invoices.readBucket(month, bucket, runId);
  if (issued.length === 0) return null;
  const billed = issued.map(({ invoice: { accountId, amountDue }, version }) => ({ accountId, version, amountDue }));
  const there = thoseOf(outlines, month, billed);
  const ids = new Set(there.map(({ noticeId }) => noticeId));
  const missing = issued.filter(({ invoice, version }) => !ids.has(noticeIdOf(month, invoice.accountId, version)));
  const [known, failed] = await Promise.all([
    deps.recipients.readBucket(importId, bucket),
    deps.memory.readBucket(bucket),
  ]);
  return { billed, there, missing, known, failed };
}

/** The outlines that are of these invoices. */
function thoseOf(outlines: readonly NoticeOutline[], month: Month, billed: readonly BilledInvoice[]): NoticeOutline[] {
  const ids = new Set(billed.map(({ accountId, version }) => noticeIdOf(month, accountId, version)));
  return outlines.filter(({ noticeId }) => ids.has(noticeId));
}

/** Writes and marks; throws when an issued invoice has no account in its import. Done again, it writes nothing twice. */
export async function planBucket(
  deps: Pick<PlanBucketDeps, 'ledger' | 'mark'>,
  { month, importId }: RunToPlan,
  bucket: number,
  { billed, there, missing, known, failed }: BucketToPlan,
  { pinned, reservedAt, now }: PlanTerms,
  counts: PlanCounts,
): Promise<void> {
  const plans = missing.map((each): Plan => {
    const { accountId } = each.invoice;
    const recipient = known.get(accountId);
    if (!recipient) throw new Error(`account ${accountId} is billed, but not in ${importId}`);
    return planNotice(each, recipient, pinned, now, reservedAt, failed.get(accountId));
  });
  const isWritten = await deps.ledger.plan(plans.map(({ notice }) => notice));
  const written = plans.filter((_, index) => isWritten[index]);
  const refused = plans.filter((_, index) => !isWritten[index]);
  countPlans(counts, written);
  counts.notices += billed.length;
  counts.alreadyThere += there.length + refused.length;
  // What is there already may be the work of a planner that died before it put the marker.
  const others = await deps.ledger.read(refused.map(({ notice }) => messageOf(notice)));
  const later = billed.filter(({ version }) => version > 1).map(({ accountId }) => accountId);
  counts.heldByPerson += await holdWithOthers(deps.ledger, month, bucket, new Set(later), now);
  await deps.mark([...written.map(({ notice }) => notice), ...there, ...others].filter(isWaiting), now);
}

const isWaiting = <T extends Pick<Notice, 'state'>>(notice: T | null): notice is T =>
  notice?.state === 'PLANNED' || notice?.state === 'HELD';

function countPlans(counts: PlanCounts, plans: readonly Plan[]): void {
  for (const { notice, movedByDueDate, late } of plans) {
    if (notice.state === 'PLANNED') counts.planned++;
    else if (notice.state === 'SKIPPED') counts.skipped++;
    else counts.undeliverable++;
    if (movedByDueDate) counts.movedByDueDate++;
    if (late) counts.late++;
  }
}
