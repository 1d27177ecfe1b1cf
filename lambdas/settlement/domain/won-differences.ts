/** What the input says in won that must stand on the invoice as it is: payments, arrears and credits. */
import type { ChargeCode, Invoice } from '../../contracts/invoice.ts';
import type { Month } from '../../kernel/dates.ts';
import type { Account, UsageLine } from './account.ts';
import { Form } from './form.ts';
import { readAccount } from './read-account.ts';
import { readUsage } from './read-usage.ts';
import { isForeignUsage } from './settle-account.ts';

/** Each code in which an invoice and its input differ, as a sentence. */
export function wonDifferences(account: unknown, usage: unknown, month: Month, invoice: Invoice): string[] {
  const form = new Form();
  const readable = readAccount(account, form);
  const used = readUsage(isForeignUsage(usage, month) ? null : usage, invoice.accountId, month, form);
  if (form.malformed || form.badAmount) return ['its input cannot be billed'];
  return [...wonOf(readable, used)].flatMap(([code, expected]) => {
    const billed = invoice.lines.reduce((sum, line) => (line.code === code ? sum + line.amount : sum), 0);
    return billed === expected ? [] : [`${code}: the input has ${expected}, the invoice ${billed}`];
  });
}

function wonOf(account: Account, usage: readonly UsageLine[]): Map<ChargeCode, number> {
  const paid = (kind: string): number =>
    usage.reduce(
      (sum, { payments }) => payments.reduce((all, one) => (one.kind === kind ? all + one.amount : all), sum),
      0,
    );
  return new Map<ChargeCode, number>([
    ['MICRO_PAYMENT', paid('micro')],
    ['CONTENT_PAYMENT', paid('content')],
    ['ARREARS', account.arrears.taxable + account.arrears.nonTaxable],
    ['CREDIT', account.credits.reduce((sum, { amount }) => sum - amount, 0)],
  ]);
}
