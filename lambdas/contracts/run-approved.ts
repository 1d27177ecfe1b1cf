/** The one event between settlement and dispatch: source `tr1l.settlement`, detail type `RunApproved`. */
import { z } from 'zod';
import { isMonth, type Instant, type Month } from '../kernel/dates.ts';

export const SETTLEMENT_EVENT_SOURCE = 'tr1l.settlement';
export const RUN_APPROVED = 'RunApproved';

const count = z.number().int().nonnegative();

/** A settlement run was approved: the invoices that carry its `runId` are issued. May arrive more than once. */
export const runApprovedDetail = z.object({
  version: z.literal(1),
  month: z.custom<Month>(isMonth, { error: 'expected a month YYYY-MM' }),
  runId: z.string().min(1),
  importId: z.string().min(1),
  catalogDigest: z.string().regex(/^[0-9a-f]{64}$/),
  bucketCount: count.min(1),
  shardCount: count.min(1),
  /** The shards that hold invoices of the run: all of them, or those of a retry's accounts. */
  shards: z.array(count).min(1),
  accounts: count,
  approvedAt: z.iso.datetime().transform((text) => text as Instant),
});

export type RunApprovedDetail = z.output<typeof runApprovedDetail>;
