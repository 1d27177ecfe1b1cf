/** What the settlement state machine hands to its functions, and gets back. */
import { z } from 'zod';
import { isMonth, type Month } from '../kernel/dates.ts';

const count = z.number().int().nonnegative();
/** `2026-01-r0001`, as `runIdOf` of the kernel makes it. */
const runId = z.string().regex(/^\d{4}-\d{2}-r\d{4,}$/, { error: 'expected a run id such as 2026-01-r0001' });
const month = z.custom<Month>(isMonth, { error: 'expected a month YYYY-MM' });

/** What a run is about; pinned in the run record when it is opened. */
export const runPayload = z.object({
  month,
  runId,
  importId: z.string().min(1),
  catalogDigest: z.string().regex(/^[0-9a-f]{64}$/),
  bucketCount: count.min(1),
  shardCount: count.min(1),
});
export type RunPayload = z.output<typeof runPayload>;

/** One shard of a run: the item of the distributed maps. */
export const shardPayload = runPayload
  .extend({ shard: count })
  .refine(({ shard, shardCount }) => shard < shardCount, { error: 'shard must be below shardCount' })
  .refine(({ bucketCount, shardCount }) => shardCount <= bucketCount, { error: 'more shards than buckets' });
export type ShardPayload = z.output<typeof shardPayload>;

/** CloseRun knows the run by its month and id; everything else is in the run record. */
export const closePayload = z.object({ month, runId });

/** WaitForDecision: the run, and by which token its execution waits. */
export const awaitPayload = closePayload.extend({ token: z.string().min(1), executionId: z.string().min(1) });

/** OpenRun: the execution's input as it is, and the execution. */
export const openPayload = z.object({ input: z.unknown(), executionId: z.string().min(1) });
