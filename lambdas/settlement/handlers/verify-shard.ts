/**
 * Called by: the state VerifyShards, once for each shard of a run, after all are settled.
 * Guarantees: the shard's proof is stored: what was found by reading everything again, compared as sets and in won. The
 * proofs of a decided run are left as they are.
 * Fails when: a table does not answer (retried), or the payload is not what the run has pinned (InvalidRunInput). What
 * does not fit is no failure here: CloseRun refuses the run.
 */
import { bucketsOfShard } from '../../kernel/buckets.ts';
import { shardPayload, type ShardPayload } from '../../contracts/settlement-payloads.ts';
import { clients } from '../../platform/clients.ts';
import { decode } from '../../platform/decode.ts';
import { entryPoint, type Invocation } from '../../platform/entry.ts';
import { once, readEnv } from '../../platform/env.ts';
import { hexOf, inputHashOf, invoiceStore, openStored, type StoredItem } from '../adapters/invoice-store.ts';
import { rejectionStore } from '../adapters/rejection-store.ts';
import { runStore, type RunStore } from '../adapters/run-store.ts';
import { accountRecords, usageRecords } from '../adapters/stored-records.ts';
import { narrowToScope } from '../domain/narrow-to-scope.ts';
import { proveBucket, type BucketProof, type Problem } from '../domain/prove-bucket.ts';
import type { BucketScope } from '../domain/run.ts';
import { parseStored } from '../domain/settle-account.ts';
import { addTally, differences, emptyTally } from '../domain/tally.ts';
import { verifyShardEnv } from '../env.ts';
import { pinnedRun, scopeIn } from '../pinned-run.ts';
import type { BucketDeps } from '../settle-bucket.ts';

export interface VerifyShardDeps extends BucketDeps {
  readonly runs: RunStore;
}

/** Problems that a proof names; it counts all. 50 of 200 bytes keep the item small. */
const NAMED_PROBLEMS = 50;

/** Proves the buckets of a shard and compares their sum with the tally that settling left. */
export async function verifyShard(
  deps: VerifyShardDeps,
  event: unknown,
  { log, count }: Pick<Invocation, 'log' | 'count'>,
) {
  const run = decode(shardPayload, event, 'the shard to verify');
  const pinned = await pinnedRun(deps.runs, run);
  // The proofs that a run was decided on stay: what is stored may have later versions by now.
  if (pinned.status !== 'OPEN') return { shard: run.shard, outcome: 'already-decided' as const };
  const tally = await deps.runs.readTally(run.runId, run.shard);
  const conflicts = new Set(tally?.conflicts);
  const found = emptyTally();
  const problems: Problem[] = [];
  for (const bucket of bucketsOfShard(run.shard, run.shardCount, run.bucketCount)) {
    // A retry's proof looks at every bucket of its shards, as dispatch does: an invoice that carries its id counts.
    const scope = await scopeIn(deps.runs, pinned, bucket);
    const proof = await readAndProve(deps, run, bucket, conflicts, scope);
    addTally(found, proof.tally);
    problems.push(...proof.problems);
  }
  if (!tally) problems.push({ kind: 'no-tally', accountId: null, detail: `shard ${run.shard} was not settled` });
  else
    for (const detail of differences(tally, found)) problems.push({ kind: 'tally-differs', accountId: null, detail });
  const { shard, runId } = run;
  await deps.runs.putProof(runId, {
    ...found,
    conflicts: [...conflicts],
    shard,
    problemCount: problems.length,
    problems: problems.slice(0, NAMED_PROBLEMS),
  });
  log.info('SHARD_VERIFIED', { runId, shard, problems: problems.length, conflicts: conflicts.size });
  count('ProofProblems', problems.length);
  return { shard, outcome: 'verified' as const, problems: problems.length };
}

async function readAndProve(
  deps: VerifyShardDeps,
  { month, runId, importId, catalogDigest, bucketCount }: ShardPayload,
  bucket: number,
  shardConflicts: ReadonlySet<string>,
  scope: BucketScope | null,
): Promise<BucketProof> {
  const [accounts, usage, invoices, rejections] = await Promise.all([
    deps.accounts.readBucket(importId, bucket),
    deps.usage.readBucket(importId, bucket),
    deps.invoices.readBucket(month, bucket),
    deps.rejections.readBucket(month, bucket),
  ]);
  const isOfThisInput = ({ accountId, inputHash }: StoredItem): boolean => {
    const account = accounts.get(accountId);
    return (
      account !== undefined &&
      hexOf(inputHashOf(catalogDigest, account, usage.get(accountId) ?? null)) === hexOf(inputHash)
    );
  };
  const parsed = (texts: ReadonlyMap<string, string>) =>
    new Map([...texts].map(([accountId, text]) => [accountId, parseStored(text)]));
  const found = {
    month,
    runId,
    bucket,
    bucketCount,
    accounts: parsed(accounts),
    usage: parsed(usage),
    invoices: [...invoices.values()].map((item) => ({
      ...item,
      contentHash: hexOf(item.contentHash),
      isOfThisInput: isOfThisInput(item),
      invoice: openStored(month, item),
    })),
    rejections: [...rejections.keys()],
    conflicts: new Set([...shardConflicts].filter((accountId) => accounts.has(accountId))),
  };
  return proveBucket(scope ? narrowToScope(found, scope) : { ...found, billedBefore: new Set() });
}

const deps = once((): VerifyShardDeps => {
  const env = readEnv(verifyShardEnv);
  const dynamo = clients.dynamo();
  return {
    accounts: accountRecords(dynamo, env.ACCOUNTS_TABLE),
    usage: usageRecords(dynamo, env.USAGE_TABLE),
    invoices: invoiceStore(dynamo, env.INVOICES_TABLE),
    rejections: rejectionStore(dynamo, env.REJECTIONS_TABLE),
    runs: runStore(dynamo, env.RUNS_TABLE),
  };
});

export const handler = entryPoint('verify-shard', (event, invocation) => verifyShard(deps(), event, invocation));
