/** The release of a month whose pilot waits for a person: the listed accounts' notices go, the due marker stays for all others. */
import { bucketOf, bucketsOfShard } from '../kernel/buckets.ts';
import type { DueMarker } from '../contracts/due-marker.ts';
import type { Instant } from '../kernel/dates.ts';
import type { NoticeLedger } from './adapters/notice-ledger.ts';
import type { NoticeQueues } from './adapters/notice-queues.ts';
import { messageOf } from './domain/message-of.ts';
import { CHANNELS } from './domain/policy.ts';
import { isDue } from './domain/release.ts';
import type { ReleaseLimits } from './release-limits.ts';

export interface PilotDeps {
  readonly ledger: Pick<NoticeLedger, 'outlines'>;
  readonly queues: Pick<NoticeQueues, 'send'>;
  readonly limits: Pick<ReleaseLimits, 'take'>;
}

/**
 * Queues what is due of the pilot's accounts, as far as each channel may send now; answers with how many. The marker is
 * not claimed, so every wave queues what still waits; a pilot is small, and the ledger drops doubles.
 */
export async function releasePilot(
  { ledger, queues, limits }: PilotDeps,
  { month, shard, shardCount, bucketCount }: DueMarker,
  pilot: readonly string[],
  now: Instant,
): Promise<number> {
  const accounts = new Set(pilot);
  const buckets = new Set(pilot.map((accountId) => bucketOf(accountId, bucketCount)));
  let released = 0;
  for (const bucket of bucketsOfShard(shard, shardCount, bucketCount)) {
    if (!buckets.has(bucket)) continue;
    for await (const page of ledger.outlines(month, bucket)) {
      const due = page.filter((notice) => accounts.has(notice.accountId) && isDue(notice, { after: null, until: now }));
      for (const channel of CHANNELS) {
        const notices = due.filter((notice) => notice.channel === channel);
        const taken = await limits.take(channel, notices.length, now);
        await queues.send(channel, notices.slice(0, taken).map(messageOf));
        released += taken;
      }
    }
  }
  return released;
}
