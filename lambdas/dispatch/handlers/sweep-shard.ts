/**
 * Called by: the state SweepShards, once a day for each shard of the last months.
 * Guarantees: every notice of the shard that is overdue by 12 h and not final has a due marker, whatever became of its
 * marker or its message. The next release queues it; the ledger drops a message too many. What is in doubt and waits for
 * a person is counted, every day anew, so that one is called.
 * Fails when: a table does not answer (retried).
 */
import { bucketsOfShard } from '../../kernel/buckets.ts';
import { clients } from '../../platform/clients.ts';
import { decode } from '../../platform/decode.ts';
import { entryPoint, type Invocation } from '../../platform/entry.ts';
import { once, readEnv } from '../../platform/env.ts';
import { dueMarkers } from '../adapters/due-markers.ts';
import { monthShards, type MonthShards } from '../adapters/month-shards.ts';
import { noticeLedger, type NoticeLedger } from '../adapters/notice-ledger.ts';
import { isOverdue, waitsForPerson } from '../domain/overdue.ts';
import { sweepShardEnv } from '../env.ts';
import { markNotices, type MarkNotices } from '../mark-notices.ts';
import { plannedShard } from '../payloads.ts';

export interface SweepShardDeps {
  readonly shards: MonthShards;
  readonly ledger: Pick<NoticeLedger, 'outlines'>;
  readonly mark: MarkNotices;
}

export async function sweepShard(
  deps: SweepShardDeps,
  event: unknown,
  { log, clock, count }: Pick<Invocation, 'log' | 'clock' | 'count'>,
) {
  const { month, shard } = decode(plannedShard, event, 'the shard to sweep');
  const { shardCount, bucketCount } = await deps.shards.of(month);
  let [overdue, inDoubt] = [0, 0];
  for (const bucket of bucketsOfShard(shard, shardCount, bucketCount)) {
    for await (const page of deps.ledger.outlines(month, bucket)) {
      const now = clock.now();
      const late = page.filter((notice) => isOverdue(notice, now));
      await deps.mark(late, now);
      overdue += late.length;
      inDoubt += page.filter(waitsForPerson).length;
    }
  }
  if (overdue + inDoubt > 0) log.warn('SHARD_SWEPT', { month, shard, overdue, inDoubt });
  count('NoticesOverdue', overdue);
  count('NoticesInDoubt', inDoubt);
  return { shard, overdue, inDoubt };
}

const deps = once((): SweepShardDeps => {
  const env = readEnv(sweepShardEnv);
  const dynamo = clients.dynamo();
  const shards = monthShards(dynamo, env.CONTROL_TABLE);
  return {
    shards,
    ledger: noticeLedger(dynamo, env.NOTICES_TABLE),
    mark: markNotices(shards, dueMarkers(dynamo, env.CONTROL_TABLE)),
  };
});

export const handler = entryPoint('sweep-shard', (event, invocation) => sweepShard(deps(), event, invocation));
