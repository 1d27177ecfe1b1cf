/** A planned notice gets another time, as a person reserved its month anew (dispatch rules §6). Pure. */
import type { Instant } from '../../kernel/dates.ts';
import { isHeldByPerson } from './by-person.ts';
import type { Notice, Transition } from './ledger.ts';
import type { Policy } from './policy.ts';
import { planTime } from './when.ts';

export type Retimed =
  | { readonly kind: 'move'; readonly transition: Transition }
  /** It is due then already. */
  | { readonly kind: 'there' }
  /** It is not waiting for its time. */
  | { readonly kind: 'left' };

/** The reason of a notice that waits for a reserved instant. */
const RESERVED = 'reserved';

/**
 * The notice at the instant that its month is reserved for, by the rules that planning goes by. It becomes HELD, which
 * is what the ledger's table allows of a notice that waits; one that was tried keeps its own turn.
 */
export function retimed(
  notice: Notice,
  policy: Pick<Policy, 'schedule' | 'noticeDays' | 'quietHours'>,
  reservedAt: Instant,
  now: Instant,
): Retimed {
  const { state, channel, attempts, month, dueDate, quietHours, dueAt } = notice;
  const isWaiting = state === 'PLANNED' || (state === 'HELD' && !isHeldByPerson(notice));
  if (!isWaiting || attempts.length > 0) return { kind: 'left' };
  const time = planTime(policy, { quietHours }, channel, { month, dueDate }, now, reservedAt);
  if (dueAt === time.at || (dueAt <= now && time.at <= now)) return { kind: 'there' };
  const change = { dueAt: time.at, reason: RESERVED, accountWindowIgnored: time.accountWindowIgnored };
  return { kind: 'move', transition: { row: 'hold', to: 'HELD', channel, change } };
}
