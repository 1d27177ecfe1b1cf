import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Invoice } from '../../../lambdas/contracts/invoice.ts';
import { chargeGroups, GROUPS } from '../../../lambdas/dispatch/domain/charge-groups.ts';
import { emailText, type Billed } from '../../../lambdas/dispatch/domain/email-text.ts';
import type { LocalDate, Month } from '../../../lambdas/kernel/dates.ts';
import { won } from '../../../lambdas/kernel/money.ts';
import { accounts, expected } from '../../support/billing-golden.ts';

const LOCALES = ['ko', 'en'] as const;
const golden = expected.filter((result) => 'lines' in result) as unknown as Invoice[];
const names = new Map(accounts.map((account) => [account['accountId'], account['name'] as string | undefined]));

const billedOf = (invoice: Invoice, locale: Billed['locale']): Billed => ({
  accountId: invoice.accountId,
  month: invoice.month,
  locale,
  amountDue: invoice.amountDue,
  dueDate: invoice.dueDate,
  groups: chargeGroups(invoice.lines),
});

const billed: Billed = {
  accountId: 'A0005300',
  month: '2026-02' as Month,
  locale: 'ko',
  amountDue: won(57_880),
  dueDate: '2026-03-05' as LocalDate,
  groups: [
    { code: 'plan', amount: won(69_000) },
    { code: 'discount', amount: won(-11_115) },
    { code: 'rounding', amount: won(-5) },
  ],
};

/** The amounts of the rows of a bill, in the order in which they stand, the total last. */
function amountsIn(text: string): number[] {
  return [...text.matchAll(/^[-=] .*: (−?)₩?([\d,]+)원?$/gm)].map(
    ([, minus, digits = '']) => Number(digits.replaceAll(',', '')) * (minus ? -1 : 1),
  );
}

/** What a reader of the HTML sees. */
const seen = (html: string): string =>
  html
    .replace(/<style.*?<\/style>|<[^>]*>/gs, '\n')
    .replaceAll('&nbsp;', ' ')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&amp;', '&');

describe('the email', () => {
  test('tells in Korean the month, amount due, due date, charges by group and how to ask', () => {
    const { subject, html, text } = emailText(billed, '김도연');
    expect(subject).toBe('[TR1L] 2026년 2월 요금 안내');
    expect(html).toContain('<html lang="ko">');
    for (const body of [seen(html), text])
      for (const part of [
        '김*연 고객님, 안녕하세요.',
        '2026년 2월 이용 요금',
        '57,880원',
        '2026년 3월 5일',
        '****5300',
        '요금제·부가서비스',
        '69,000원',
        '−11,115원',
        '114',
      ])
        expect(body).toContain(part);
  });

  test('tells the same in English', () => {
    const { subject, html, text } = emailText({ ...billed, locale: 'en' }, 'Alex Kim');
    expect(subject).toBe('[TR1L] Your bill for February 2026');
    expect(html).toContain('<html lang="en">');
    for (const body of [seen(html), text]) {
      for (const part of ['Dear A***m,', 'February 2026', '₩57,880', 'March 5, 2026', '****5300', '−₩11,115', '114'])
        expect(body).toContain(part);
      expect(body).not.toMatch(/[가-힣]/);
    }
  });

  test('greets a customer without a name', () => {
    expect(emailText(billed, '').text).toMatch(/^고객님, 안녕하세요\.\n/);
    expect(emailText({ ...billed, locale: 'en' }, ' ').text).toMatch(/^Dear customer,\n/);
  });

  test('names no due date, but the sum that is carried forward, when there is nothing to pay', () => {
    const credit = { ...billed, amountDue: won(0), groups: [{ code: 'credit', amount: won(-1_200) }] };
    const { html, text } = emailText(credit, '김도연');
    for (const body of [seen(html), text]) {
      expect(body).not.toContain('납부 기한');
      expect(body).toContain('이번 달에는 납부하실 금액이 없습니다.');
      expect(body).toContain('다음 달로 이월');
    }
    expect(amountsIn(text)).toEqual([-1_200, 1_200, 0]);
  });

  test('shows no list of charges for an invoice without lines', () => {
    const { html, text } = emailText({ ...billed, amountDue: won(0), groups: [] }, '김도연');
    expect(html).not.toContain('요금 내역');
    expect(amountsIn(text)).toEqual([]);
  });

  test('shows a group that it does not know as other charges', () => {
    const groups = [{ code: 'constructor', amount: won(57_880) }];
    expect(emailText({ ...billed, groups }, '').text).toContain('- 기타: 57,880원');
  });
});

describe('of every golden invoice', () => {
  test.each(LOCALES)('the rows add up to the amount due, in HTML and text (%s)', (locale) => {
    for (const invoice of golden) {
      const { html, text } = emailText(billedOf(invoice, locale), '김도연');
      const amounts = amountsIn(text);
      if (invoice.lines.length === 0) continue;
      expect(amounts.at(-1)).toBe(invoice.amountDue);
      expect(amounts.slice(0, -1).reduce((sum, amount) => sum + amount, 0)).toBe(invoice.amountDue);
      const rows = [...text.matchAll(/^- (.*): (.*)$/gm)];
      for (const [, label = '', amount = ''] of rows)
        expect(seen(html)).toMatch(new RegExp(`${label}\\s+${amount}\\n`));
    }
  });

  test.each(LOCALES)('nothing is undefined, and no name, number or account id is shown whole (%s)', (locale) => {
    for (const invoice of golden) {
      const name = names.get(invoice.accountId) ?? '김도연';
      const { subject, html, text } = emailText(billedOf(invoice, locale), name);
      for (const part of [subject, html, text]) {
        expect(part).not.toMatch(/undefined|NaN|\[object/);
        expect(part).not.toContain(name);
        expect(part).not.toContain(invoice.accountId);
      }
    }
  });
});

describe('whatever a name holds', () => {
  test('it stays text: escaped in the HTML, one line in the plain text, absent from the subject', () => {
    const { subject, html, text } = emailText(billed, '<"');
    expect(html).toContain('&lt;* 고객님');
    expect(emailText(billed, '"x&').html).toContain('&quot;*&amp; 고객님');
    expect(emailText(billed, '<img src=x onerror=alert(1)>').html).not.toContain('<img');
    expect(text.split('\n')[0]).toBe('<* 고객님, 안녕하세요.');
    expect(subject).not.toContain('<');
  });

  test('the HTML has the same tags', () => {
    const tags = (html: string): string[] => html.match(/<[^>]*>/g) ?? [];
    const plain = tags(emailText(billed, '김도연').html);
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 40 }), (name) => {
        expect(tags(emailText(billed, name).html)).toEqual(plain);
      }),
      { numRuns: 200 },
    );
  });
});

test('every group has a label of its own in both languages', () => {
  const groups = GROUPS.map((code) => ({ code, amount: won(1) }));
  for (const locale of LOCALES) {
    const { text } = emailText({ ...billed, locale, amountDue: won(groups.length), groups }, '');
    const labels = [...text.matchAll(/^- (.*): /gm)].map(([, label]) => label);
    expect(new Set(labels).size).toBe(GROUPS.length);
  }
});
