/**
 * Exact integers of any size, ≥ 0: a number while a number holds it exactly, a bigint beyond. Won × days × rate fits
 * a number for nearly every account, and a bigint costs ten times as much; the few that exceed 2^53 are none the less
 * exact. Rounding is the kernel's: here are only its shortcuts for numbers.
 */
import { floor, halfUp, won, type Won } from '../../kernel/money.ts';

export type Exact = number | bigint;

/** An exact rate `n / d`, in lowest terms. */
export interface Rate {
  readonly n: Exact;
  readonly d: number;
}

export function times(a: Exact, b: Exact): Exact {
  if (typeof a === 'number' && typeof b === 'number') {
    const product = a * b;
    if (product <= Number.MAX_SAFE_INTEGER) return product;
  }
  return BigInt(a) * BigInt(b);
}

export function plus(a: Exact, b: Exact): Exact {
  if (typeof a === 'number' && typeof b === 'number') {
    const sum = a + b;
    if (sum <= Number.MAX_SAFE_INTEGER) return sum;
  }
  return BigInt(a) + BigInt(b);
}

/** `n ÷ d`, fractions of a won cut off. */
export function floorOf(n: Exact, d: Exact): Won {
  if (typeof n === 'number' && typeof d === 'number') return won((n - (n % d)) / d);
  return floor({ n: BigInt(n), d: BigInt(d) });
}

/** `n ÷ d`, rounded to the nearest won, .5 up. */
export function halfUpOf(n: Exact, d: Exact): Won {
  const [twice, divisor] = [plus(times(n, 2), d), times(d, 2)];
  if (typeof twice === 'number' && typeof divisor === 'number') return floorOf(twice, divisor);
  return halfUp({ n: BigInt(n), d: BigInt(d) });
}
