/** The form that billing rules §2 asks of an account and its usage record, member by member. */
import { describe, expect, it } from 'vitest';
import { bill } from '../../../lambdas/settlement/domain/bill.ts';
import { catalogs, MONTH } from '../../support/billing-golden.ts';
import { reasons, used, whole, withAt } from '../../support/whole-account.ts';

const DATES = ['2026-02-30', '2026-1-01', '1999-12-31', '2200-01-01', '', 20260101, null, undefined];
const TEXTS = [7, {}, null, undefined];
const OBJECTS = ['x', 7, []];
const LISTS = ['x', 7, {}];
const COUNTS = [0, 1001, 1.5, '3', null, undefined];

describe('MALFORMED is', () => {
  it.each<[path: string, values: readonly unknown[]]>([
    ['accountId', TEXTS],
    ['dueDay', [0, 32, 1.5, '25', null, undefined]],
    ['lines', LISTS],
    ['lines.0', [...OBJECTS, null]],
    ['lines.0.lineId', TEXTS],
    ['lines.0.plans', LISTS],
    ['lines.0.plans.0', [...OBJECTS, null]],
    ['lines.0.plans.0.planId', TEXTS],
    ['lines.0.plans.0.from', DATES],
    ['lines.0.plans.0.to', DATES.slice(0, -2)],
    ['lines.0.addOns', LISTS],
    ['lines.0.addOns.0.addOnId', TEXTS],
    ['lines.0.addOns.0.from', DATES],
    ['lines.0.addOns.0.to', DATES.slice(0, -2)],
    ['lines.0.suspensions', LISTS],
    ['lines.0.suspensions.0.kind', TEXTS],
    ['lines.0.suspensions.0.from', DATES],
    ['lines.0.suspensions.0.to', DATES.slice(0, -2)],
    ['lines.0.contract', OBJECTS],
    ['lines.0.contract.from', DATES],
    ['lines.0.contract.to', DATES.slice(0, -2)],
    ['lines.0.contract.terminatedOn', DATES.slice(0, -2)],
    ['lines.0.bundle', OBJECTS],
    ['lines.0.bundle.size', COUNTS],
    ['lines.0.bundle.from', DATES],
    ['lines.0.bundle.to', DATES.slice(0, -2)],
    ['lines.0.welfare', OBJECTS],
    ['lines.0.welfare.class', TEXTS],
    ['lines.0.welfare.from', DATES],
    ['lines.0.welfare.to', DATES.slice(0, -2)],
    ['lines.0.instalment', OBJECTS],
    ['lines.0.instalment.device', TEXTS],
    ['lines.0.instalment.totalMonths', COUNTS],
    ['lines.0.instalment.firstMonth', ['2026-13', '2026-1', '2026-01-01', 7, null, undefined]],
    ['arrears', OBJECTS],
    ['credits', LISTS],
    ['credits.0', [...OBJECTS, null]],
    ['credits.0.creditId', TEXTS],
  ])('an account with another %s than %j', (path, values) => {
    for (const value of values) expect([value, reasons(withAt(whole(), path, value))]).toEqual([value, ['MALFORMED']]);
  });

  it.each<[path: string, values: readonly unknown[]]>([
    ['accountId', [...TEXTS, 'A2']],
    ['month', ['2026-01', ...TEXTS]],
    ['lines', LISTS],
    ['lines.0', [...OBJECTS, null]],
    ['lines.0.lineId', TEXTS],
    ['lines.0.payments', LISTS],
    ['lines.0.payments.0', [...OBJECTS, null]],
    ['lines.0.payments.0.kind', TEXTS],
    ['lines.0.payments.0.date', DATES.slice(0, -2)],
  ])('a usage record with another %s than %j', (path, values) => {
    for (const value of values)
      expect([value, reasons(whole(), withAt(used(), path, value))]).toEqual([value, ['MALFORMED']]);
  });

  it('a line id that stands twice, in the account or in its usage', () => {
    const [line] = whole().lines;
    expect(reasons({ ...whole(), lines: [line, { ...line, plans: [] }] })).toEqual(['MALFORMED']);
    const [usage] = used().lines;
    expect(reasons(whole(), { ...used(), lines: [usage, usage] })).toEqual(['MALFORMED']);
  });

  it('the only reason, and has no account id where there is no textual one', () => {
    const many = withAt(withAt(whole(), 'arrears.taxable', -1), 'lines.0.plans.0.planId', 'NOT-THERE');
    expect(reasons({ ...many, dueDay: 0 })).toEqual(['MALFORMED']);
    for (const accountId of [7, null, undefined, {}])
      expect(bill({ ...whole(), accountId }, null, catalogs, MONTH)).toEqual({
        ...{ accountId: null, month: MONTH, rejected: ['MALFORMED'] },
      });
    expect(bill('x', null, catalogs, MONTH)).toMatchObject({ accountId: null });
  });
});

