/** Attempts that an outage used up are given back (dispatch rules §6): they say nothing about the notice. Pure. */
import type { Outage } from './breaker.ts';
import { isFinished } from './dead-claim.ts';
import type { Attempt, Notice } from './ledger.ts';

type Used = Pick<Notice, 'channel' | 'used' | 'attempts'>;

const wasTriedIn = ({ since, until }: Outage, { at }: Attempt): boolean =>
  at >= since && (until === null || at <= until);

/**
 * The notice's attempts on its channel that failed in the outage, marked as given back, and `used` without them; null
 * when there is none. Marked once, an attempt is not given back again. THROTTLED and PROVIDER_DOWN never counted; a
 * worker's death is no answer of the provider's, and stays counted.
 */
export function giveBack(notice: Used, outage: Outage | null): Pick<Notice, 'used' | 'attempts'> | null {
  if (!outage) return null;
  const isDue = (attempt: Attempt): boolean =>
    attempt.channel === notice.channel &&
    attempt.givenBack !== true &&
    isFinished(attempt) &&
    (attempt.class === 'TEMPORARY' || attempt.class === 'UNKNOWN') &&
    wasTriedIn(outage, attempt);
  const given = notice.attempts.filter(isDue).length;
  if (given === 0) return null;
  const attempts = notice.attempts.map((attempt) =>
    isDue(attempt) ? { ...attempt, givenBack: true as const } : attempt,
  );
  return { attempts, used: Math.max(0, notice.used - given) };
}
