/** Which notices a daily sweep marks anew (dispatch rules §5, release): what should have moved long ago, whatever became of its message. Pure. */
import { epochMs, instantOf, type Instant } from '../../kernel/dates.ts';
import { isHeldByPerson } from './by-person.ts';
import type { Notice } from './ledger.ts';

/** Longer than SQS hides a message, and than any backoff: what still waits for its message after that has lost it. */
const OVERDUE_MS = 12 * 3_600_000;

/** What of a notice says how long it has waited. */
export type Standing = Pick<Notice, 'state' | 'reason' | 'channel' | 'possibleDuplicate' | 'dueAt' | 'leaseUntil'>;

/** An email in doubt is sent once more; what is in doubt after that, and every SMS, waits for a person, and for nothing else. */
export const waitsForPerson = ({
  state,
  channel,
  possibleDuplicate,
}: Pick<Notice, 'state' | 'channel' | 'possibleDuplicate'>): boolean =>
  state === 'IN_DOUBT' && (channel !== 'email' || possibleDuplicate);

/** When a notice counts as overdue; null when nothing is to move it: it is over, or waits for a person. */
export function overdueAt(notice: Standing): Instant | null {
  const { state, dueAt, leaseUntil } = notice;
  switch (state) {
    case 'PLANNED':
    case 'RETRYING':
    case 'BOUNCED':
      // Of one that bounced, the event that was to take it on is lost.
      return later(dueAt);
    case 'HELD':
      return isHeldByPerson(notice) ? null : later(dueAt);
    case 'SENDING':
      return later(leaseUntil ?? dueAt);
    case 'IN_DOUBT':
      return waitsForPerson(notice) ? null : later(dueAt);
    default:
      return null;
  }
}

const later = (instant: Instant): Instant => instantOf(epochMs(instant) + OVERDUE_MS);

/** A notice that is not final, and has not moved for 12 h after it should have. */
export function isOverdue(notice: Standing, now: Instant): boolean {
  const at = overdueAt(notice);
  return at !== null && at <= now;
}
