/** One bill as a person reads it: every line with its rule and its arithmetic. */
import type { Invoice, InvoiceLine } from '../../lambdas/contracts/invoice.ts';
import { clampedDate } from '../../lambdas/kernel/dates.ts';
import { isRejection } from '../../lambdas/settlement/domain/bill.ts';
import { Catalogs } from '../../lambdas/settlement/domain/catalogs.ts';
import { compileCatalogs } from '../../lambdas/settlement/domain/compile-catalogs.ts';
import { Form } from '../../lambdas/settlement/domain/form.ts';
import { readAccount } from '../../lambdas/settlement/domain/read-account.ts';
import { readUsage } from '../../lambdas/settlement/domain/read-usage.ts';
import type { Rejection } from '../../lambdas/settlement/domain/rejection.ts';
import type { Billed } from '../billing/bill-files.ts';
import { catalogTexts } from './catalog-texts.ts';
import { explainLine, isPayment, won, type BillContext } from './explain-line.ts';
import { placesOf } from './reason-places.ts';
import { WORDS, type Locale, type Words } from './words.ts';

/** Explains what an account was billed, or why it was not. `catalogJson` is what it was billed by. */
export function explainBill({ account, usage, result }: Billed, catalogJson: unknown, locale: Locale): string {
  const words = WORDS[locale];
  const form = new Form();
  if (isRejection(result)) return explainRejection(account, usage, result, catalogJson, words);
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

/** Places of one reason that are named; a line has a few plans, not dozens. */
const NAMED = 20;

/** Why an account was not billed, with what each reason is about. */
function explainRejection(
  account: unknown,
  usage: unknown,
  { accountId, month, rejected }: Rejection,
  catalogJson: unknown,
  words: Words,
): string {
  const form = new Form();
  const compiled = compileCatalogs(catalogJson);
  const billingCase = {
    account: readAccount(account, form),
    usage: readUsage(usage, accountId ?? '', month, form),
    tariff: (compiled.ok ? compiled.catalogs : new Catalogs([])).in(month),
    badAmount: form.badAmount,
  };
  const reasons = rejected.flatMap((reason) => {
    const places = form.malformed ? [] : placesOf(reason, billingCase).slice(0, NAMED);
    return [
      `  ${reason}: ${words.reason[reason] ?? ''}`,
      ...places.map(({ lineId, what }) => `    ${lineId === null ? words.account : words.line(lineId)}: ${what}`),
    ];
  });
  return [`${accountId ?? ''} ${month}`, words.rejected, ...reasons].join('\n');
}

/** Amounts that are given, not worked out: a payment alone is no sum. */
const isGiven = ({ code, quantity }: InvoiceLine): boolean =>
  code === 'INSTALMENT' || code === 'CREDIT' || (isPayment(code) && quantity === 1);

function bodyOf({ lines }: Invoice, context: BillContext): string[] {
  const words = WORDS[context.locale];
  const texts: string[] = [];
  let heading: string | undefined;
  for (const line of lines) {
    const belongsTo = line.lineId === null ? words.account : words.line(line.lineId);
    if (belongsTo !== heading) texts.push((heading = belongsTo));
    const sign = isGiven(line) ? ':' : ' =';
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
