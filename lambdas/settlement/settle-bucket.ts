/** Settles one bucket of a month: reads its accounts, bills them, writes what is missing, and counts what is stored. */
import { bucketOf } from '../kernel/buckets.ts';
import { invoiceKey } from '../kernel/ids.ts';
import type { ShardPayload } from '../contracts/settlement-payloads.ts';
import { isRejection } from './domain/bill.ts';
import type { Catalogs } from './domain/catalogs.ts';
import type { Reason } from './domain/rejection.ts';
import type { BucketScope } from './domain/run.ts';
import { accountOfUsage, isForeignUsage, parseStored, settleAccount } from './domain/settle-account.ts';
import { emptyTally, tallyInvoice, tallyUsage, type Tally, type UsageFate } from './domain/tally.ts';
import { compareStored, draftOf, hexOf, inputHashOf, openStored } from './adapters/invoice-store.ts';
import type { DraftInvoice, InvoiceStore, StoredItem } from './adapters/invoice-store.ts';
import type { RejectionStore } from './adapters/rejection-store.ts';
import type { Conflict } from './adapters/run-store.ts';
import type { StoredRecords } from './adapters/stored-records.ts';

export interface BucketDeps {
  readonly accounts: StoredRecords;
  readonly usage: StoredRecords;
  readonly invoices: InvoiceStore;
  readonly rejections: RejectionStore;
}

export interface BucketResult {
  /** Computed from what is stored, never from what this attempt wrote. */
  readonly tally: Tally;
  readonly conflicts: readonly Conflict[];
  readonly drafted: number;
}

/** What is stored of a bucket: the records of its import, and the invoices that are there already. */
export interface StoredBucket {
  readonly imported: ReadonlyMap<string, string>;
  readonly usageTexts: ReadonlyMap<string, string>;
  /** By sort key. */
  readonly there: ReadonlyMap<string, StoredItem>;
  /** A retry has one; a settle run has none (null). */
  readonly scope: BucketScope | null;
}

export async function readBucket(
  deps: Pick<BucketDeps, 'accounts' | 'usage' | 'invoices'>,
  { month, importId }: ShardPayload,
  bucket: number,
  scope: BucketScope | null,
): Promise<StoredBucket> {
  const [imported, usageTexts, isFirst] = await Promise.all([
    deps.accounts.readBucket(importId, bucket),
    deps.usage.readBucket(importId, bucket),
    deps.invoices.isEmpty(month, bucket),
  ]);
  // A first run writes at once; a rerun or a redrive pays for a read of the bucket and writes only what is missing.
  const there = isFirst ? new Map<string, StoredItem>() : await deps.invoices.readBucket(month, bucket);
  return { imported, usageTexts, there, scope };
}

/**
 * Safe at any number of times and at once: an existing invoice is compared, never overwritten. A retry has a scope: it
 * settles the accounts named there, and leaves alone those that an earlier run has billed.
 */
export async function settleBucket(
  deps: Pick<BucketDeps, 'invoices' | 'rejections'>,
  catalogs: Catalogs,
  run: ShardPayload,
  bucket: number,
  { imported, usageTexts, there, scope }: StoredBucket,
): Promise<BucketResult> {
  const { month, importId, runId, catalogDigest } = run;
  // An account without a record is rejected as one without a form.
  const accounts = scope ? new Map([...scope.accounts].map((id) => [id, imported.get(id) ?? ''])) : imported;
  const billedBefore = new Set(
    [...there.values()].filter(({ runId: by }) => scope?.approvedBefore.has(by)).map(({ accountId }) => accountId),
  );
  const usage = new Map([...usageTexts].map(([accountId, text]) => [accountId, parseStored(text)]));

  const tally = emptyTally();
  const fates = new Map<string, UsageFate>();
  const conflicts: Conflict[] = [];
  const missing: DraftInvoice[] = [];
  const rejected = new Map<string, readonly Reason[]>();
  const tallyDraft = ({ invoice, stored }: DraftInvoice): void => {
    tallyInvoice(tally, hexOf(stored.contentHash), invoice);
  };
  const tallyConflict = (draft: DraftInvoice | null, stored: StoredItem): void => {
    conflicts.push(conflictOf(bucket, draft, stored));
    tallyInvoice(tally, hexOf(stored.contentHash), openStored(month, stored));
  };

  for (const [accountId, accountText] of accounts) {
    tally.accounts++;
    // An account of another bucket may be billed there: an invoice here could never be taken back. The proof names it.
    if (bucketOf(accountId, run.bucketCount) !== bucket) continue;
    if (billedBefore.has(accountId)) {
      tally.billedBefore++;
      fates.set(accountId, 'billed');
      continue;
    }
    const result = settleAccount(accountId, parseStored(accountText), usage.get(accountId), catalogs, month);
    const stored = there.get(invoiceKey(accountId, 1));
    fates.set(accountId, isRejection(result) && !stored ? 'rejected' : 'billed');
    if (isRejection(result)) {
      if (stored) tallyConflict(null, stored);
      else rejected.set(accountId, result.rejected);
      continue;
    }
    const inputHash = inputHashOf(catalogDigest, accountText, usageTexts.get(accountId) ?? null);
    const draft = draftOf(result, inputHash, { runId, importId, catalogDigest });
    if (!stored) missing.push(draft);
    else if (compareStored(draft, stored).outcome === 'conflict') tallyConflict(draft, stored);
    else tallyDraft(draft);
  }

  const outcomes = await deps.invoices.putAbsent(month, bucket, missing);
  missing.forEach((draft, index) => {
    const put = outcomes[index];
    if (put?.outcome === 'conflict') tallyConflict(draft, put.stored);
    else tallyDraft(draft);
  });
  await putRejections(deps.rejections, run, bucket, rejected);
  tally.rejected = rejected.size;
  for (const [key, record] of usage) {
    if (scope && !scope.accounts.has(accountOfUsage(key))) continue;
    const isForeign = !accounts.has(key) || isForeignUsage(record, month);
    tallyUsage(tally, isForeign ? 'foreign' : (fates.get(key) ?? 'unsettled'));
  }
  return { tally, conflicts, drafted: outcomes.filter(({ outcome }) => outcome === 'drafted').length };
}

async function putRejections(
  store: RejectionStore,
  { month, runId }: ShardPayload,
  bucket: number,
  rejected: ReadonlyMap<string, readonly Reason[]>,
): Promise<void> {
  if (rejected.size === 0) return;
  const there = await store.readBucket(month, bucket);
  const changed = [...rejected].filter(
    ([accountId, reasons]) => there.get(accountId)?.reasons.join() !== reasons.join(),
  );
  await store.put(
    month,
    bucket,
    changed.map(([accountId, reasons]) => ({ accountId, reasons, runId })),
  );
}

const conflictOf = (bucket: number, draft: DraftInvoice | null, stored: StoredItem): Conflict => ({
  accountId: stored.accountId,
  bucket,
  storedHash: hexOf(stored.contentHash),
  storedAmountDue: stored.amountDue,
  computedHash: draft && hexOf(draft.stored.contentHash),
  computedAmountDue: draft && draft.stored.amountDue,
});
