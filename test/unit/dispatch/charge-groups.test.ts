import { expect, test } from 'vitest';
import type { Invoice } from '../../../lambdas/contracts/invoice.ts';
import { chargeGroups, GROUPS } from '../../../lambdas/dispatch/domain/charge-groups.ts';
import { expected } from '../../support/billing-golden.ts';

const invoices = expected.filter((result) => 'lines' in result) as unknown as Invoice[];

test('the groups of every golden invoice add up to what is due, less what is carried forward', () => {
  for (const { lines, amountDue, carriedForward } of invoices) {
    const sum = chargeGroups(lines).reduce((total, { amount }) => total + amount, 0);
    expect(sum).toBe(amountDue - carriedForward);
  }
});

test('groups stand in the order of a bill, each once, and only those with a line', () => {
  for (const { lines } of invoices) {
    const codes = chargeGroups(lines).map(({ code }) => code);
    expect(codes).toEqual(GROUPS.filter((code) => codes.includes(code)));
  }
  expect(chargeGroups([])).toEqual([]);
});

test('the golden invoices use every group', () => {
  const used = new Set(invoices.flatMap(({ lines }) => chargeGroups(lines).map(({ code }) => code)));
  expect([...used].sort()).toEqual([...GROUPS].sort());
});
