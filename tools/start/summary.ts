/** The end of `npm start`, for people and for programs. Pure. */
import type { MonthResult } from './run-month.ts';

const number = (value: number): string => value.toLocaleString('en-US');
const rows = (pairs: readonly (readonly [string, string])[]): string => {
  const width = Math.max(...pairs.map(([name]) => name.length));
  return pairs
    .flatMap(([name, value]) =>
      wrapped(value).map((line, index) => `  ${(index === 0 ? name : '').padEnd(width)}  ${line}`),
    )
    .join('\n');
};
const SEPARATOR = ' · ';

/** Lines of at most 90 characters, where the parts allow it. */
function wrapped(text: string): string[] {
  const lines: string[] = [];
  for (const part of text.split(SEPARATOR)) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + SEPARATOR.length + part.length <= 90)
      lines[lines.length - 1] = `${last}${SEPARATOR}${part}`;
    else lines.push(part);
  }
  return lines;
}

/** What a person reads: every check with its numbers, so that it can be followed by hand. */
export function summaryText(result: MonthResult, report: string): string {
  const { tally, seconds } = result;
  const counts = (of: Readonly<Record<string, number>>): string =>
    Object.entries(of)
      .sort(([a], [b]) => a.localeCompare(b))
      .map(([name, value]) => `${name} ${number(value)}`)
      .join(SEPARATOR) || 'none';
  const sections = [
    `\n${result.month}: ${result.balanced ? 'everything balances' : 'THE MONTH DOES NOT BALANCE'}\n`,
    result.checks.map(({ holds, sentence }) => `  ${holds ? '✔' : '✘'} ${sentence}`).join('\n'),
    '',
    rows([
      ['billed', `${number(tally.amountDue)} won`],
      ['rejections', counts(tally.reasons)],
      ['notices by state', counts(tally.states)],
      ['sends', counts(tally.attempts)],
      ['told afterwards', counts(tally.told)],
      ['fallen back to SMS', number(tally.fallenBack)],
      [
        'duplicates refused',
        `${number(result.duplicates['messages'] ?? 0)} messages${SEPARATOR}${number(result.duplicates['notices'] ?? 0)} notices`,
      ],
      [
        'seconds',
        Object.entries(seconds)
          .flatMap(([name, value]) => (value > 0 ? [`${name} ${value.toFixed(1)}`] : []))
          .join(SEPARATOR),
      ],
      ['scale of time', `1 s here is ${result.timeScale} s of the pipeline`],
      ['report', report],
    ]),
  ];
  return `${sections.join('\n')}\n`;
}

/** What a program reads: one object. `held` counts every notice that is not final. */
export function summaryJson({ month, accounts, tally, again, balanced, seconds }: MonthResult): object {
  return {
    month,
    accounts,
    invoices: tally.invoices,
    rejections: tally.rejections,
    amountDue: tally.amountDue,
    first: {
      issued: tally.invoices,
      sentEmail: tally.sent.email,
      sentSms: tally.sent.sms,
      undeliverable: tally.undeliverable,
      held: tally.held,
      skipped: tally.skipped,
    },
    again,
    balanced,
    seconds,
  };
}
