import type { Backoff } from './policy.ts';

/**
 * Seconds to wait before the next attempt, with full jitter: anywhere between 0 and the full wait.
 * `used` is the number of attempts used up (1 after the first); `random` is a number from 0 (included) to 1 (excluded).
 */
export function backoffSeconds(backoff: Backoff, used: number, random: number): number {
  const full = backoff.type === 'fixed' ? backoff.baseSeconds : backoff.baseSeconds * 2 ** (used - 1);
  return Math.ceil(Math.min(full, backoff.maxSeconds) * random);
}
