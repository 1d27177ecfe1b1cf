/** Every reason of billing rules §3 but the form of the input, at its borders: what is one, and what is just none. */
import { describe, expect, it } from 'vitest';
import { bill } from '../../../lambdas/settlement/domain/bill.ts';
import { catalogJson, catalogs, compiled, MONTH, type Json } from '../../support/billing-golden.ts';
import { reasons, used, whole, withAt } from '../../support/whole-account.ts';

describe('INVALID_INTERVAL is', () => {
  const day = '2025-03-02';
  it.each<[string, unknown]>([
    ['plans.0.to', day],
    ['addOns.0.to', day],
    ['suspensions.0.to', '2026-02-10'],
    ['contract.to', day],
    ['contract.to', null],
    ['contract.terminatedOn', day],
    ['bundle.to', day],
    ['welfare.to', day],
  ])('%s of %j: no day is left', (path, value) => {
    expect(reasons(withAt(whole(), `lines.0.${path}`, value))).toEqual(['INVALID_INTERVAL']);
  });

  it.each([
    ['plans.0.to', '2025-03-03'],
    ['contract.terminatedOn', '2025-03-03'],
    ['contract.terminatedOn', '2030-01-01'],
  ])('not %s of %j', (path, value) => {
    expect(reasons(withAt(whole(), `lines.0.${path}`, value), null)).toEqual([]);
  });

  it('looked at with three others only', () => {
    const account = withAt(whole(), 'lines.0.bundle.to', day);
    const [line] = account['lines'] as Json[];
    const [plan] = line?.['plans'] as Json[];
    const other = { lineId: 'L2', plans: [plan, { planId: 'NOT-THERE', from: day }] };
    const welfare = { class: 'none', from: day };
    const usage = {
      ...used(),
      lines: [
        { lineId: 'L9', dataMb: -1, payments: [{ kind: 'cash' }] },
        { lineId: 'L3', dataMb: 1 },
      ],
    };
    expect(reasons({ ...account, lines: [line, other, { lineId: 'L3', welfare }] }, usage)).toEqual([
      ...['INVALID_AMOUNT', 'INVALID_INTERVAL', 'UNKNOWN_LINE', 'UNKNOWN_PAYMENT_KIND'],
    ]);
  });
});

describe('OVERLAPPING_PLANS and OVERLAPPING_SUSPENSIONS are', () => {
  const plans = (...dates: readonly (readonly [string, string | null])[]) =>
    reasons(
      {
        accountId: 'A1',
        dueDay: 1,
        lines: [{ lineId: 'L1', plans: dates.map(([from, to]) => ({ planId: 'LTE-33', from, to })) }],
      },
      null,
    );

  it('two that share a date, in any month and in any order', () => {
    expect(plans(['2025-03-01', null], ['2026-02-10', null])).toEqual(['OVERLAPPING_PLANS']);
    expect(plans(['2027-02-10', '2027-02-12'], ['2027-02-11', null])).toEqual(['OVERLAPPING_PLANS']);
    expect(plans(['2025-05-01', '2025-06-01'], ['2026-01-01', null], ['2025-01-01', '2025-05-02'])).toEqual([
      'OVERLAPPING_PLANS',
    ]);
    const twice = { kind: 'requested', from: '2020-01-01', to: '2020-01-02' };
    const account = withAt(whole(), 'lines.0.suspensions', [twice, twice]);
    expect(reasons(account)).toEqual(['OVERLAPPING_SUSPENSIONS']);
  });

  it('not two that follow each other, nor plans of two lines', () => {
    expect(plans(['2026-02-10', null], ['2025-03-01', '2026-02-10'])).toEqual([]);
    const [line] = whole().lines;
    expect(reasons({ ...whole(), lines: [line, { ...line, lineId: 'L2' }] })).toEqual([]);
  });
});

describe('NO_CATALOG is', () => {
  const [first = {}] = catalogJson;
  const from = (effectiveFrom: string) => compiled([{ ...first, effectiveFrom }]);
  const account = (line: object) => ({ accountId: 'A1', dueDay: 1, lines: [{ lineId: 'L1', ...line }] });
  const plan = (since: string, to: string | null = null) => ({ planId: 'LTE-33', from: since, to });

  it.each<[string, object, readonly string[]]>([
    ['a plan on a day before the first version', { plans: [plan('2026-02-09')] }, ['NO_CATALOG']],
    ['a plan that ends with that day', { plans: [plan('2025-01-01', '2026-02-10')] }, ['NO_CATALOG']],
    ['an add-on on such a day', { addOns: [{ addOnId: 'RINGTONE', from: '2026-02-09' }] }, ['NO_CATALOG']],
    ['a plan among others', { plans: [plan('2026-02-01', '2026-02-05'), plan('2026-02-10')] }, ['NO_CATALOG']],
    [
      'the only one of the look-ups',
      {
        plans: [{ ...plan('2026-02-01'), planId: 'NOT-THERE' }],
        addOns: [{ addOnId: 'NOT-THERE', from: '2026-02-10' }],
        suspensions: [{ kind: 'none', from: '2026-02-10' }],
        welfare: { class: 'none', from: '2026-02-01' },
      },
      ['NO_CATALOG'],
    ],
    ['not a plan from the first version on', { plans: [plan('2026-02-10')] }, []],
    ['not a plan of earlier months', { plans: [plan('2025-01-01', '2026-02-01'), plan('2026-02-10')] }, []],
    ['not an add-on of later months', { addOns: [{ addOnId: 'RINGTONE', from: '2026-03-01' }] }, []],
    ['not a suspension alone', { suspensions: [{ kind: 'requested', from: '2026-02-01', to: '2026-02-20' }] }, []],
    ['not an account without a line that needs one', {}, []],
  ])('%s', (_, line, expected) => {
    expect(reasons(account(line), null, from('2026-02-10'))).toEqual(expected);
  });

  it('every account of a month whose last day has none', () => {
    expect(reasons(account({}), null, from('2026-03-01'))).toEqual(['NO_CATALOG']);
    expect(reasons(account({}), null, from('2026-02-28'))).toEqual([]);
  });

  it('passed over by a suspension of a kind that the days with a version do not know', () => {
    const kinds = (to: string) => ({ suspensions: [{ kind: 'none', from: '2026-02-01', to }] });
    expect(reasons(account(kinds('2026-02-10')), null, from('2026-02-10'))).toEqual([]);
    expect(reasons(account(kinds('2026-02-11')), null, from('2026-02-10'))).toEqual(['UNKNOWN_SUSPENSION_KIND']);
  });
});

