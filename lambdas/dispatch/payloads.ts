/** What the dispatch state machine hands to its functions. */
import { z } from 'zod';
import { runApprovedDetail } from '../contracts/run-approved.ts';
import { isMonth, type Month } from '../kernel/dates.ts';

/** One shard of an approved run: the item of the maps PlanShards and VerifyPlan. */
export const approvedShard = runApprovedDetail
  .omit({ shards: true })
  .extend({ shard: z.int().min(0) })
  .refine(({ shard, shardCount }) => shard < shardCount, { error: 'shard must be below shardCount' });

/** FindDue: one month's markers after its plan, every month's in a wave. */
export const findDuePayload = z.object({
  month: z.custom<Month>(isMonth, { error: 'expected a month YYYY-MM' }).optional(),
});
