import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compileCatalogs } from '../../../lambdas/settlement/domain/compile-catalogs.ts';
import { damaged } from '../../support/account-arbitrary.ts';
import { catalogJson, type Json } from '../../support/billing-golden.ts';

const [version = {}] = catalogJson;
const [plan = {}] = version['plans'] as Json[];
const faultsOf = (json: unknown): string[] => {
  const result = compileCatalogs(json);
  return result.ok ? [] : result.faults.map(({ path, problem }) => `${path} ${problem}`);
};

describe('a catalog file', () => {
  it('is no fault when it is an empty list', () => {
    expect(compileCatalogs([]).ok).toBe(true);
  });

  it('is checked whole: every fault is named with its path', () => {
    const faulty = {
      ...version,
      catalogId: 7,
      effectiveFrom: '2026-02-30',
      contractDiscountRate: '1.01',
      vatRate: 0.1,
      roundingUnit: 0,
      plans: [
        {
          ...plan,
          monthlyFee: 1.5,
          allowance: { dataMb: -1, voiceSec: null },
          overage: { ...(plan['overage'] as Json), dataPerMb: '1e3' },
        },
        plan,
      ],
      addOns: [{ addOnId: 'X', name: { ko: 'ㅌ' }, monthlyFee: 1e13, vat: 'some' }],
      welfareClasses: { disabled: { waiver: 0, rate: '0.35' } },
    };
    const named = [
      '[0].plans[0].overage.dataPerMb must be a decimal text with at most 6 decimals',
      '[0].plans[0].allowance.dataMb must be an integer from 0 to 10^12',
      '[0].plans[0].allowance.messages must be an integer from 0 to 10^12',
      '[0].plans[0].monthlyFee must be an integer from 0 to 10^12',
      '[0].plans[1].planId stands already at [0].plans[0].planId',
      '[0].addOns[0].vat must be "included" or "none"',
      '[0].addOns[0].name.en must be a text',
      '[0].addOns[0].monthlyFee must be an integer from 0 to 10^12',
      '[0].welfareClasses.disabled.cap must be an integer from 0 to 10^12',
      '[0].catalogId must be a text',
      '[0].effectiveFrom must be a date of the years 2000 to 2199',
      '[0].contractDiscountRate must be between 0 and 1',
      '[0].vatRate must be a decimal text with at most 6 decimals',
      '[0].roundingUnit must be an integer of at least 1',
    ];
    expect(faultsOf([faulty]).toSorted()).toEqual(named.toSorted());
  });

  it('has no two versions from the same date', () => {
    expect(faultsOf([version, { ...version, catalogId: 'other' }])).toEqual([
      '[1].effectiveFrom stands already at [0].effectiveFrom',
    ]);
  });

  it.each(Object.keys(version))('must have %s in every version', (key) => {
    const rest = Object.fromEntries(Object.entries(version).filter(([other]) => other !== key));
    expect(faultsOf([rest]).some((fault) => fault.startsWith(`[0].${key} `))).toBe(true);
  });

  it('never throws, whatever JSON it is', () => {
    fc.assert(
      fc.property(fc.oneof(fc.jsonValue(), damaged(catalogJson)), (json) => {
        const result = compileCatalogs(json);
        if (!result.ok) expect(result.faults.length).toBeGreaterThan(0);
      }),
      { numRuns: 1000 },
    );
  });
});
