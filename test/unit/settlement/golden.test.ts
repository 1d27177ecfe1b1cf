import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { Month } from '../../../lambdas/kernel/dates.ts';
import { bill } from '../../../lambdas/settlement/domain/bill.ts';
import { compileCatalogs } from '../../../lambdas/settlement/domain/compile-catalogs.ts';

interface Keyed {
  accountId: string;
  month?: string;
}

const golden = new URL('../../golden/billing/', import.meta.url);
const month = '2026-02' as Month;
const lines = (file: string): Keyed[] =>
  readFileSync(new URL(file, golden), 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Keyed);

test('bills every golden account as expected', () => {
  const catalogs = compileCatalogs(JSON.parse(readFileSync(new URL('catalogs.json', golden), 'utf8')));
  if (!catalogs.ok) throw new Error(JSON.stringify(catalogs));
  const usage = new Map(
    lines('usage.jsonl')
      .filter((record) => record.month === month)
      .map((record) => [record.accountId, record]),
  );
  const accounts = lines('accounts.jsonl');
  const expected = lines('expected.jsonl');
  expect(accounts.length).toBe(expected.length);
  expect(accounts.length).toBeGreaterThan(100);
  accounts.forEach((account, index) => {
    const result = bill(account, usage.get(account.accountId) ?? null, catalogs.catalogs, month);
    expect(result, account.accountId).toEqual(expected[index]);
  });
});
