/** What a person ordered for the sending of one month (dispatch rules §6): when it goes, to whom first, and whether at all now. Pure. */
import type { Instant } from '../../kernel/dates.ts';
import { nextSlot } from './slots.ts';
import type { Stop } from './stop.ts';

export interface MonthOrder {
  /** The instant that its notices are planned for instead of the policy's schedule, or null. */
  readonly reservedAt: Instant | null;
  /** Whether its first plan has begun: from then on a change of the reservation has to move notices. */
  readonly isPlanned: boolean;
  /** Its reservation was cancelled after it was planned: nothing goes until it is reserved again, or sent now. */
  readonly isCancelled: boolean;
  /** The accounts that get theirs first, while the rest waits for a person; null when there is no pilot. */
  readonly pilot: readonly string[] | null;
}

export const NO_ORDER: MonthOrder = { reservedAt: null, isPlanned: false, isCancelled: false, pilot: null };

/** What keeps a notice of the month from being claimed now, or null. */
export function stopByOrder({ isCancelled, pilot }: MonthOrder, accountId: string, now: Instant): Stop | null {
  if (isCancelled) return { reason: 'reservation-cancelled', until: nextSlot(now) };
  if (pilot && !pilot.includes(accountId)) return { reason: 'pilot', until: nextSlot(now) };
  return null;
}

/** What a cancellation of the month's reservation comes to at an instant. */
export type Cancellation =
  | { readonly kind: 'none' }
  /** Its notices will be planned by the policy's schedule. */
  | { readonly kind: 'before-planning'; readonly order: MonthOrder }
  /** Its notices are there: they wait, and are shown, until a person orders otherwise. */
  | { readonly kind: 'planned'; readonly order: MonthOrder }
  | { readonly kind: 'cancelled-already' }
  | { readonly kind: 'carried-out' };

export function cancelled(order: MonthOrder, now: Instant): Cancellation {
  const { reservedAt, isPlanned, isCancelled } = order;
  if (isCancelled) return { kind: 'cancelled-already' };
  if (reservedAt === null) return { kind: 'none' };
  if (!isPlanned) return { kind: 'before-planning', order: { ...order, reservedAt: null } };
  if (reservedAt <= now) return { kind: 'carried-out' };
  return { kind: 'planned', order: { ...order, reservedAt: null, isCancelled: true } };
}
