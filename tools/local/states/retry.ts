import { errorMatches } from './errors.ts';
import type { Catcher, Retrier } from './machine.ts';

/** How often each Retry entry has been used by a state. A redrive starts at nothing again, as on AWS. */
export type Attempts = Map<Retrier, number>;

/**
 * The seconds until the next attempt, or `undefined` if there is none. The first entry that matches decides alone: when
 * its attempts are used up, no later entry is asked.
 */
export function nextDelaySeconds(
  retriers: readonly Retrier[],
  error: string,
  attempts: Attempts,
  random: () => number,
): number | undefined {
  const retrier = retriers.find((one) => one.errorEquals.some((entry) => errorMatches(entry, error)));
  if (retrier === undefined) return undefined;
  const used = attempts.get(retrier) ?? 0;
  if (used >= retrier.maxAttempts) return undefined;
  attempts.set(retrier, used + 1);
  const backedOff = retrier.intervalSeconds * retrier.backoffRate ** used;
  const delay = Math.min(backedOff, retrier.maxDelaySeconds ?? Infinity);
  return retrier.fullJitter ? random() * delay : delay;
}

/** The Catch entry for an error. */
export const catcherOf = (catchers: readonly Catcher[], error: string): Catcher | undefined =>
  catchers.find((one) => one.errorEquals.some((entry) => errorMatches(entry, error)));