describe('an unknown id is a reason', () => {
  const [older, newer] = [
    { ...catalogJson[0], effectiveFrom: '2025-01-01' },
    {
      ...catalogJson[0],
      effectiveFrom: '2026-02-15',
      plans: [],
      addOns: [],
      suspensionFeeRate: {},
      welfareClasses: {},
    },
  ];
  const versions = compiled([older, newer]);
  const line = (key: string, label: object, from: string, to: string | null) => ({
    accountId: 'A1',
    dueDay: 1,
    lines: [{ lineId: 'L1', [key]: [{ ...label, from, to }] }],
  });

  it.each([
    ['plans', { planId: 'LTE-33' }, 'UNKNOWN_PLAN'],
    ['addOns', { addOnId: 'RINGTONE' }, 'UNKNOWN_ADD_ON'],
    ['suspensions', { kind: 'requested' }, 'UNKNOWN_SUSPENSION_KIND'],
  ])('of %s, when a version in force on one of its days of the month does not have it', (key, label, reason) => {
    const found = (from: string, to: string | null) => reasons(line(key, label, from, to), null, versions);
    expect(found('2025-01-01', null)).toEqual([reason]);
    expect(found('2026-02-15', '2026-02-16')).toEqual([reason]);
    expect(found('2025-01-01', '2026-02-15')).toEqual([]);
    expect(found('2026-03-01', null)).toEqual([]);
  });

  it('of a welfare class, when it covers the last day and the catalog of that day does not have it', () => {
    const found = (to: string | null) =>
      reasons(
        {
          accountId: 'A1',
          dueDay: 1,
          lines: [{ lineId: 'L1', welfare: { class: 'disabled', from: '2025-01-01', to } }],
        },
        null,
        versions,
      );
    expect(found(null)).toEqual(['UNKNOWN_WELFARE_CLASS']);
    expect(found('2026-03-01')).toEqual(['UNKNOWN_WELFARE_CLASS']);
    expect(found('2026-02-28')).toEqual([]);
  });
});

describe('USAGE_WITHOUT_PLAN is', () => {
  const planless = (to: string, usage: object) =>
    reasons(
      { accountId: 'A1', dueDay: 1, lines: [{ lineId: 'L1', plans: [{ planId: 'LTE-33', from: '2025-01-01', to }] }] },
      { ...used(), lines: [{ lineId: 'L1', ...usage }] },
    );

  it.each([{ dataMb: 1 }, { voiceSec: 1 }, { messages: 1 }])(
    '%j on a line whose plans do not touch the month',
    (usage) => {
      expect(planless('2026-02-01', usage)).toEqual(['USAGE_WITHOUT_PLAN']);
      expect(planless('2026-02-02', usage)).toEqual([]);
    },
  );

  it('also half a unit, but not payments, nor usage of a line that the account does not have', () => {
    expect(planless('2026-02-01', { dataMb: 0.5 })).toEqual(['INVALID_AMOUNT', 'USAGE_WITHOUT_PLAN']);
    expect(planless('2026-02-01', { payments: [{ amount: 1, kind: 'micro' }] })).toEqual([]);
    expect(planless('2026-02-02', { lineId: 'L2', dataMb: 1 })).toEqual(['UNKNOWN_LINE']);
  });
});

describe('a termination on the day of the contract’s end', () => {
  it('has no effect, however short the term is', () => {
    const line = (terminatedOn: string | null) => ({
      accountId: 'A1',
      dueDay: 1,
      lines: [
        { lineId: 'L1', contract: { from: '2026-01-01', to: '2026-02-20', terminatedOn, discountReceived: 900 } },
      ],
    });
    const invoiced = (terminatedOn: string | null) => bill(line(terminatedOn), null, catalogs, MONTH);
    expect(invoiced('2026-02-20')).toEqual(invoiced(null));
    expect(invoiced('2026-02-19')).toMatchObject({ lines: [{ code: 'TERMINATION_CHARGE', amount: 900 }] });
  });
});
