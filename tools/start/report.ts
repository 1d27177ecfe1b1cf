/** `out/report.html`: a month's picture in one file that opens without a server or a network. */
import { Eta } from 'eta';
import type { Invoice } from '../../lambdas/contracts/invoice.ts';
import { dateOfDay, dayNumber } from '../../lambdas/kernel/dates.ts';
import { amountHistogram, countBars, timeline } from './report-charts.ts';
import { REPORT_TEMPLATE } from './report-template.ts';
import type { MonthResult } from './run-month.ts';

const eta = new Eta({ autoEscape: true });
const page = eta.compile(REPORT_TEMPLATE);

const number = (value: number): string => value.toLocaleString('en-US');

/** Writes the page. Everything that was made from data is escaped; mails stand in frames that may run nothing. */
export function reportHtml(result: MonthResult): string {
  const { tally, stages } = result;
  const mails = (['ko', 'en'] as const).flatMap(
    (lang) => result.mails.find(({ html }) => html.includes(`lang="${lang}"`)) ?? [],
  );
  return eta.render(page, {
    month: result.month,
    balanced: result.balanced,
    timeScale: result.timeScale,
    checks: result.checks,
    numbers: [
      ['accounts', number(result.accounts)],
      ['invoices', number(tally.invoices)],
      ['rejections', number(tally.rejections)],
      ['won billed', number(tally.amountDue)],
      ['emails', number(tally.sent.email)],
      ['SMS', number(tally.sent.sms)],
      ['fallen back', number(tally.fallenBack)],
    ],
    charts: [
      { title: 'Stages, in seconds of this machine', svg: timeline(stages.spans, stages.now()) },
      { title: 'What invoices ask for', svg: amountHistogram(tally.amounts) },
      { title: 'Invoices by shard', svg: countBars(tally.byShard) },
      { title: 'Sends by channel and answer', svg: countBars(tally.attempts) },
      { title: 'Notices by state', svg: countBars(tally.states) },
      { title: 'Rejections by reason', svg: countBars(tally.reasons) },
    ],
    invoice: tally.sample && invoiceView(tally.sample),
    mails,
    texts: result.texts,
  });
}

function invoiceView(invoice: Invoice) {
  return {
    account: invoice.accountId,
    dueDate: invoice.dueDate,
    lines: invoice.lines.map(({ lineId, code, ref, from, to, quantity, amount }) => ({
      lineId: lineId ?? '',
      code,
      ref: ref ?? '',
      // The last day is shown, where the line has the day after it.
      dates: from === null ? '' : `${from} – ${dateOfDay(dayNumber(to) - 1)}`,
      quantity: number(quantity),
      amount: number(amount),
    })),
    sums: [
      ['of it VAT', number(invoice.vat)],
      ['rounding', number(invoice.rounding)],
      ['amount due', number(invoice.amountDue)],
      ...(invoice.carriedForward === 0 ? [] : [['carried forward', number(invoice.carriedForward)]]),
    ],
  };
}
