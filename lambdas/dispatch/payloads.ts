/** What the dispatch state machine hands to its functions. */
import { z } from 'zod';
import { runApprovedDetail } from '../contracts/run-approved.ts';
import { isMonth, type Instant, type Month } from '../kernel/dates.ts';

/** One shard of an approved run: the item of the maps PlanShards and VerifyPlan. */
export const approvedShard = runApprovedDetail
  .omit({ shards: true })
  .extend({ shard: z.int().min(0) })
  .refine(({ shard, shardCount }) => shard < shardCount, { error: 'shard must be below shardCount' });

const month = z.custom<Month>(isMonth, { error: 'expected a month YYYY-MM' });

/** ListShards: one month's shards, or those of the last months. */
export const listShardsPayload = z.object({ month: month.optional() });

/** One shard of a month that is planned: the item of the map SweepShards. */
export const plannedShard = z.object({ month, shard: z.int().min(0) });

/** The same for RetimeShards, with the instant that the month is reserved for; null when it is to go now. */
export const retimeShardPayload = plannedShard.extend({
  at: z.iso
    .datetime()
    .transform((text) => text as Instant)
    .nullable(),
});

/** FindDue: one month's markers after its plan, every month's in a wave. */
export const findDuePayload = z.object({
  month: month.optional(),
});
