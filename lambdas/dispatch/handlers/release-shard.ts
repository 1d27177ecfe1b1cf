/**
 * Called by: the state ReleaseShards, once for each due marker.
 * Guarantees: every notice of the marker's shard that is due has a message on the queue of its channel. A release that
 * dies and is done again may queue one twice; the ledger drops the second.
 * Fails when: a table or a queue does not answer (retried). A marker that another release holds is left to it; while
 * dispatch is paused, every marker stays as it is, and due.
 */
import { randomUUID } from 'node:crypto';
import { dueMarkerSchema } from '../../contracts/due-marker.ts';
import type { NoticeMessage } from '../../contracts/notice-message.ts';
import { bucketsOfShard } from '../../kernel/buckets.ts';
import { epochMs, instantOf } from '../../kernel/dates.ts';
import { clients } from '../../platform/clients.ts';
import { decode } from '../../platform/decode.ts';
import { entryPoint, type Invocation } from '../../platform/entry.ts';
import { once, readEnv } from '../../platform/env.ts';
import { dispatchPause, type DispatchPause } from '../adapters/dispatch-pause.ts';
import { dueMarkers, type DueMarkers } from '../adapters/due-markers.ts';
import { noticeLedger, type NoticeLedger } from '../adapters/notice-ledger.ts';
import { noticeQueues, type NoticeQueues } from '../adapters/notice-queues.ts';
import type { Notice } from '../domain/ledger.ts';
import { CHANNELS } from '../domain/policy.ts';
import { isDue, isStillToCome } from '../domain/release.ts';
import { releaseShardEnv } from '../env.ts';

export interface ReleaseShardDeps {
  readonly markers: DueMarkers;
  readonly pause: Pick<DispatchPause, 'isPaused'>;
  readonly ledger: NoticeLedger;
  readonly queues: NoticeQueues;
}

/** A marker's lease outlives the function that holds it. */
const LEASE_MARGIN_MS = 10_000;

/** Releases page by page; the marker's cursor says how far a release came that was cut. */
export async function releaseShard(
  deps: ReleaseShardDeps,
  event: unknown,
  { log, clock, count, remainingMs }: Pick<Invocation, 'log' | 'clock' | 'count' | 'remainingMs'>,
) {
  const marker = decode(dueMarkerSchema, event, 'the due marker');
  const { month, shard, slot } = marker;
  const now = clock.now();
  if (await deps.pause.isPaused(now)) {
    log.info('RELEASE_PAUSED', { month, shard, slot });
    return { shard, released: 0 };
  }
  const lease = { token: randomUUID(), until: instantOf(epochMs(now) + remainingMs() + LEASE_MARGIN_MS) };
  const claimed = await deps.markers.claim(marker, lease, now);
  if (!claimed) return { shard, released: 0 };
  const { cursor, puts } = claimed;
  const held = { token: lease.token, puts };
  // A release that was cut goes on as of its own instant: what it skipped then is looked at by the next one.
  const window = { after: claimed.releasedUntil, until: cursor?.at ?? now };
  let released = 0;
  let stillToCome = 0;
  for (const bucket of bucketsOfShard(shard, marker.shardCount, marker.bucketCount)) {
    if (cursor && bucket < cursor.bucket) continue;
    const after = cursor?.bucket === bucket ? cursor.noticeId : undefined;
    for await (const page of deps.ledger.bucket(month, bucket, after)) {
      const due = page.filter((notice) => isDue(notice, window));
      stillToCome += page.filter((notice) => isStillToCome(notice, slot, window.until)).length;
      for (const channel of CHANNELS) {
        await deps.queues.send(channel, due.filter((notice) => notice.channel === channel).map(messageOf));
      }
      released += due.length;
      const last = page.at(-1);
      const reached = last && { at: window.until, bucket, noticeId: last.noticeId };
      if (reached && !(await deps.markers.advance(marker, lease.token, reached))) {
        log.warn('MARKER_LOST', { month, shard, slot });
        return { shard, released };
      }
    }
  }
  // Before the cursor something may have been still to come, so a release that was taken up is followed by another.
  if (stillToCome > 0 || cursor) await deps.markers.giveBack(marker, held, window.until);
  else await deps.markers.finish(marker, held);
  log.info('SHARD_RELEASED', { month, shard, slot, released, stillToCome });
  count('NoticesReleased', released);
  return { shard, released };
}

const messageOf = ({ noticeId, month, bucket }: Notice): NoticeMessage => ({ version: 1, noticeId, month, bucket });

const deps = once((): ReleaseShardDeps => {
  const env = readEnv(releaseShardEnv);
  const dynamo = clients.dynamo();
  return {
    markers: dueMarkers(dynamo, env.CONTROL_TABLE),
    pause: dispatchPause(dynamo, env.CONTROL_TABLE),
    ledger: noticeLedger(dynamo, env.NOTICES_TABLE),
    queues: noticeQueues(clients.sqs(), { email: env.EMAIL_QUEUE_URL, sms: env.SMS_QUEUE_URL }),
  };
});

export const handler = entryPoint('release-shard', (event, invocation) => releaseShard(deps(), event, invocation));
