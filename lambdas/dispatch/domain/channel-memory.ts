/** What is remembered of an account's channels from one month to the next: the next notice starts with one that works. Pure. */
import { addMonths, type Month } from '../../kernel/dates.ts';
import type { Channel } from './policy.ts';

/** A channel that failed an account for good, and in which month's notice it did so last. */
export interface FailedChannel {
  readonly channel: Channel;
  readonly month: Month;
}

/**
 * Months after which a channel that failed is tried first again: the customer may have given another address, which
 * planning cannot see. An address that is still wrong costs one bounce in so many months.
 */
const REMEMBERED_MONTHS = 6;

/** The channels in the order in which a notice of the month tries them: one that failed lately comes last. */
export function startingWithOneThatWorks(
  channels: readonly Channel[],
  failed: FailedChannel | undefined,
  month: Month,
): readonly Channel[] {
  if (!failed || !channels.includes(failed.channel)) return channels;
  if (month > addMonths(failed.month, REMEMBERED_MONTHS)) return channels;
  return [...channels.filter((channel) => channel !== failed.channel), failed.channel];
}
