/** What the state machine import-month hands to its functions, and gets back. */
import { z } from 'zod';
import { isMonth, type Month } from '../kernel/dates.ts';

const count = z.number().int().nonnegative();
const month = z.custom<Month>(isMonth, { error: 'expected a month YYYY-MM' });
const text = z.string().min(1);

/** One import under way, as OpenImport answers: which files, in how many parts. */
export const importJob = z.object({
  month,
  /** The same files are the same job: `2026-01-` and 12 digits of a hash. */
  jobId: z.string().regex(/^\d{4}-\d{2}-[0-9a-f]{12}$/, { error: 'expected a job id such as 2026-01-0123456789ab' }),
  catalogDigest: z.string().regex(/^[0-9a-f]{64}$/),
  /** Records that may be refused and left out. */
  maxRefused: count,
  /** Parts of both files: of accounts first, then of usage. */
  partCount: count.min(1),
});
export type ImportJob = z.output<typeof importJob>;

/** One part: the item of the first distributed map. */
export const partToCheck = importJob.pick({ month: true, jobId: true }).extend({ part: count });

/** The item of the second. */
export const partToWrite = partToCheck.extend({ importId: text });

/** The job as AcceptImport lets it go on. */
export const acceptedJob = importJob.extend({
  importId: text,
  /** What the month pointed to; null when it had no import. */
  before: text.nullable(),
});
export type AcceptedJob = z.output<typeof acceptedJob>;
