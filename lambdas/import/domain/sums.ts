/** Sums over the records of an import. They are decimal texts where they may be beyond 2^53. */
import { z } from 'zod';

const count = z.number().int().nonnegative();
const sum = z.string().regex(/^\d+$/);

/** Only what is an integer from 0 to 10^12 is added; the rest is rejected when billed. */
export const sumsSchema = z.object({
  accounts: count,
  usageRecords: count,
  /** Of the usage records, those of another month: no input of billing. */
  otherMonths: count,
  dataMb: sum,
  voiceSec: sum,
  messages: sum,
  payments: count,
  paymentsWon: sum,
});
export type Sums = Readonly<z.output<typeof sumsSchema>>;

export interface ControlTotals extends Sums {
  /** Records that were left out, where that was allowed. */
  readonly refused: number;
  /** SHA-256 over every record with its line, block by block, and the catalogs; in hex. */
  readonly digest: string;
}

export const emptySums = (): Sums => ({
  accounts: 0,
  usageRecords: 0,
  otherMonths: 0,
  dataMb: '0',
  voiceSec: '0',
  messages: '0',
  payments: 0,
  paymentsWon: '0',
});

export const addSums = (a: Sums, b: Sums): Sums => ({
  accounts: a.accounts + b.accounts,
  usageRecords: a.usageRecords + b.usageRecords,
  otherMonths: a.otherMonths + b.otherMonths,
  dataMb: added(a.dataMb, b.dataMb),
  voiceSec: added(a.voiceSec, b.voiceSec),
  messages: added(a.messages, b.messages),
  payments: a.payments + b.payments,
  paymentsWon: added(a.paymentsWon, b.paymentsWon),
});

const added = (a: string, b: string): string => String(BigInt(a) + BigInt(b));
