/**
 * Called by: the state RetimeShards, once for each shard of a month whose reservation a person changed after it was planned.
 * Guarantees: every notice of the shard that waits is due at that instant (now, where it is null), out of quiet time
 * and no later than its due date allows, and has a due marker. What was tried, is over, or is held by a person stays.
 * Fails when: a table does not answer (retried). Done again, it writes nothing twice.
 */
import { bucketsOfShard } from '../../kernel/buckets.ts';
import { clients } from '../../platform/clients.ts';
import { decode } from '../../platform/decode.ts';
import { entryPoint, type Invocation } from '../../platform/entry.ts';
import { once, readEnv } from '../../platform/env.ts';
import { dueMarkers } from '../adapters/due-markers.ts';
import { monthShards, type MonthShards } from '../adapters/month-shards.ts';
import { noticeLedger, type LedgerWrite, type NoticeLedger } from '../adapters/notice-ledger.ts';
import { policyStore, type PolicyStore } from '../adapters/policy-store.ts';
import type { Notice } from '../domain/ledger.ts';
import { messageOf } from '../domain/message-of.ts';
import { retimed } from '../domain/retime.ts';
import { retimeShardEnv } from '../env.ts';
import { markNotices, type MarkNotices } from '../mark-notices.ts';
import { retimeShardPayload } from '../payloads.ts';

export interface RetimeShardDeps {
  readonly shards: MonthShards;
  readonly ledger: Pick<NoticeLedger, 'bucket' | 'apply'>;
  readonly policies: Pick<PolicyStore, 'version'>;
  readonly mark: MarkNotices;
}

export async function retimeShard(
  deps: RetimeShardDeps,
  event: unknown,
  { log, clock, count }: Pick<Invocation, 'log' | 'clock' | 'count'>,
) {
  const { month, shard, at } = decode(retimeShardPayload, event, 'the shard to retime');
  const { shardCount, bucketCount } = await deps.shards.of(month);
  let moved = 0;
  for (const bucket of bucketsOfShard(shard, shardCount, bucketCount)) {
    for await (const page of deps.ledger.bucket(month, bucket)) {
      const now = clock.now();
      const writes: LedgerWrite[] = [];
      const there: Notice[] = [];
      for (const notice of page) {
        const time = retimed(notice, await deps.policies.version(notice.policyVersion), at ?? now, now);
        if (time.kind === 'move') writes.push({ notice: messageOf(notice), transition: time.transition });
        // An execution that died may have moved it, and not have put its marker.
        if (time.kind === 'there') there.push(notice);
      }
      const written = (await deps.ledger.apply(writes, now)).filter((notice) => notice !== null);
      await deps.mark([...there, ...written], now);
      moved += written.length;
    }
  }
  log.info('SHARD_RETIMED', { month, shard, moved });
  count('NoticesRetimed', moved);
  return { shard, moved };
}

const deps = once((): RetimeShardDeps => {
  const env = readEnv(retimeShardEnv);
  const dynamo = clients.dynamo();
  const shards = monthShards(dynamo, env.CONTROL_TABLE);
  return {
    shards,
    ledger: noticeLedger(dynamo, env.NOTICES_TABLE),
    policies: policyStore(dynamo, env.CONTROL_TABLE),
    mark: markNotices(shards, dueMarkers(dynamo, env.CONTROL_TABLE)),
  };
});

export const handler = entryPoint('retime-shard', (event, invocation) => retimeShard(deps(), event, invocation));
