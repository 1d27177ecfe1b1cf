/** Dispatch's 10-minute slots: due markers lie in them, and what is held comes back with one (dispatch rules §5). Pure. */
import { epochMs, instantOf, type Instant } from '../../kernel/dates.ts';

export const SLOT_SECONDS = 600;
const SLOT_MS = SLOT_SECONDS * 1000;

/** The slot that an instant lies in, by its start. */
export const slotOf = (instant: Instant): Instant => instantOf(Math.floor(epochMs(instant) / SLOT_MS) * SLOT_MS);

/** The start of the next slot. */
export const nextSlot = (now: Instant): Instant => instantOf((Math.floor(epochMs(now) / SLOT_MS) + 1) * SLOT_MS);
