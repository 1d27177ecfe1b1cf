import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  floor,
  halfUp,
  isRate,
  over,
  plus,
  rateOf,
  sumWon,
  times,
  whole,
  won,
  type Won,
} from '../../../lambdas/kernel/money.ts';
import { floorOf, halfUpOf, plus as plusExact, times as timesExact } from '../../../lambdas/settlement/domain/exact.ts';

const amount = fc.oneof(fc.nat(1_000_000), fc.maxSafeNat());
const divisor = fc.oneof(
  fc.integer({ min: 1, max: 31_000_000 }),
  fc.maxSafeNat().map((n) => n + 1),
);

describe('won', () => {
  it.each([0, 1, -1, 2 ** 53 - 1, -(2 ** 53 - 1)])('%d is held exactly', (value) => {
    expect(won(value)).toBe(value);
  });
  it.each([0.5, 2 ** 53, -(2 ** 53), NaN, Infinity])('%d is refused', (value) => {
    expect(() => won(value)).toThrow(RangeError);
  });
  it('knows no minus zero', () => {
    expect(Object.is(won(-0), 0)).toBe(true);
  });
  it('refuses a sum that lost a digit', () => {
    expect(() => sumWon([2 ** 53 - 1, 1] as Won[])).toThrow(RangeError);
    expect(sumWon([1200, -200, 30] as Won[])).toBe(1030);
  });
});

describe('a rate', () => {
  it.each(['0', '1', '0.275', '.5', '5.', '007.10', '0.000001'])('%j is one', (text) => {
    expect(isRate(text)).toBe(true);
  });
  it.each(['', '.', '-0.1', '+1', '1e3', '0.1234567', '1,5', ' 1', '1 ', 0.25, null])('%j is none', (value) => {
    expect(isRate(value)).toBe(false);
  });
  it('is read exactly', () => {
    expect(rateOf('0.275')).toEqual({ n: 275n, d: 1000n });
    expect(rateOf('.5')).toEqual({ n: 5n, d: 10n });
    expect(rateOf('5.')).toEqual({ n: 5n, d: 1n });
  });
});

describe('rounding', () => {
  it('cuts or rounds half up, where floating point goes wrong', () => {
    const product = times(whole(12_100), rateOf('0.29'));
    expect([floor(product), Math.floor(12_100 * 0.29)]).toEqual([3509, 3508]);
    expect([halfUp({ n: 5n, d: 2n }), halfUp({ n: 49n, d: 20n }), halfUp({ n: 0n, d: 7n })]).toEqual([3, 2, 0]);
  });

  it('is off by less than one, or by half at most', () => {
    fc.assert(
      fc.property(amount, divisor, (n, d) => {
        const [value, cut, near] = [
          over(whole(n), whole(d)),
          floor(over(whole(n), whole(d))),
          halfUp(over(whole(n), whole(d))),
        ];
        const rest = plus(value, times(whole(-1), whole(cut)));
        expect(rest.n >= 0n && rest.n < rest.d).toBe(true);
        const off = plus(value, times(whole(-1), whole(near)));
        expect(2n * off.n < off.d && 2n * off.n >= -off.d).toBe(true);
      }),
    );
  });
});

describe('the shortcuts for numbers', () => {
  it('give what whole numbers of any size give, also beyond 2^53', () => {
    fc.assert(
      fc.property(amount, amount, (a, b) => {
        expect(BigInt(timesExact(a, b))).toBe(BigInt(a) * BigInt(b));
        expect(BigInt(plusExact(a, b))).toBe(BigInt(a) + BigInt(b));
      }),
    );
  });

  it('round as the kernel does', () => {
    fc.assert(
      fc.property(amount, divisor, (n, d) => {
        const value = { n: BigInt(n), d: BigInt(d) };
        expect([floorOf(n, d), halfUpOf(n, d)]).toEqual([floor(value), halfUp(value)]);
        expect([floorOf(BigInt(n), d), halfUpOf(n, BigInt(d))]).toEqual([floor(value), halfUp(value)]);
      }),
    );
  });
});
