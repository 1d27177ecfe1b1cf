/** What must not matter to a bill: the order of catalogs and of keys, and names that JavaScript has plans for. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bill } from '../../../lambdas/settlement/domain/bill.ts';
import {
  accounts,
  catalogJson,
  catalogs,
  compiled,
  expected,
  MONTH,
  usageOf,
  type Json,
} from '../../support/billing-golden.ts';

/** The same JSON value with the keys of every object in an order drawn from `random`. */
function withShuffledKeys(value: unknown, random: () => number): unknown {
  if (Array.isArray(value)) return value.map((member) => withShuffledKeys(member, random));
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(
    ([key, member]) => [random(), key, withShuffledKeys(member, random)] as const,
  );
  return Object.fromEntries(entries.toSorted(([a], [b]) => a - b).map(([, key, member]) => [key, member]));
}

const randoms = fc
  .infiniteStream(fc.double({ min: 0, max: 1, noNaN: true }))
  .map((stream) => (): number => Number(stream.next().value));

describe('a bill does not depend on', () => {
  it('the order of the catalog versions, or of what stands in them', () => {
    fc.assert(
      fc.property(
        fc.shuffledSubarray(catalogJson, { minLength: catalogJson.length }),
        fc.boolean(),
        (versions, isReversed) => {
          const turn = (list: unknown): unknown => (isReversed ? (list as unknown[]).toReversed() : list);
          const turned = versions.map((version) => ({
            ...version,
            plans: turn(version['plans']),
            addOns: turn(version['addOns']),
            bundleDiscounts: turn(version['bundleDiscounts']),
          }));
          const others = compiled(turned);
          expect(accounts.map((one) => bill(one, usageOf(one['accountId']), others, MONTH))).toStrictEqual(expected);
        },
      ),
      { numRuns: 12 }, // two ways of six orders
    );
  });

  it('the order of keys in catalogs, accounts and usage', () => {
    fc.assert(
      fc.property(fc.nat(accounts.length - 1), randoms, (index, random) => {
        const shuffled = (value: unknown) => withShuffledKeys(value, random);
        const account = accounts[index] as Json;
        const result = bill(
          shuffled(account),
          shuffled(usageOf(account['accountId'])),
          compiled(shuffled(catalogJson)),
          MONTH,
        );
        expect(result).toStrictEqual(expected[index]);
      }),
    );
  });
});

describe('ids that are names of JavaScript', () => {
  it.each(['__proto__', 'constructor', 'toString', 'hasOwnProperty'])('%s is an unknown id like any other', (id) => {
    const text = `{"accountId":"${id}","dueDay":1,"lines":[{"lineId":"${id}",
      "plans":[{"planId":"${id}","from":"2026-01-01"}],
      "addOns":[{"addOnId":"${id}","from":"2026-01-01"}],
      "suspensions":[{"kind":"${id}","from":"2026-01-01"}],
      "welfare":{"class":"${id}","from":"2026-01-01"}}]}`;
    expect(bill(JSON.parse(text), null, catalogs, MONTH)).toStrictEqual({
      accountId: id,
      month: MONTH,
      rejected: ['UNKNOWN_ADD_ON', 'UNKNOWN_PLAN', 'UNKNOWN_SUSPENSION_KIND', 'UNKNOWN_WELFARE_CLASS'],
    });
  });
});

describe('sums beyond 2^53', () => {
  const credit = (amount: number) => ({ creditId: 'C', amount });
  const fees = (lines: number) =>
    Array.from({ length: lines }, (_, index) => ({
      lineId: `L${index}`,
      instalment: { device: 'D', monthlyAmount: 1e12 - 1, totalMonths: 1, firstMonth: MONTH },
    }));

  it('are exact when what is due can be held again', () => {
    const account = { accountId: 'A', dueDay: 1, lines: fees(9100), credits: fees(9099).map(() => credit(1e12)) };
    const result = bill(account, null, catalogs, MONTH);
    expect(result).toMatchObject({ subtotal: 1e12 - 9100, nonTaxable: 1e12 - 9100 });
  });

  it('reject the account when no number could hold them', () => {
    const account = { accountId: 'A', dueDay: 1, lines: fees(9100) };
    expect(bill(account, null, catalogs, MONTH)).toMatchObject({ rejected: ['INVALID_AMOUNT'] });
  });
});

describe('months without a catalog', () => {
  it('reject every account, and say so', () => {
    expect(bill({ accountId: 'A', dueDay: 1 }, null, compiled([]), MONTH)).toMatchObject({ rejected: ['NO_CATALOG'] });
    expect(bill({ accountId: 'A', dueDay: 1 }, null, catalogs, MONTH)).toMatchObject({ lines: [], amountDue: 0 });
  });
});
