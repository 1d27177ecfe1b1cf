/**
 * Called by: the first state of settlement-run, with the execution's input as it is.
 * Guarantees: the month's run is pinned (import, catalog, buckets, shards) exactly once; every execution is an attempt
 * of that run and gets what was pinned. An approved run is answered as such and changes nothing.
 * Fails when: the input or what it refers to is wrong (InvalidRunInput, every problem at once), the deployment's
 * bucket count changed (BucketCountDiffers), or the catalog file is faulty (CatalogRefused).
 */
import { shardCountFor } from '../../kernel/buckets.ts';
import type { Instant, Month } from '../../kernel/dates.ts';
import { runIdOf } from '../../kernel/ids.ts';
import { openPayload } from '../../contracts/settlement-payloads.ts';
import { clients } from '../../platform/clients.ts';
import { decode } from '../../platform/decode.ts';
import { entryPoint, type Invocation } from '../../platform/entry.ts';
import { once, readEnv } from '../../platform/env.ts';
import { catalogStore, type CatalogStore } from '../adapters/catalog-store.ts';
import { runStore, type RunStore } from '../adapters/run-store.ts';
import { BucketCountDiffers, InvalidRunInput } from '../domain/faults.ts';
import { readRunInput } from '../domain/run-input.ts';
import type { RunRecord } from '../domain/run.ts';
import { openRunEnv } from '../env.ts';

export interface OpenRunDeps {
  readonly runs: RunStore;
  readonly catalogs: CatalogStore;
  readonly bucketCount: number;
}

/** The settle run of a month is its first. */
const SETTLE_RUN = 1;

/** Opens the settle run of the month that the input names, or finds it. */
export async function openRun(deps: OpenRunDeps, event: unknown, { log, clock }: Pick<Invocation, 'log' | 'clock'>) {
  const { input, executionId } = decode(openPayload, event, 'the event of OpenRun');
  const wanted = readRunInput(input);
  if (!wanted.ok) throw new InvalidRunInput(wanted.sentence);
  const there = await deps.runs.readRun(wanted.month, SETTLE_RUN);
  const run = there ?? (await deps.runs.openRun(await newRun(deps, wanted.month, clock.now())));
  checkBuckets(deps.bucketCount, run.bucketCount, `run ${run.runId}`);
  await deps.runs.noteAttempt(run.runId, executionId, clock.now());
  const { month, runId, importId, catalogDigest, bucketCount, shardCount, accounts, approvedAt } = run;
  const outcome: 'open' | 'already-approved' = run.status === 'APPROVED' ? 'already-approved' : 'open';
  log.info('RUN_OPENED', { runId, importId, outcome, found: there !== null });
  return { outcome, month, runId, importId, catalogDigest, bucketCount, shardCount, accounts, approvedAt };
}

async function newRun(
  { runs, catalogs, bucketCount }: OpenRunDeps,
  month: Month,
  openedAt: Instant,
): Promise<RunRecord> {
  const importId = await runs.importInForce(month);
  if (importId === null)
    throw new InvalidRunInput(`No import is in force for ${month}: import its accounts, usage and catalogs first.`);
  const imported = await runs.readImport(importId);
  if (imported?.month !== month)
    throw new InvalidRunInput(`The import in force for ${month}, ${importId}, is not a closed import of that month.`);
  checkBuckets(bucketCount, await runs.deploymentBuckets(), 'the deployment record');
  checkBuckets(bucketCount, imported.bucketCount, `import ${importId}`);
  await catalogs.read(imported.catalogDigest); // a faulty catalog is refused before any account is billed
  return {
    runId: runIdOf(month, SETTLE_RUN),
    month,
    mode: 'settle',
    importId,
    catalogDigest: imported.catalogDigest,
    bucketCount,
    shardCount: shardCountFor(imported.accounts, bucketCount),
    accounts: imported.accounts,
    usageRecords: imported.usageRecords,
    openedAt,
    status: 'OPEN',
    approvedAt: null,
    proofDigest: null,
    totals: null,
  };
}

function checkBuckets(deployed: number, written: number | null, where: string): void {
  if (written === deployed) return;
  throw new BucketCountDiffers(
    `The deployment has ${deployed} buckets, ${where} says ${written ?? 'nothing'}: the bucket count is part of every key and can never change.`,
  );
}

const deps = once((): OpenRunDeps => {
  const env = readEnv(openRunEnv);
  return {
    runs: runStore(clients.dynamo(), env.RUNS_TABLE),
    catalogs: catalogStore(clients.s3(), env.CATALOGS_BUCKET),
    bucketCount: Number(env.BUCKET_COUNT),
  };
});

export const handler = entryPoint('open-run', (event, invocation) => openRun(deps(), event, invocation));
