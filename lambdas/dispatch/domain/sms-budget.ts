/** How many SMS a run may cost behind another channel (dispatch rules §6). Pure. */
import { rateOf } from '../../kernel/money.ts';
import type { Notice } from './ledger.ts';
import type { Policy } from './policy.ts';

/** What counts against the budget: an SMS that another channel should have spared. */
export const isFallback = ({ channel, channels }: Pick<Notice, 'channel' | 'channels'>): boolean =>
  channel === 'sms' && channels.indexOf('sms') > 0;

/** A notice is reserved for once, before its first SMS: later attempts are the same SMS. */
export const needsReservation = (notice: Pick<Notice, 'channel' | 'channels' | 'attempts'>): boolean =>
  isFallback(notice) && !notice.attempts.some(({ channel }) => channel === 'sms');

/**
 * The most SMS of a run: the share of its notices, rounded up so that a run of one notice has one, and as many as the sum
 * in won pays at the price of one; or what a person raised it to, when that is more.
 */
export function smsLimit(
  budget: Policy['smsBudget'],
  run: { readonly notices: number; readonly raisedTo: number | null },
  smsPriceWon: number,
): number {
  const { n, d } = rateOf(budget.share);
  const byShare = Number((n * BigInt(run.notices) + d - 1n) / d);
  const byWon = budget.won === null ? Infinity : Math.floor(budget.won / smsPriceWon);
  return Math.max(run.raisedTo ?? 0, Math.min(byShare, byWon));
}
