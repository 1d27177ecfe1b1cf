import { describe, expect, it } from 'vitest';
import type { Invoice } from '../../../lambdas/contracts/invoice.ts';
import { bill } from '../../../lambdas/settlement/domain/bill.ts';
import { accounts, catalogs, expected, MONTH, usageOf, worked, type Json } from '../../support/billing-golden.ts';

describe('bill, against the golden data', () => {
  it.each(accounts.map((account, index) => [String(account['accountId']), account, expected[index]] as const))(
    'bills %s as expected',
    (accountId, account, result) => {
      expect(bill(account, usageOf(accountId), catalogs, MONTH)).toStrictEqual(result);
    },
  );

  it('bills the accounts in any order with the same results', () => {
    const reversed = accounts
      .toReversed()
      .map((account) => bill(account, usageOf(account['accountId']), catalogs, MONTH));
    expect(reversed.toReversed()).toStrictEqual(expected);
  });
});

describe('bill, against the accounts worked by hand', () => {
  const sections = worked.split(/^## /m).slice(1);

  it('finds all eight', () => {
    expect(sections).toHaveLength(8);
  });

  it.each(sections.map((section) => [section.split('\n')[0] ?? '', section] as const))('%s', (_, section) => {
    const [account, usage] = block(section, 'json').map((line) => JSON.parse(line) as Json | null);
    const told = block(section, 'text');
    const result = bill(account, usage, catalogs, MONTH);
    if ('rejected' in result) expect([`rejected ${result.rejected.join(' ')}`]).toStrictEqual(told);
    else {
      expect(result.catalogId).toBe('kr-2026-02-15');
      expect(linesOf(result)).toStrictEqual(told);
    }
  });
});

function block(section: string, language: string): string[] {
  const match = new RegExp(`\`\`\`${language}\n([\\s\\S]*?)\n\`\`\``).exec(section);
  if (!match?.[1]) throw new Error(`no ${language} block in ${section}`);
  return match[1].split('\n');
}

const TOTALS = [
  'taxable',
  'supply',
  'vat',
  'nonTaxable',
  'subtotal',
  'rounding',
  'amountDue',
  'carriedForward',
  'dueDate',
] as const;

const linesOf = (invoice: Invoice): string[] => [
  ...invoice.lines.map(({ code, quantity, amount }) => `${code} ${quantity} ${amount}`),
  TOTALS.map((name) => `${name} ${invoice[name]}`).join(' '),
];
