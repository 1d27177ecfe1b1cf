/** The sums of an invoice follow from its lines (billing rules §5): one place says how, for billing and for reading back. */
import { won, type Won } from '../kernel/money.ts';
import type { Invoice, InvoiceLine } from './invoice.ts';

export type InvoiceTotals = Pick<
  Invoice,
  'taxable' | 'supply' | 'vat' | 'nonTaxable' | 'subtotal' | 'rounding' | 'amountDue' | 'carriedForward'
>;

/** The sum of the lines whose VAT is included, and of all lines but the rounding. */
export function sumsOf(lines: readonly InvoiceLine[]): { taxable: Won; subtotal: Won; rounding: Won } {
  let [taxable, subtotal, rounding, size] = [0, 0, 0, 0];
  for (const line of lines) {
    if (line.code === 'ROUNDING') rounding += line.amount;
    else subtotal += line.amount;
    if (line.vat === 'included') taxable += line.amount;
    size += Math.abs(line.amount);
  }
  // Nothing on the way to a sum is greater than `size`: as long as that is exact, everything is.
  if (Number.isSafeInteger(size)) return { taxable: won(taxable), subtotal: won(subtotal), rounding: won(rounding) };
  return {
    taxable: exactSum(lines.filter(({ vat }) => vat === 'included')),
    subtotal: exactSum(lines.filter(({ code }) => code !== 'ROUNDING')),
    rounding: exactSum(lines.filter(({ code }) => code === 'ROUNDING')),
  };
}

/** Throws a RangeError when a number cannot hold the sum. */
const exactSum = (lines: readonly InvoiceLine[]): Won =>
  won(Number(lines.reduce((sum, { amount }) => sum + BigInt(amount), 0n)));

/** All sums of an invoice with these lines, rounding included, whose VAT (the month's rate) is known. */
export function totalsOf(lines: readonly InvoiceLine[], vat: Won): InvoiceTotals {
  const { taxable, subtotal, rounding } = sumsOf(lines);
  return {
    taxable,
    supply: won(taxable > 0 ? taxable - vat : 0),
    vat,
    nonTaxable: won(subtotal - taxable),
    subtotal,
    rounding,
    amountDue: won(subtotal > 0 ? subtotal + rounding : 0),
    carriedForward: won(subtotal < 0 ? 0 - subtotal : 0),
  };
}
