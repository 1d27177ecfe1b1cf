/** Puts the due markers that bring waiting notices back: one for each shard and slot, however many notices share it. */
import type { DueMarker } from '../contracts/due-marker.ts';
import { shardOfBucket } from '../kernel/buckets.ts';
import type { Instant, Month } from '../kernel/dates.ts';
import type { DueMarkers } from './adapters/due-markers.ts';
import type { MonthShards } from './adapters/month-shards.ts';
import { markerSlot } from './domain/release.ts';

/** A notice that waits, as its marker knows it. */
export interface Waiting {
  readonly month: Month;
  readonly bucket: number;
  readonly dueAt: Instant;
}

/** Call it after the notices are written, so that a release which finds the marker finds them too. */
export type MarkNotices = (waiting: readonly Waiting[], now: Instant) => Promise<void>;

export const markNotices =
  (shards: MonthShards, markers: DueMarkers): MarkNotices =>
  async (waiting, now) => {
    const wanted = new Map<string, DueMarker>();
    for (const { month, bucket, dueAt } of waiting) {
      const sharding = await shards.of(month);
      const slot = markerSlot(dueAt, now);
      const shard = shardOfBucket(bucket, sharding.shardCount, sharding.bucketCount);
      wanted.set(`${slot} ${month} ${shard}`, { slot, month, shard, ...sharding });
    }
    await Promise.all([...wanted.values()].map((marker) => markers.put(marker)));
  };
