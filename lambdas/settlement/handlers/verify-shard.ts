/**
 * Called by: the state VerifyShards, once for each shard of a run, after all are settled.
 * Guarantees: the shard's proof is stored: what was found by reading everything again, compared as sets and in won. When the
 * shard's tally differs, its accounts are billed anew, so that the proof names those that were changed. The proofs of a
 * decided run are left as they are.
 * Fails when: a table or S3 does not answer (retried), or the payload is not what the run has pinned (InvalidRunInput). What
 * does not fit is no failure here: CloseRun refuses the run.
 */
import { bucketsOfShard } from '../../kernel/buckets.ts';
import { shardPayload, type ShardPayload } from '../../contracts/settlement-payloads.ts';
import { decode } from '../../platform/decode.ts';
import { entryPoint, type Invocation } from '../../platform/entry.ts';
import { once, readEnv } from '../../platform/env.ts';
import { contentHashOf } from '../adapters/invoice-store.ts';
import { changedSince } from '../domain/changed-since.ts';
import { proveBucket, type FoundBucket, type Problem } from '../domain/prove-bucket.ts';
import { addTally, differences, emptyTally } from '../domain/tally.ts';
import { shardEnv } from '../env.ts';
import { pinnedRun, scopeIn } from '../pinned-run.ts';
import { readFound } from '../read-found.ts';
import { shardDeps, type ShardDeps } from '../shard-deps.ts';

/** Problems that a proof names; it counts all. 50 of 200 bytes keep the item small. */
const NAMED_PROBLEMS = 50;

/** Proves the buckets of a shard and compares their sum with the tally that settling left. */
export async function verifyShard(deps: ShardDeps, event: unknown, { log, count }: Pick<Invocation, 'log' | 'count'>) {
  const run = decode(shardPayload, event, 'the shard to verify');
  const pinned = await pinnedRun(deps.runs, run);
  // The proofs that a run was decided on stay: what is stored may have later versions by now.
  if (pinned.status !== 'OPEN') return { shard: run.shard, outcome: 'already-decided' as const };
  const tally = await deps.runs.readTally(run.runId, run.shard);
  const conflicts = new Set(tally?.conflicts);
  const found = emptyTally();
  const problems: Problem[] = [];
  const { shard, runId } = run;
  // A retry's proof looks at every bucket of its shards, as dispatch does: an invoice that carries its id counts.
  const read = async (bucket: number): Promise<FoundBucket> =>
    readFound(deps, run, bucket, conflicts, await scopeIn(deps.runs, pinned, bucket));
  for (const bucket of bucketsOfShard(shard, run.shardCount, run.bucketCount)) {
    const proof = proveBucket(await read(bucket));
    addTally(found, proof.tally);
    problems.push(...proof.problems);
  }
  const differing = tally ? differences(tally, found) : [];
  if (!tally) problems.push({ kind: 'no-tally', accountId: null, detail: `shard ${shard} was not settled` });
  if (differing.length > 0) problems.push(...(await changedIn(deps, run, read)));
  for (const each of differing)
    problems.push({ kind: 'tally-differs', accountId: null, detail: `shard ${shard}, ${each}` });
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

/** Names what was changed since the shard was settled: every bucket is read once more, and billed anew. */
async function changedIn(
  deps: ShardDeps,
  run: ShardPayload,
  read: (bucket: number) => Promise<FoundBucket>,
): Promise<Problem[]> {
  const catalogs = await deps.catalogs.read(run.catalogDigest);
  const problems: Problem[] = [];
  for (const bucket of bucketsOfShard(run.shard, run.shardCount, run.bucketCount))
    problems.push(...changedSince(await read(bucket), catalogs, contentHashOf));
  return problems;
}

const deps = once(() => shardDeps(readEnv(shardEnv)));

export const handler = entryPoint('verify-shard', (event, invocation) => verifyShard(deps(), event, invocation));
