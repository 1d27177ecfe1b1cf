/** Which notices of a due shard go to their queues now (dispatch rules §5). Pure. */
import { epochMs, instantOf, type Instant } from '../../kernel/dates.ts';
import { slotOf } from './after-answer.ts';
import type { Notice } from './ledger.ts';

const isWaiting = ({ state }: Pick<Notice, 'state'>): boolean => state === 'PLANNED' || state === 'HELD';

/** What a release of a marker hands to the queues: what is due up to an instant, and was not due at an earlier release of it. */
export interface ReleaseWindow {
  readonly after: Instant | null;
  readonly until: Instant;
}

/** A notice that a release hands to its queue. */
export const isDue = (notice: Pick<Notice, 'state' | 'dueAt'>, { after, until }: ReleaseWindow): boolean =>
  isWaiting(notice) && notice.dueAt <= until && (after === null || notice.dueAt > after);

/** A notice of the marker's slot whose minute has not come: the marker must stay for it. */
export const isStillToCome = (notice: Pick<Notice, 'state' | 'dueAt'>, slot: Instant, until: Instant): boolean =>
  isWaiting(notice) && notice.dueAt > until && slotOf(notice.dueAt) <= slot;

/**
 * The slot whose marker brings a notice back: the one it is due in, but never one that is over, since the markers of
 * old slots are cleared away.
 */
export const markerSlot = (dueAt: Instant, now: Instant): Instant =>
  slotOf(instantOf(Math.max(epochMs(dueAt), epochMs(now))));
