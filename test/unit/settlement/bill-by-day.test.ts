/** `bill` against a bill that is worked out day by day: every rule of the tariff, whatever account it is. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Month } from '../../../lambdas/kernel/dates.ts';
import { bill } from '../../../lambdas/settlement/domain/bill.ts';
import { billable } from '../../support/account-arbitrary.ts';
import { billByDay } from '../../support/bill-by-day.ts';
import { catalogVersions } from '../../support/catalog-arbitrary.ts';
import { accounts, catalogJson, catalogs, compiled, expected, MONTH, usageOf } from '../../support/billing-golden.ts';

describe('a bill that is worked out day by day', () => {
  it('is what the golden data expect', () => {
    accounts.forEach((account, index) => {
      if (expected[index] && 'rejected' in expected[index]) return;
      expect(billByDay(account, usageOf(account['accountId']), catalogJson, MONTH)).toStrictEqual(expected[index]);
    });
  });

  it('is what bill makes of any account that it bills', () => {
    let billed = 0;
    fc.assert(
      fc.property(billable, ({ account, usage }) => {
        const result = bill(account, usage, catalogs, MONTH);
        if ('rejected' in result) return;
        billed++;
        expect(result).toStrictEqual(billByDay(account, usage, catalogJson, MONTH));
      }),
      { numRuns: 2000 },
    );
    expect(billed).toBeGreaterThan(400);
  });

  it('is what bill makes of it in any month and under any catalogs', () => {
    let billed = 0;
    const months = fc.constantFrom('2025-12', '2026-01', '2026-02', '2026-03', '2026-04') as fc.Arbitrary<Month>;
    fc.assert(
      fc.property(billable, catalogVersions, months, ({ account, usage }, versions, month) => {
        const used = { ...usage, month };
        const result = bill(account, used, compiled(versions), month);
        if ('rejected' in result) return;
        billed++;
        expect(result).toStrictEqual(billByDay(account, used, versions, month));
      }),
      { numRuns: 2000 },
    );
    expect(billed).toBeGreaterThan(400);
  });
});
