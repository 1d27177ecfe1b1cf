/** What the final queue's arrival means for a notice (dispatch rules §4, "also on sms"): no channel is left. Pure. */
import type { NoticeMessage } from '../../contracts/notice-message.ts';
import type { Instant } from '../../kernel/dates.ts';
import { deadClaim } from './dead-claim.ts';
import type { Notice, Transition } from './ledger.ts';
import type { Channel } from './policy.ts';

/** Says in the ledger that a person opened the notice again; why stands in the audit log. */
export const REOPENED = 'reopened';

type Reopened = Pick<NoticeMessage, 'reopened'>;

/** The message was made before a person reopened the notice, which has had a message of its own since. */
export const isBeforeReopening = (message: Reopened, stored: Reopened): boolean =>
  (message.reopened ?? 0) < (stored.reopened ?? 0);

/** A person opens the notice again, on a channel. It is due when it was: the worker asks again whether it may go now. */
export const reopening = (notice: Notice, channel: Channel): Transition => ({
  row: 'reopen',
  to: 'PLANNED',
  channel: notice.channel,
  change: {
    ...{ channel, used: 0, throttled: 0, reason: REOPENED, leaseToken: null, leaseUntil: null },
    reopened: (notice.reopened ?? 0) + 1,
  },
});

/** A notice that was reopened ends again, before its message is sent: a person has had it resent in the meantime. */
export const givingWay = ({ channel }: Notice): Transition => ({
  ...{ row: 'givenUp', to: 'UNDELIVERABLE', channel },
  change: { reason: 'resent', leaseToken: null, leaseUntil: null },
});

/**
 * The transition that ends a notice whose message the queues gave up on; null when there is nothing to end: it is final
 * already, held for its own time, a worker still has the right to send it, or the message is an older double.
 */
export function endOfTheLine(stored: Notice, message: Reopened, now: Instant): Transition | null {
  if (isBeforeReopening(message, stored)) return null;
  const change = { reason: 'redriven', leaseToken: null, leaseUntil: null };
  const to = 'UNDELIVERABLE';
  switch (stored.state) {
    case 'PLANNED':
    case 'RETRYING':
      return { row: 'givenUp', to, channel: stored.channel, change };
    case 'SENDING':
      if (stored.leaseUntil === null || stored.leaseUntil >= now) return null;
      return {
        ...{ row: 'givenUpFromDead', to, channel: stored.channel, read: stored },
        change: { ...deadClaim(stored, now), reason: 'redriven' },
      };
    default:
      return null;
  }
}
