/**
 * Money and rates, exactly (billing rules §1): a won is an integer, a rate is an integer over a power of ten,
 * and a fraction is two bigints. Rounding happens in `floor` and `halfUp` and nowhere else.
 */

/** An integer number of KRW. */
export type Won = number & { readonly __brand: 'Won' };

/** An exact non-negative or negative fraction `n / d`, `d > 0`. */
export interface Fraction {
  readonly n: bigint;
  readonly d: bigint;
}

/** A `Won` of a safe integer. Throws a RangeError for anything else: money that lost a digit must never be written. */
export function won(value: number): Won {
  if (!Number.isSafeInteger(value))
    throw new RangeError(`${value} is not a whole number of won that can be held exactly`);
  return (value === 0 ? 0 : value) as Won;
}

/** The sum of amounts in won. */
export const sumWon = (amounts: readonly Won[]): Won => won(amounts.reduce((sum, amount) => sum + amount, 0));

const RATE = /^\d+(\.\d{1,6})?$|^\d*\.\d{1,6}$|^\d+\.$/;

/** True for a decimal string with digits, at most one point, at most 6 decimals and no sign. */
export const isRate = (value: unknown): value is string => typeof value === 'string' && RATE.test(value);

/** The exact value of a rate string. The caller has checked it with `isRate`. */
export function rateOf(text: string): Fraction {
  const [whole = '', decimals = ''] = text.split('.');
  return { n: BigInt(`${whole}${decimals}` || '0'), d: 10n ** BigInt(decimals.length) };
}

/** A whole number as a fraction. */
export const whole = (value: number): Fraction => ({ n: BigInt(value), d: 1n });

export const plus = (a: Fraction, b: Fraction): Fraction => ({ n: a.n * b.d + b.n * a.d, d: a.d * b.d });
export const times = (a: Fraction, b: Fraction): Fraction => ({ n: a.n * b.n, d: a.d * b.d });
export const over = (a: Fraction, b: Fraction): Fraction => ({ n: a.n * b.d, d: a.d * b.n });

/** Cuts fractions of a won (원 미만 절사). The argument is ≥ 0. */
export const floor = (value: Fraction): Won => won(Number(value.n / value.d));

/** The least whole number that is not below the value: of things that are counted, not of money. The argument is ≥ 0. */
export const ceil = (value: Fraction): number => Number((value.n + value.d - 1n) / value.d);

/** Rounds to the nearest won, .5 up. The argument is ≥ 0. */
export const halfUp = (value: Fraction): Won => won(Number((2n * value.n + value.d) / (2n * value.d)));
