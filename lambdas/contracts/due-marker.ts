/** One shard of a month with notices due in a slot: the item that a release map hands to each child. */
import { z } from 'zod';
import { isMonth, type Instant, type Month } from '../kernel/dates.ts';

export const dueMarkerSchema = z.object({
  /** The start of the 10-minute slot. */
  slot: z.custom<Instant>(
    (value) => typeof value === 'string' && !Number.isNaN(Date.parse(value)),
    'must be an instant',
  ),
  month: z.custom<Month>(isMonth, 'must be a month, YYYY-MM'),
  shard: z.int().min(0),
  shardCount: z.int().min(1),
  bucketCount: z.int().min(1),
});

export type DueMarker = z.output<typeof dueMarkerSchema>;
