/**
 * Called by: the state ReleaseShards, once for each due marker.
 * Guarantees: every notice of the marker's shard that is due has a message on the queue of its channel, as far as the
 * channel may send now; for the rest the marker stays. A release that dies and is done again may queue one twice; the
 * ledger drops the second.
 * Fails when: a table or a queue does not answer (retried). A marker that another release holds is left to it; while
 * dispatch is paused, or the month's reservation is cancelled, every marker stays as it is, and due; while a pilot waits
 * for a person, only its accounts' notices are queued.
 */
import { randomUUID } from 'node:crypto';
import { dueMarkerSchema } from '../../contracts/due-marker.ts';
import { bucketsOfShard } from '../../kernel/buckets.ts';
import { epochMs, instantOf } from '../../kernel/dates.ts';
import { clients } from '../../platform/clients.ts';
import { decode } from '../../platform/decode.ts';
import { entryPoint, type Invocation } from '../../platform/entry.ts';
import { once, readEnv } from '../../platform/env.ts';
import { breakerStore } from '../adapters/breaker-store.ts';
import { dispatchPause, type DispatchPause } from '../adapters/dispatch-pause.ts';
import { dueMarkers, type DueMarkers } from '../adapters/due-markers.ts';
import { monthOrders, type MonthOrders } from '../adapters/month-orders.ts';
import { noticeLedger, type NoticeLedger } from '../adapters/notice-ledger.ts';
import { noticeQueues, type NoticeQueues } from '../adapters/notice-queues.ts';
import { policyStore } from '../adapters/policy-store.ts';
import { releaseAllowance } from '../adapters/release-allowance.ts';
import { messageOf } from '../domain/message-of.ts';
import { CHANNELS, type Channel } from '../domain/policy.ts';
import { startRelease } from '../domain/release.ts';
import { releaseShardEnv } from '../env.ts';
import { releaseLimits, type ReleaseLimits } from '../release-limits.ts';
import { releasePilot } from '../release-pilot.ts';

export interface ReleaseShardDeps {
  readonly markers: DueMarkers;
  readonly pause: Pick<DispatchPause, 'isPaused'>;
  readonly orders: Pick<MonthOrders, 'recent'>;
  readonly ledger: NoticeLedger;
  readonly queues: NoticeQueues;
  readonly limits: ReleaseLimits;
}

/** A marker's lease outlives the function that holds it. */
const LEASE_MARGIN_MS = 10_000;

/** Releases page by page; the marker's cursors say how far a release came that was cut, or had to stop. */
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
  const order = await deps.orders.recent(month, now);
  if (order.isCancelled) {
    log.info('RELEASE_CANCELLED', { month, shard, slot });
    return { shard, released: 0 };
  }
  if (order.pilot) {
    const released = await releasePilot(deps, marker, order.pilot, now);
    log.info('PILOT_RELEASED', { month, shard, slot, released });
    return { shard, released };
  }
  const open: Channel[] = [];
  for (const channel of CHANNELS) if (await deps.limits.isOpen(channel, now)) open.push(channel);
  if (open.length === 0) return { shard, released: 0 };
  const lease = { token: randomUUID(), until: instantOf(epochMs(now) + remainingMs() + LEASE_MARGIN_MS) };
  const claimed = await deps.markers.claim(marker, lease, now);
  if (!claimed) return { shard, released: 0 };
  const held = { token: lease.token, puts: claimed.puts };
  const release = startRelease(claimed, open, now);
  for (const bucket of bucketsOfShard(shard, marker.shardCount, marker.bucketCount)) {
    if (!release.needs(bucket)) continue;
    for await (const page of deps.ledger.outlines(month, bucket, release.after(bucket))) {
      for (const { channel, notices } of release.due(page)) {
        const taken = await deps.limits.take(channel, notices.length, clock.now());
        await deps.queues.send(channel, notices.slice(0, taken).map(messageOf));
        release.sent(channel, notices, taken);
      }
      release.seen(page, slot);
      if (!(await deps.markers.advance(marker, held, release.progress().cursor))) {
        log.warn('MARKER_LOST', { month, shard, slot });
        return { shard, released: release.released() };
      }
      if (release.isStopped()) break;
    }
  }
  if (release.isOver()) await deps.markers.finish(marker, held);
  else await deps.markers.giveBack(marker, held, release.ended());
  const released = release.released();
  log.info('SHARD_RELEASED', { month, shard, slot, released, isOver: release.isOver() });
  count('NoticesReleased', released);
  return { shard, released };
}

const deps = once((): ReleaseShardDeps => {
  const env = readEnv(releaseShardEnv);
  const dynamo = clients.dynamo();
  const urls = { email: env.EMAIL_QUEUE_URL, sms: env.SMS_QUEUE_URL };
  return {
    markers: dueMarkers(dynamo, env.CONTROL_TABLE),
    pause: dispatchPause(dynamo, env.CONTROL_TABLE),
    orders: monthOrders(dynamo, env.CONTROL_TABLE),
    ledger: noticeLedger(dynamo, env.NOTICES_TABLE),
    queues: noticeQueues(clients.sqs(), urls),
    limits: releaseLimits(
      breakerStore(dynamo, env.CONTROL_TABLE),
      policyStore(dynamo, env.CONTROL_TABLE),
      releaseAllowance(dynamo, env.CONTROL_TABLE, clients.sqs(), urls),
    ),
  };
});

export const handler = entryPoint('release-shard', (event, invocation) => releaseShard(deps(), event, invocation));
