/**
 * Called by: the first state of settlement-run, with the execution's input as it is.
 * Guarantees: the run that the input wants is pinned (import, catalog, buckets, shards, a retry's accounts) exactly once;
 * every execution is an attempt of that run and gets what was pinned. An approved run is answered as such and changes
 * nothing.
 * Fails when: the input or what it refers to is wrong (InvalidRunInput, every problem at once), the deployment's
 * bucket count changed (BucketCountDiffers), or the catalog file is faulty (CatalogRefused).
 */
import type { Instant, Month } from '../../kernel/dates.ts';
import { runIdOf } from '../../kernel/ids.ts';
import { openPayload } from '../../contracts/settlement-payloads.ts';
import { decode } from '../../platform/decode.ts';
import { entryPoint, type Invocation } from '../../platform/entry.ts';
import { once, readEnv } from '../../platform/env.ts';
import { InvalidRunInput } from '../domain/faults.ts';
import { readRunInput } from '../domain/run-input.ts';
import { NOT_DECIDED, SETTLE_RUN, shardsOf, type RunRecord } from '../domain/run.ts';
import { openRunEnv } from '../env.ts';
import { checkBuckets, importInForce, pinImport } from '../import-in-force.ts';
import { openRetry, type OpenRetryDeps } from '../open-retry.ts';
import { shardDeps } from '../shard-deps.ts';

/** Opens the run that the input wants, or finds it. */
export async function openRun(deps: OpenRetryDeps, event: unknown, { log, clock }: Pick<Invocation, 'log' | 'clock'>) {
  const { input, executionId } = decode(openPayload, event, 'the event of OpenRun');
  const read = readRunInput(input);
  if (!read.ok) throw new InvalidRunInput(read.sentence);
  const { wanted } = read;
  const now = clock.now();
  const run = wanted.mode === 'retry' ? await openRetry(deps, wanted, now) : await openSettle(deps, wanted.month, now);
  checkBuckets(deps.bucketCount, run.bucketCount, `run ${run.runId}`);
  if (run.status === 'REJECTED')
    throw new InvalidRunInput(
      `Run ${run.runId} of ${run.month} was rejected (${run.decision?.reason ?? ''}): its invoices are never issued, and it is not run again.`,
    );
  await deps.runs.noteAttempt(run.runId, executionId, clock.now());
  const { month, runId, importId, catalogDigest, bucketCount, shardCount, accounts, approvedAt } = run;
  const outcome: 'open' | 'already-approved' = run.status === 'APPROVED' ? 'already-approved' : 'open';
  log.info('RUN_OPENED', { runId, importId, outcome, found: run.openedAt !== now });
  const shards = shardsOf(run);
  return { outcome, month, runId, importId, catalogDigest, bucketCount, shardCount, shards, accounts, approvedAt };
}

async function openSettle(deps: OpenRetryDeps, month: Month, openedAt: Instant): Promise<RunRecord> {
  const there = await deps.runs.readRun(month, SETTLE_RUN);
  if (there) return there;
  const imported = await importInForce(deps.runs, month);
  const opened = await deps.runs.openRun({
    runId: runIdOf(month, SETTLE_RUN),
    month,
    mode: 'settle',
    ...(await pinImport(deps, imported)),
    shards: null,
    accounts: imported.accounts,
    usageRecords: imported.usageRecords,
    accountsDigest: null,
    reason: null,
    approvedBefore: [],
    openedAt,
    ...NOT_DECIDED,
  });
  // Another import came into force in between.
  return opened ?? openSettle(deps, month, openedAt);
}

const deps = once((): OpenRetryDeps => {
  const env = readEnv(openRunEnv);
  return { ...shardDeps(env), bucketCount: Number(env.BUCKET_COUNT) };
});

export const handler = entryPoint('open-run', (event, invocation) => openRun(deps(), event, invocation));
