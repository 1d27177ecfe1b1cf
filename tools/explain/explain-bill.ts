/** One bill as a person reads it: every line with its rule and its arithmetic. */
import type { Invoice } from '../../lambdas/contracts/invoice.ts';
import { clampedDate } from '../../lambdas/kernel/dates.ts';
import { isRejection } from '../../lambdas/settlement/domain/bill.ts';
import { Form } from '../../lambdas/settlement/domain/form.ts';
import { readAccount } from '../../lambdas/settlement/domain/read-account.ts';
import { readUsage } from '../../lambdas/settlement/domain/read-usage.ts';
import type { Billed } from '../billing/bill-files.ts';
import { catalogTexts } from './catalog-texts.ts';
import { explainLine, won, type BillContext } from './explain-line.ts';
import { WORDS, type Locale } from './words.ts';

/** Explains what an account was billed, or why it was not. `catalogJson` is what it was billed by. */
export function explainBill({ account, usage, result }: Billed, catalogJson: unknown, locale: Locale): string {
  const words = WORDS[locale];
  if (isRejection(result)) {
    const reasons = result.rejected.map((reason) => `  ${reason}: ${words.reason[reason] ?? ''}`);
    return [`${result.accountId ?? ''} ${result.month}`, words.rejected, ...reasons].join('\n');
  }
  const form = new Form();
  const context: BillContext = {
    month: result.month,
    locale,
    account: readAccount(account, form),
    usage: readUsage(usage, result.accountId, result.month, form),
    lines: result.lines,
    subtotal: result.subtotal,
    versionOn: catalogTexts(catalogJson),
  };
  return [
    `${result.accountId} ${result.month} (${result.catalogId})`,
    ...bodyOf(result, context),
    ...sumsOf(result, context),
  ].join('\n');
}

/** Amounts that are given, not worked out. */
const GIVEN: readonly string[] = ['INSTALMENT', 'CREDIT'];

function bodyOf({ lines }: Invoice, context: BillContext): string[] {
  const words = WORDS[context.locale];
  const texts: string[] = [];
  let heading: string | undefined;
  for (const line of lines) {
    const belongsTo = line.lineId === null ? words.account : words.line(line.lineId);
    if (belongsTo !== heading) texts.push((heading = belongsTo));
    const sign = GIVEN.includes(line.code) ? ':' : ' =';
    texts.push(`  ${line.code} ${explainLine(line, context)}${sign} ${won(line.amount)}`);
  }
  return texts;
}

function sumsOf(invoice: Invoice, { locale, month, versionOn }: BillContext): string[] {
  const words = WORDS[locale];
  const { vatRate } = versionOn(clampedDate(month, 31));
  const vat = `${won(invoice.taxable)} − ${won(invoice.taxable)} ÷ (1 + ${vatRate})`;
  return [
    `${words.subtotal} ${won(invoice.subtotal)}`,
    ...(invoice.taxable > 0
      ? [`  ${words.vatIn(won(invoice.taxable), won(invoice.supply))}: ${vat} = ${won(invoice.vat)}`]
      : []),
    `${words.amountDue(won(invoice.amountDue))}, ${words.dueOn(invoice.dueDate)}`,
    ...(invoice.carriedForward > 0 ? [words.carriedForward(won(invoice.carriedForward))] : []),
  ];
}
