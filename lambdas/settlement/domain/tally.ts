/** The count and the sums of a part of a run: of a bucket, a shard, or the whole. */
import type { ChargeCode, Invoice } from '../../contracts/invoice.ts';
import { won } from '../../kernel/money.ts';

export interface Tally {
  accounts: number;
  invoices: number;
  /** Accounts of a retry that an earlier, approved run has billed: their invoices are not among `invoices`. */
  billedBefore: number;
  /** Accounts with a rejection and without an invoice. */
  rejected: number;
  usageRecords: number;
  /** Usage records of invoiced accounts, of rejected ones, and of no account of the import or of another month. */
  billedUsage: number;
  rejectedUsage: number;
  foreignUsage: number;
  amountDue: number;
  carriedForward: number;
  /** Won by charge code. */
  byCode: Partial<Record<ChargeCode, number>>;
  /**
   * The content hashes of the stored invoices, added bit by bit (XOR), in hex: sums stay equal when one amount grows by
   * what another loses, this does not. Order does not matter, and parts add up.
   */
  contents: string;
}

const HASH_DIGITS = 64; // a SHA-256 in hex

export const emptyTally = (): Tally => ({
  accounts: 0,
  invoices: 0,
  billedBefore: 0,
  rejected: 0,
  usageRecords: 0,
  billedUsage: 0,
  rejectedUsage: 0,
  foreignUsage: 0,
  amountDue: 0,
  carriedForward: 0,
  byCode: {},
  contents: '0'.repeat(HASH_DIGITS),
});

/** Counts one stored invoice; a damaged one (null) is counted, but its amounts are not known. */
export function tallyInvoice(tally: Tally, contentHash: string, invoice: Invoice | null): void {
  tally.invoices++;
  tally.contents = xor(tally.contents, contentHash);
  if (!invoice) return;
  tally.amountDue = won(tally.amountDue + invoice.amountDue);
  tally.carriedForward = won(tally.carriedForward + invoice.carriedForward);
  for (const { code, amount } of invoice.lines) tally.byCode[code] = won((tally.byCode[code] ?? 0) + amount);
}

/** What became of the account of a usage record. */
export type UsageFate = 'billed' | 'rejected' | 'foreign' | 'unsettled';

/** Counts one usage record. */
export function tallyUsage(tally: Tally, fate: UsageFate): void {
  tally.usageRecords++;
  if (fate === 'billed') tally.billedUsage++;
  else if (fate === 'rejected') tally.rejectedUsage++;
  else if (fate === 'foreign') tally.foreignUsage++;
}

/** Adds a part to a tally. */
export function addTally(tally: Tally, part: Tally): void {
  tally.accounts += part.accounts;
  tally.invoices += part.invoices;
  tally.billedBefore += part.billedBefore;
  tally.rejected += part.rejected;
  tally.usageRecords += part.usageRecords;
  tally.billedUsage += part.billedUsage;
  tally.rejectedUsage += part.rejectedUsage;
  tally.foreignUsage += part.foreignUsage;
  tally.amountDue = won(tally.amountDue + part.amountDue);
  tally.carriedForward = won(tally.carriedForward + part.carriedForward);
  for (const [code, amount] of Object.entries(part.byCode) as [ChargeCode, number][])
    tally.byCode[code] = won((tally.byCode[code] ?? 0) + amount);
  tally.contents = xor(tally.contents, part.contents);
}

/** The counts and sums in which two tallies differ, as `name: a ≠ b`. */
export function differences(a: Tally, b: Tally): string[] {
  const [left, right] = [countsOf(a), countsOf(b)];
  const found = [...new Set([...Object.keys(left), ...Object.keys(right)])]
    .filter((name) => (left[name] ?? 0) !== (right[name] ?? 0))
    .map((name) => `${name}: ${left[name] ?? 0} ≠ ${right[name] ?? 0}`);
  if (a.contents !== b.contents) found.push('contents: not the same invoices');
  return found;
}

const countsOf = (tally: Tally): Record<string, number> => ({
  accounts: tally.accounts,
  invoices: tally.invoices,
  billedBefore: tally.billedBefore,
  rejected: tally.rejected,
  usageRecords: tally.usageRecords,
  billedUsage: tally.billedUsage,
  rejectedUsage: tally.rejectedUsage,
  foreignUsage: tally.foreignUsage,
  amountDue: tally.amountDue,
  carriedForward: tally.carriedForward,
  ...tally.byCode,
});

const xor = (a: string, b: string): string =>
  (BigInt(`0x${a}`) ^ BigInt(`0x${b || '0'}`)).toString(16).padStart(HASH_DIGITS, '0');
