/** The items of the runs table: keys of runs, and how each item is decoded when it is read. */
import { z } from 'zod';
import type { ChargeCode } from '../../contracts/invoice.ts';
import { isMonth, type Instant, type Month } from '../../kernel/dates.ts';
import { decode } from '../../platform/decode.ts';
import type { Problem } from '../domain/prove-bucket.ts';
import type { RunRecord } from '../domain/run.ts';

const count = z.number().int().nonnegative();
const integer = z.number().int();
const text = z.string().min(1);
const month = z.custom<Month>(isMonth, { error: 'expected a month YYYY-MM' });
const instant = z.iso.datetime().transform((value) => value as Instant);
const digest = z.string().regex(/^[0-9a-f]{64}$/);

export const deploymentItem = z.object({ bucketCount: count.min(1) });

export const pointerItem = z.object({ importId: text });

export const importItem = z.object({
  month,
  accounts: count,
  usageRecords: count,
  catalogDigest: digest,
  bucketCount: count.min(1),
});

const counts = {
  accounts: count,
  invoices: count,
  billedBefore: count,
  rejected: count,
  usageRecords: count,
  billedUsage: count,
  rejectedUsage: count,
  foreignUsage: count,
  amountDue: integer,
  carriedForward: integer,
  byCode: z.record(z.string(), integer).transform((byCode) => byCode as Partial<Record<ChargeCode, number>>),
  contents: digest,
};

export const runItem = z.object({
  runId: text,
  month,
  mode: z.enum(['settle', 'retry']),
  importId: text,
  catalogDigest: digest,
  bucketCount: count.min(1),
  shardCount: count.min(1),
  shards: z.array(count).nullable(),
  accounts: count,
  usageRecords: count,
  accountsDigest: digest.nullable(),
  reason: text.nullable(),
  approvedBefore: z.array(text),
  openedAt: instant,
  status: z.enum(['OPEN', 'APPROVED', 'REJECTED']),
  waits: z.object({ since: instant, proofDigest: digest }).nullable(),
  approvedAt: instant.nullable(),
  decision: z.object({ at: instant, by: text, reason: text }).nullable(),
  proofDigest: digest.nullable(),
  totals: z.object(counts).nullable(),
});

export const tallyItem = z.object({ ...counts, conflicts: z.array(text) });

export const proofItem = tallyItem.extend({
  shard: count,
  problemCount: count,
  problems: z.array(
    z.object({
      kind: z.string().transform((kind) => kind as Problem['kind']),
      accountId: z.string().nullable(),
      detail: z.string(),
    }),
  ),
});

export const conflictItem = z.object({
  accountId: text,
  bucket: count,
  storedHash: z.string(),
  storedAmountDue: integer,
  computedHash: digest.nullable(),
  computedAmountDue: integer.nullable(),
});

export const tokenItem = z.object({ token: text });

export const scopeItem = z.object({ accounts: z.array(text) });

export const digits = (number: number): string => String(number).padStart(4, '0');

/** The key of a run's record: it lies with its month. */
export const runKey = (month: Month, runNumber: number): { pk: string; sk: string } => ({
  pk: `MONTH#${month}`,
  sk: `RUN#${digits(runNumber)}`,
});

/** A run's record, decoded; the month is that of its key. */
export const runOf = (item: Record<string, unknown> | undefined, month: Month, name: string): RunRecord =>
  decode(runItem, { ...item, month }, `run ${name}`);
