/**
 * The accounts of a month without an issued invoice: rejected, with an invoice of a run that a person rejected, or of a
 * later import that no run has taken yet. Bucket by bucket: memory holds two. What cannot be is not read for: invoices
 * only when a run was rejected, accounts only when another import is in force than the settle run's. Then a million
 * accounts are 2 GB of items in units of 4 KB, half a million read units; of the items, keys alone come over the line.
 */
import { shardOfBucket } from '../../lambdas/kernel/buckets.ts';
import { readAhead } from '../../lambdas/platform/concurrency.ts';
import type { InvoiceStore } from '../../lambdas/settlement/adapters/invoice-store.ts';
import type { RejectionStore, StoredRejection } from '../../lambdas/settlement/adapters/rejection-store.ts';
import type { RunStore } from '../../lambdas/settlement/adapters/run-store.ts';
import type { StoredRecords } from '../../lambdas/settlement/adapters/stored-records.ts';
import { shardsOf, type RunRecord } from '../../lambdas/settlement/domain/run.ts';

export interface LeftOutStores {
  readonly runs: RunStore;
  readonly accounts: StoredRecords;
  readonly invoices: InvoiceStore;
  readonly rejections: RejectionStore;
}

/** A month, by its runs; the settle run is one of them. */
export interface MonthRuns {
  readonly settle: RunRecord;
  readonly all: readonly RunRecord[];
}

/** A rejection that counts: its account has no invoice of the month. */
export interface OpenRejection extends StoredRejection {
  readonly why: 'rejected';
  readonly accountId: string;
  readonly bucket: number;
}

export type LeftOut =
  | OpenRejection
  | { readonly why: 'never-issued'; readonly accountId: string; readonly runId: string }
  | { readonly why: 'in-no-run'; readonly accountId: string; readonly importId: string };

/** All of them in these buckets: first the rejected ones, then the never issued, then those in no run. */
export async function* leftOut(
  stores: LeftOutStores,
  runs: MonthRuns,
  buckets: readonly number[],
): AsyncGenerator<LeftOut> {
  yield* openRejections(stores, runs, buckets);
  yield* neverIssued(stores, runs, buckets);
  yield* inNoRun(stores, runs, buckets);
}

/** Accounts that are held to be sorted: 20 MB. */
const HELD = 100_000;

/** The same in the order of their ids, each kind for itself; where a kind has more than are held, so many at a time. */
export async function* inOrder(accounts: AsyncIterable<LeftOut>, most = HELD): AsyncGenerator<LeftOut> {
  let held: LeftOut[] = [];
  for await (const each of accounts) {
    if (held.length === most || (held[0] && held[0].why !== each.why)) {
      yield* held.sort(byId);
      held = [];
    }
    held.push(each);
  }
  yield* held.sort(byId);
}

export const byId = (a: { readonly accountId: string }, b: { readonly accountId: string }): number =>
  a.accountId < b.accountId ? -1 : 1;

/** The rejections that count, account by account. An invoice resolves one by existing. */
export async function* openRejections(
  { invoices, rejections }: Pick<LeftOutStores, 'invoices' | 'rejections'>,
  { settle: { month } }: MonthRuns,
  buckets: Iterable<number>,
): AsyncGenerator<OpenRejection> {
  for (const bucket of buckets)
    for (const [accountId, rejection] of await rejections.readBucket(month, bucket))
      if (!(await invoices.isBilled(month, bucket, accountId)))
        yield { why: 'rejected', accountId, bucket, ...rejection };
}

async function* neverIssued(
  { invoices }: LeftOutStores,
  { settle: { month }, all }: MonthRuns,
  buckets: readonly number[],
): AsyncGenerator<LeftOut> {
  const rejected = all.filter(({ status }) => status === 'REJECTED');
  const isRejected = new Set(rejected.map(({ runId }) => runId));
  const isOfOne = (bucket: number): boolean =>
    rejected.some((run) => shardsOf(run).includes(shardOfBucket(bucket, run.shardCount, run.bucketCount)));
  const read = (bucket: number) => invoices.readRunIds(month, bucket);
  for await (const [, billedBy] of readAhead(buckets.filter(isOfOne), read))
    for (const [accountId, runIds] of billedBy)
      if (runIds.every((runId) => isRejected.has(runId)))
        yield { why: 'never-issued', accountId, runId: runIds.at(-1) ?? '' };
}

async function* inNoRun(
  { runs, accounts, invoices, rejections }: LeftOutStores,
  { settle, all }: MonthRuns,
  buckets: readonly number[],
): AsyncGenerator<LeftOut> {
  const { month } = settle;
  const importId = await runs.importInForce(month);
  if (importId === null || importId === settle.importId) return;
  const open = all.find(({ status }) => status === 'OPEN');
  const read = (bucket: number) =>
    Promise.all([
      accounts.readKeys(importId, bucket),
      invoices.readRunIds(month, bucket),
      rejections.readBucket(month, bucket),
      open ? runs.readScope(open.runId, bucket) : [],
    ]);
  for await (const [, [imported, billedBy, rejected, underWay]] of readAhead(buckets, read)) {
    const taken = new Set([...billedBy.keys(), ...rejected.keys(), ...underWay]);
    for (const accountId of imported) if (!taken.has(accountId)) yield { why: 'in-no-run', accountId, importId };
  }
}
