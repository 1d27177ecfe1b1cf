/**
 * Called by: the state SettleShards, once for each shard of a run.
 * Guarantees: afterwards every account of the shard has an invoice or a rejection, and the shard a tally of what is
 * stored. Doing it again, at once or after a crash, writes nothing twice and changes no invoice; a run that is decided
 * is left as it is.
 * Fails when: a table or S3 does not answer (retried), the catalog file is faulty (CatalogRefused), or the payload is
 * not what the run has pinned (InvalidRunInput).
 */
import { bucketsOfShard } from '../../kernel/buckets.ts';
import { shardPayload } from '../../contracts/settlement-payloads.ts';
import { readAhead } from '../../platform/concurrency.ts';
import { decode } from '../../platform/decode.ts';
import { entryPoint, type Invocation } from '../../platform/entry.ts';
import { once, readEnv } from '../../platform/env.ts';
import { addTally, emptyTally } from '../domain/tally.ts';
import { shardEnv } from '../env.ts';
import { pinnedRun, scopeIn } from '../pinned-run.ts';
import { readBucket, settleBucket } from '../settle-bucket.ts';
import { shardDeps, type ShardDeps } from '../shard-deps.ts';

/** Settles the buckets of a shard, one after the other, and reads the next while one is written: memory holds two. */
export async function settleShard(deps: ShardDeps, event: unknown, { log, count }: Pick<Invocation, 'log' | 'count'>) {
  const run = decode(shardPayload, event, 'the shard to settle');
  const pinned = await pinnedRun(deps.runs, run);
  if (pinned.status !== 'OPEN') return { shard: run.shard, outcome: 'already-decided' as const };
  const catalogs = await deps.catalogs.read(run.catalogDigest);
  const tally = emptyTally();
  const conflicts: string[] = [];
  let drafted = 0;
  const buckets = bucketsOfShard(run.shard, run.shardCount, run.bucketCount);
  const read = async (bucket: number) => {
    const scope = await scopeIn(deps.runs, pinned, bucket);
    return scope?.accounts.size === 0 ? null : readBucket(deps, run, bucket, scope);
  };
  for await (const [bucket, stored] of readAhead(buckets, read)) {
    if (!stored) continue;
    const result = await settleBucket(deps, catalogs, run, bucket, stored);
    await deps.runs.putConflicts(run.runId, result.conflicts);
    conflicts.push(...result.conflicts.map(({ accountId }) => accountId));
    addTally(tally, result.tally);
    drafted += result.drafted;
  }
  await deps.runs.putTally(run.runId, run.shard, { ...tally, conflicts });
  const counts = { drafted, invoices: tally.invoices, rejected: tally.rejected, conflicts: conflicts.length };
  log.info('SHARD_SETTLED', { runId: run.runId, shard: run.shard, ...counts });
  count('InvoicesDrafted', drafted);
  count('AccountsRejected', tally.rejected);
  count('InvoiceConflicts', conflicts.length);
  return { shard: run.shard, outcome: 'settled' as const, ...counts };
}

const deps = once(() => shardDeps(readEnv(shardEnv)));

export const handler = entryPoint('settle-shard', (event, invocation) => settleShard(deps(), event, invocation));
