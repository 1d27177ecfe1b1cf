/** An import on AWS: its files cut into parts, and what is known of each part. */
import { z } from 'zod';
import type { BlockDigest } from './blocks.ts';
import type { CutFile, FilePart } from './record-file.ts';
import type { RecordKind } from './record.ts';
import { sumsSchema } from './sums.ts';
import type { Columns } from './usage-csv.ts';

const count = z.number().int().nonnegative();
const blocks = z.array(z.tuple([count, z.string()])).transform((found): readonly BlockDigest[] => found);
const kind = z.enum(['accounts', 'usage']);

const cutFile = z.object({
  key: z.string(),
  /** Every part is read of this very object, or not at all. */
  etag: z.string(),
  format: z.enum(['csv', 'jsonl']),
  columns: z
    .array(z.string())
    .nullable()
    .transform((found) => found as Columns | null),
  parts: z
    .array(z.object({ byte: count, line: count, end: count }))
    .min(1)
    .readonly(),
});

/** The files of a job, cut once when it is opened. */
export const jobPlan = z.object({ accounts: cutFile, usage: cutFile });
export type JobPlan = z.output<typeof jobPlan>;

/** A part, and the file that it is of. */
export interface PlannedPart {
  readonly kind: RecordKind;
  readonly file: CutFile & { readonly key: string; readonly etag: string };
  readonly part: FilePart;
}

export const partCountOf = ({ accounts, usage }: JobPlan): number => accounts.parts.length + usage.parts.length;

/** The part of a number: those of accounts come first. Null when there is none. */
export function plannedPart(plan: JobPlan, number: number): PlannedPart | null {
  const isUsage = number >= plan.accounts.parts.length;
  const file = isUsage ? plan.usage : plan.accounts;
  const part = file.parts[isUsage ? number - plan.accounts.parts.length : number];
  return part ? { kind: isUsage ? 'usage' : 'accounts', file, part } : null;
}

/** What was found in a part when it was checked. */
export const checkedPart = z.object({
  kind,
  read: count,
  refused: count,
  duplicates: count,
  brokenRows: count,
  refusedIds: z.array(z.tuple([z.string(), count])).transform((found): readonly (readonly [string, number])[] => found),
  sums: sumsSchema,
  blocks,
});
export type CheckedPart = z.output<typeof checkedPart>;

/** What was stored of a part: its records, and those whose key holds another line's. */
export const writtenPart = z.object({
  kind,
  records: count,
  duplicates: z.array(z.object({ sk: z.string(), line: count, storedLine: count })),
});
export type WrittenPart = z.output<typeof writtenPart>;
