/** What the final queue's arrival means for a notice (dispatch rules §4, "also on sms"): no channel is left. Pure. */
import type { Instant } from '../../kernel/dates.ts';
import type { Notice, Transition } from './ledger.ts';

/** Says in the ledger that a person opened the notice again; why stands in the audit log. */
export const REOPENED = 'reopened';

/**
 * The transition that ends a notice whose message the queues gave up on; null when there is nothing to end: it is final
 * already, held for its own time, or a worker still has the right to send it.
 */
export function endOfTheLine(stored: Notice, now: Instant): Transition | null {
  const change = { reason: 'redriven', leaseToken: null, leaseUntil: null };
  const to = 'UNDELIVERABLE';
  // A person has just opened it again, and has sent a message of its own: what lies here is an older double.
  if (stored.state === 'PLANNED' && stored.reason === REOPENED) return null;
  switch (stored.state) {
    case 'PLANNED':
    case 'RETRYING':
      return { row: 'redriven', to, channel: stored.channel, change };
    case 'SENDING':
      if (stored.leaseUntil === null || stored.leaseUntil >= now) return null;
      return { row: 'redrivenFromDead', to, channel: stored.channel, change };
    default:
      return null;
  }
}
