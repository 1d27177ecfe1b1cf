/** Why nothing may be claimed at present, due or not (dispatch rules §6). Pure. */
import { epochMs, instantOf, type Instant } from '../../kernel/dates.ts';
import { nextSlot } from './slots.ts';

export interface Stop {
  /** A code, as the held notice names it. */
  readonly reason: string;
  /** When a held notice is looked at again. Its due marker stays due for as long as releases are stopped. */
  readonly until: Instant;
}

/** Dispatch is paused by a person. How long is not known: held notices are due in the next slot, and stay so until it is resumed. */
export const pausedAt = (now: Instant): Stop => ({ reason: 'paused', until: nextSlot(now) });

/** The channel's breaker lets nothing through: what is held comes back when it may probe. */
export const breakerOpen = (until: Instant): Stop => ({ reason: 'breaker', until });

/** This worker has no time left to send at the channel's rate. */
export const beyondRate = (now: Instant): Stop => ({ reason: 'rate', until: nextSlot(now) });

/** A notice over the run's SMS budget is looked at again after so long: a person is to raise it. */
const BUDGET_PAUSE_MS = 3_600_000;
export const beyondBudget = (now: Instant): Stop => ({
  reason: 'sms-budget',
  until: instantOf(epochMs(now) + BUDGET_PAUSE_MS),
});