describe('what may be missing or null', () => {
  it.each([
    ...['lines', 'arrears', 'credits', 'arrears.taxable', 'arrears.nonTaxable', 'credits.0.amount'],
    ...['plans', 'addOns', 'suspensions', 'contract', 'bundle', 'welfare', 'instalment'].map((key) => `lines.0.${key}`),
    ...['plans.0.to', 'addOns.0.to', 'suspensions.0.to', 'bundle.to', 'welfare.to'].map((key) => `lines.0.${key}`),
    ...['contract.terminatedOn', 'contract.discountReceived', 'instalment.monthlyAmount'].map(
      (key) => `lines.0.${key}`,
    ),
  ])('of an account: %s', (path) => {
    for (const value of [null, undefined]) expect(reasons(withAt(whole(), path, value), null)).toEqual([]);
  });

  it.each([
    ...['lines', 'lines.0.dataMb', 'lines.0.voiceSec', 'lines.0.messages', 'lines.0.payments'],
    ...['lines.0.payments.0.date', 'lines.0.payments.0.amount', 'lines.0.payments.0.merchant'],
  ])('of a usage record: %s', (path) => {
    for (const value of [null, undefined]) expect(reasons(whole(), withAt(used(), path, value))).toEqual([]);
  });

  it.each<[string, unknown]>([
    ['name', 7],
    ['email', {}],
    ['dispatch', 'never'],
    ['credits.0.reason', 7],
    ['lines.0.colour', [1]],
    ['lines.0.bundle.size', 1000],
    ['lines.0.bundle.size', 3.0],
    ['lines.0.instalment.totalMonths', 1000],
    ['lines.0.instalment.firstMonth', '1999-01'],
    ['dueDay', 1],
    ['dueDay', 31],
    ['arrears.taxable', 1e12],
  ])('or is not looked at, or just fits: %s %j', (path, value) => {
    expect(reasons(withAt(whole(), path, value))).toEqual([]);
  });
});

describe('INVALID_AMOUNT is', () => {
  const inAccount = ['lines.0.contract.discountReceived', 'lines.0.instalment.monthlyAmount'];
  const places = [
    ...[...inAccount, 'arrears.taxable', 'arrears.nonTaxable', 'credits.0.amount'].map((path) => ['account', path]),
    ...['dataMb', 'voiceSec', 'messages', 'payments.0.amount'].map((path) => ['usage', `lines.0.${path}`]),
  ] as const;

  it.each(places)(
    'a number of the %s at %s that is no integer from 0 to 10^12; anything else is MALFORMED',
    (of, path) => {
      const found = (value: unknown) =>
        of === 'account' ? reasons(withAt(whole(), path, value)) : reasons(whole(), withAt(used(), path, value));
      for (const value of [-1, 0.5, 1e12 + 1, 1e300])
        expect([value, found(value)]).toEqual([value, ['INVALID_AMOUNT']]);
      for (const value of ['1', true, {}, []]) expect([value, found(value)]).toEqual([value, ['MALFORMED']]);
      for (const value of [0, 1e12]) expect([value, found(value)]).toEqual([value, []]);
    },
  );
});
