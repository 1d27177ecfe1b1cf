/**
 * Opens a retry: a run for accounts without an invoice that a person named. It is known by its accounts and its import, so the same
 * retry started twice is one run, unless it billed nobody; and only one run of a month is open at a time (ADR 0017).
 */
import { bucketOf, shardOfBucket } from '../kernel/buckets.ts';
import type { Instant, Month } from '../kernel/dates.ts';
import { runIdOf } from '../kernel/ids.ts';
import { atMost } from '../platform/concurrency.ts';
import { digestOf } from '../platform/digest.ts';
import { InvalidRunInput } from './domain/faults.ts';
import type { WantedRun } from './domain/run-input.ts';
import { NOT_DECIDED, runNumberOf, SETTLE_RUN, type RunRecord } from './domain/run.ts';
import { importInForce, pinImport, type PinDeps } from './import-in-force.ts';
import { AT_ONCE, cannotBeRetried, whyNotRetried } from './retried-accounts.ts';
import type { BucketDeps } from './settle-bucket.ts';

export interface OpenRetryDeps extends PinDeps, BucketDeps {}

/** What a retry's accounts, in order and each once, are known by. */
export const accountsDigestOf = (accounts: readonly string[]): string => digestOf(accounts);

type Retry = Extract<WantedRun, { mode: 'retry' }>;

/** The retry's run, opened now or before, with its accounts written down. */
export async function openRetry(deps: OpenRetryDeps, retry: Retry, now: Instant): Promise<RunRecord> {
  const { month, accounts } = retry;
  const runs = await deps.runs.readRuns(month);
  if (runs.find(({ runId }) => runNumberOf(runId) === SETTLE_RUN)?.status !== 'APPROVED')
    throw new InvalidRunInput(
      `${month} has no approved settle run: only what an approved run has left can be retried.`,
    );
  const accountsDigest = accountsDigestOf(accounts);
  const alike = runs.filter((run) => run.accountsDigest === accountsDigest);
  const run = alike.find(({ status }) => status === 'OPEN') ?? (await openOrFind(deps, retry, runs, alike, now));
  // Another import came into force in between.
  if (run === null) return openRetry(deps, retry, now);
  // Another one may have taken the number in the same moment.
  if (run.accountsDigest !== accountsDigest) throw anotherIsOpen(run);
  // Written by every attempt: the one that opened the run may have died before this line.
  if (run.status === 'OPEN')
    for (const [bucket, named] of byBucket(accounts, run.bucketCount))
      await deps.runs.putScope(run.runId, bucket, named);
  return run;
}

async function openOrFind(
  deps: OpenRetryDeps,
  { month, accounts, reason }: Retry,
  runs: readonly RunRecord[],
  alike: readonly RunRecord[],
  openedAt: Instant,
): Promise<RunRecord | null> {
  const imported = await importInForce(deps.runs, month);
  const decided = alike.find((run) => run.importId === imported.importId && hasBilled(run));
  if (decided) return decided;
  const open = runs.find(({ status }) => status === 'OPEN');
  if (open) throw anotherIsOpen(open);
  const pinned = await pinImport(deps, imported);
  const buckets = byBucket(accounts, pinned.bucketCount);
  const usageRecords = await checkAccounts(deps, month, pinned.importId, buckets);
  const shards = [...buckets.keys()].map((bucket) => shardOfBucket(bucket, pinned.shardCount, pinned.bucketCount));
  return deps.runs.openRun({
    runId: runIdOf(month, Math.max(...runs.map(({ runId }) => runNumberOf(runId))) + 1),
    month,
    mode: 'retry',
    ...pinned,
    shards: [...new Set(shards)].sort((a, b) => a - b),
    accounts: accounts.length,
    usageRecords,
    accountsDigest: accountsDigestOf(accounts),
    reason,
    approvedBefore: runs.filter(({ status }) => status === 'APPROVED').map(({ runId }) => runId),
    openedAt,
    ...NOT_DECIDED,
  });
}

/**
 * Whether accounts of a decided run have invoices: then they cannot be retried together, and whoever comes again gets
 * its decision. One that billed nobody may come to something else now, as code is mended: it is tried again, as another run.
 */
const hasBilled = ({ totals }: RunRecord): boolean => totals === null || totals.invoices + totals.billedBefore > 0;

const anotherIsOpen = ({ runId, month }: RunRecord): InvalidRunInput =>
  new InvalidRunInput(
    `Run ${runId} of ${month} comes first: a month has one open run at a time, and its accounts are others. Finish it, then start this again.`,
  );

function byBucket(accounts: readonly string[], bucketCount: number): Map<number, string[]> {
  const buckets = new Map<number, string[]>();
  for (const accountId of accounts) {
    const bucket = bucketOf(accountId, bucketCount);
    buckets.set(bucket, [...(buckets.get(bucket) ?? []), accountId]);
  }
  return buckets;
}

/** Refuses accounts that cannot be retried, all at once; answers with the number of their usage records. */
async function checkAccounts(
  deps: OpenRetryDeps,
  month: Month,
  importId: string,
  buckets: ReadonlyMap<number, readonly string[]>,
): Promise<number> {
  const named = [...buckets].flatMap(([bucket, accounts]) => accounts.map((accountId) => ({ bucket, accountId })));
  const looked = await atMost(AT_ONCE, named, async ({ bucket, accountId }) => ({
    whyNot: await whyNotRetried(deps, month, importId, bucket, accountId),
    usageRecords: await deps.usage.countOf(importId, bucket, accountId),
  }));
  const problems = looked.flatMap(({ whyNot }) => whyNot ?? []);
  if (problems.length > 0) throw cannotBeRetried(problems, month);
  return looked.reduce((sum, { usageRecords }) => sum + usageRecords, 0);
}
