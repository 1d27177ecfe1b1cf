/** Why nothing may be claimed at present, due or not (dispatch rules §6). Pure. */
import type { Instant } from '../../kernel/dates.ts';
import { nextSlot } from './after-answer.ts';

export interface Stop {
  /** A code, as the held notice names it. */
  readonly reason: string;
  /** When a held notice is looked at again. Its due marker stays due for as long as releases are stopped. */
  readonly until: Instant;
}

/** Dispatch is paused by a person. How long is not known: held notices are due in the next slot, and stay so until it is resumed. */
export const pausedAt = (now: Instant): Stop => ({ reason: 'paused', until: nextSlot(now) });
