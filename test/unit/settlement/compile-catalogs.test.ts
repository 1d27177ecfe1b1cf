import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compileCatalogs } from '../../../lambdas/settlement/domain/compile-catalogs.ts';
import { damaged } from '../../support/account-arbitrary.ts';
import { catalogJson, type Json } from '../../support/billing-golden.ts';

/** A version that has one of everything. */
const version = catalogJson.find(({ bundleDiscounts }) => (bundleDiscounts as Json[]).length > 0) ?? {};
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

  it('says of what is no object only that', () => {
    expect(faultsOf([null, null, version])).toEqual(['[0] must be an object', '[1] must be an object']);
    expect(faultsOf([{ ...version, plans: [{ ...plan, name: [], overage: null }], suspensionFeeRate: 1 }])).toEqual([
      '[0].plans[0].overage must be an object',
      '[0].plans[0].name must be an object',
      '[0].suspensionFeeRate must be an object',
    ]);
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

  /** Every value of a catalog version that is no object or list, by its path. */
  const leavesOf = (value: unknown, path: string): (readonly [path: string, value: unknown])[] => {
    if (typeof value !== 'object' || value === null) return [[path, value]];
    return Object.entries(value).flatMap(([key, member]) =>
      leavesOf(member, Array.isArray(value) ? `${path}[${key}]` : `${path}.${key}`),
    );
  };
  /** The version with another value at a path; `undefined` takes it out. */
  const withAt = (path: string, value: unknown): Json => {
    const copy = structuredClone([version]) as unknown as Json;
    const keys = path.split(/[.[\]]+/).filter((key) => key !== '');
    const last = keys.pop() ?? '';
    const holder = keys.reduce((at, key) => at[key] as Json, copy);
    holder[last] = value;
    return JSON.parse(JSON.stringify(copy)) as Json;
  };
  const leaves = leavesOf([version], '');
  const isMap = (path: string) => path.includes('.suspensionFeeRate.');
  const nullable = /\.(allowance\.\w+|dataCap|cap)$/;

  it('must have every value, and of its kind', () => {
    expect(leaves.length).toBeGreaterThan(60);
    for (const [path, value] of leaves) {
      const faults = (other: unknown) => faultsOf(withAt(path, other)).map((fault) => fault.split(' ')[0]);
      if (!isMap(path)) expect([path, faults(undefined)]).toEqual([path, [path]]);
      if (!nullable.test(path)) expect([path, faults(null)]).toEqual([path, [path]]);
      else expect([path, faults(null)]).toEqual([path, []]);
      for (const other of [true, {}, [], typeof value === 'number' || value === null ? '1' : 1])
        expect([path, other, faults(other)]).toEqual([path, other, [path]]);
    }
  });

  it.each([
    ['monthlyFee', [0, 1e12], [-1, 0.5, 1e12 + 1, Infinity]],
    ['overage.dataCap', [0, 1e12, null], [-1, 0.5, 1e12 + 1]],
    ['allowance.voiceSec', [0, 1e12, null], [-1, 0.5, 1e12 + 1]],
    [
      'overage.perMessage',
      ['0', '22', '1000000', '.5', '5.', '0.000001'],
      ['-1', '+1', '1e3', '0.0000001', '1,5', '', '.'],
    ],
  ] as const)('takes %s of a plan from its least to its greatest value', (key, fits, doesNot) => {
    for (const value of fits) expect([value, faultsOf(withAt(`[0].plans[0].${key}`, value))]).toEqual([value, []]);
    for (const value of doesNot)
      expect([value, faultsOf(withAt(`[0].plans[0].${key}`, value)).length]).toEqual([value, 1]);
  });

  it.each([
    ['contractDiscountRate', ['0', '1', '1.000000', '0.25'], ['1.000001', '2', '-0', '']],
    ['vatRate', ['0', '1'], ['1.1']],
    ['lateFeeRate', ['0', '1'], ['1.1']],
    ['suspensionFeeRate.requested', ['0', '1'], ['1.1']],
    ['welfareClasses.disabled.rate', ['0', '1'], ['1.1']],
    ['bundleDiscounts[0].minSize', [-3, 0, 1e15], [0.5, '2']],
    ['roundingUnit', [1, 1000], [0, -10, 1.5]],
    ['effectiveFrom', ['2000-01-01', '2199-12-31'], ['1999-12-31', '2200-01-01', '2026-02-29', '2026-2-1']],
  ] as const)('takes %s from its least to its greatest value', (key, fits, doesNot) => {
    for (const value of fits) expect([value, faultsOf(withAt(`[0].${key}`, value))]).toEqual([value, []]);
    for (const value of doesNot) expect([value, faultsOf(withAt(`[0].${key}`, value)).length]).toEqual([value, 1]);
  });

  it('has no id or tier twice in a version', () => {
    const [addOn, tier] = [(version['addOns'] as Json[])[0], (version['bundleDiscounts'] as Json[])[0]];
    const faulty = { ...version, plans: [plan, plan], addOns: [addOn, addOn], bundleDiscounts: [tier, tier] };
    expect(faultsOf([faulty])).toEqual([
      '[0].plans[1].planId stands already at [0].plans[0].planId',
      '[0].addOns[1].addOnId stands already at [0].addOns[0].addOnId',
      '[0].bundleDiscounts[1].minSize stands already at [0].bundleDiscounts[0].minSize',
    ]);
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
