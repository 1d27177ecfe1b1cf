/**
 * What follows a provider's event (dispatch rules §4): event × notice → transition. Events come late, twice, out of
 * order and before our own write, so each is marked on the send it is about, and the notice's state follows from the
 * marks of all its sends. Pure.
 */
import type { Instant } from '../../kernel/dates.ts';
import { afterBounce } from './after-bounce.ts';
import { BECAME, type Attempt, type Became, type Notice, type Transition } from './ledger.ts';
import type { Channel } from './policy.ts';
import type { ProviderEvent } from './provider-event.ts';

export type Feedback =
  /** Write it; then decide again by the notice as it is afterwards. */
  | { readonly kind: 'move'; readonly transition: Transition }
  /** The notice has moved on by this event: its queue gets the message, again if need be, as the first writer may have died. */
  | { readonly kind: 'tell'; readonly to: Channel | 'final' }
  /** A worker is sending, and what it finds comes first: the event comes back later. */
  | { readonly kind: 'later' }
  | { readonly kind: 'drop'; readonly why: string };

/** Only email has events: SNS tells of an SMS in logs alone (§3). */
const CHANNEL: Channel = 'email';

const isBounce = ({ kind }: ProviderEvent): boolean => kind === 'bounced-hard' || kind === 'bounced-soft';

export function afterEvent(stored: Notice | null, event: ProviderEvent, now: Instant): Feedback {
  if (!stored) return { kind: 'drop', why: 'no-notice' };
  switch (stored.state) {
    case 'SENDING':
    case 'IN_DOUBT':
    case 'SENT':
    case 'DELIVERED':
      return stored.channel === CHANNEL ? settle(stored, event, now) : { kind: 'drop', why: 'on-another-channel' };
    case 'BOUNCED':
      return hasBounced(stored, event)
        ? { kind: 'move', transition: afterBounce(stored, now) }
        : { kind: 'drop', why: 'bounced' };
    case 'RETRYING':
      return hasBounced(stored, event) && isUntouched(stored)
        ? { kind: 'tell', to: stored.channel }
        : { kind: 'drop', why: 'retrying' };
    case 'UNDELIVERABLE':
      return hasBounced(stored, event) && stored.channel === CHANNEL
        ? { kind: 'tell', to: 'final' }
        : { kind: 'drop', why: 'undeliverable' };
    case 'PLANNED':
    case 'HELD':
    case 'CANCELLED':
    case 'SKIPPED':
      return { kind: 'drop', why: stored.state.toLowerCase() };
  }
}

/** A notice on email: marks the send, and moves the notice where the marks say. */
function settle(stored: Notice, event: ProviderEvent, now: Instant): Feedback {
  const isOwn = stored.leaseToken === event.lease;
  const isSending = stored.state === 'SENDING' && stored.leaseUntil !== null && stored.leaseUntil >= now;
  // An earlier send has bounced while another one is under way, to the same address: it will tell for itself.
  if (isSending && !isOwn && isBounce(event)) return { kind: 'later' };
  const attempts = marked(stored, event, now);
  const to = stateOf(attempts, event);
  if (to === null) return { kind: 'drop', why: 'another-send-is-open' };
  const isNews = to !== stored.state || attempts !== stored.attempts;
  const row = stored.state === 'DELIVERED' ? 'lateBounce' : 'event';
  if (!isNews || (row === 'lateBounce' && to !== 'BOUNCED')) return { kind: 'drop', why: 'known' };
  const change = {
    attempts,
    reason: to === 'BOUNCED' ? event.reason : null,
    throttled: 0,
    leaseToken: null,
    leaseUntil: null,
    // From here on it is due to go on; the sweep sees when it does not.
    ...(to === 'BOUNCED' ? { dueAt: now } : {}),
  };
  return { kind: 'move', transition: { row, to, channel: CHANNEL, change, read: stored } };
}

/** The attempts with what the event tells: the very same list when it tells nothing new. */
function marked(stored: Notice, event: ProviderEvent, now: Instant): readonly Attempt[] {
  const { attempts } = stored;
  const number = stored.used;
  const accepted = {
    channel: CHANNEL,
    at: now,
    class: 'ACCEPTED',
    providerMessageId: event.providerMessageId,
  } as const;
  const isOwn = stored.state === 'SENDING' && stored.leaseToken === event.lease;
  if (isOwn) return [...attempts, told({ ...accepted, number }, event)];
  const known = attempts.find((attempt) => isAbout(attempt, event));
  // A worker that died before it wrote: the ledger learns of its send by the event.
  const sends = known
    ? withMark(attempts, known, told(known, event))
    : [...attempts, told({ ...accepted, number: event.attempt }, event)];
  if (stored.state !== 'SENDING') return sends;
  // The event settles the notice, and the send under way loses its write: it is kept as one without an answer.
  const open = { channel: CHANNEL, number, at: now, class: 'UNKNOWN', reason: 'settled-by-event' } as const;
  return [...sends, { ...open, ...(stored.leaseToken === null ? {} : { lease: stored.leaseToken }) }];
}

const withMark = (attempts: readonly Attempt[], known: Attempt, mark: Attempt): readonly Attempt[] =>
  mark === known ? attempts : attempts.map((attempt) => (attempt === known ? mark : attempt));

const isAbout = (attempt: Attempt, { providerMessageId, lease }: ProviderEvent): boolean =>
  attempt.channel === CHANNEL &&
  (attempt.providerMessageId === undefined
    ? attempt.lease !== undefined && attempt.lease === lease
    : attempt.providerMessageId === providerMessageId);

/** The attempt with the event's mark; the very same one when the event adds nothing. */
function told(attempt: Attempt, event: ProviderEvent): Attempt {
  const became = becameBy(event);
  if (attempt.became !== undefined && BECAME.indexOf(attempt.became) >= BECAME.indexOf(became)) return attempt;
  // An accepted send is known to be sent: a write for that would cost as much as the send.
  if (became === 'sent' && attempt.class === 'ACCEPTED') return attempt;
  const reason = became === 'bounced' ? { reason: event.reason } : {};
  return { ...attempt, providerMessageId: event.providerMessageId, ...reason, became };
}

function becameBy(event: ProviderEvent): Became {
  if (isBounce(event)) return 'bounced';
  return event.kind === 'sent' ? 'sent' : 'delivered';
}

/** Where a notice stands by its emails; null when the last of them may have arrived, and nobody knows. */
function stateOf(attempts: readonly Attempt[], event: ProviderEvent): 'SENT' | 'DELIVERED' | 'BOUNCED' | null {
  const emails = attempts.filter(({ channel }) => channel === CHANNEL);
  const arrived = emails.filter(({ became }) => became === 'delivered');
  if (arrived.length > 0) return 'DELIVERED';
  // What else went to an address that takes no mail comes back, too.
  if (event.kind === 'bounced-hard') return 'BOUNCED';
  const isUnderWay = ({ class: answer, became }: Attempt): boolean =>
    became === 'sent' || (became === undefined && answer === 'ACCEPTED');
  if (emails.some(isUnderWay)) return 'SENT';
  // One in doubt that was followed by another counts as lost: that is why there is another.
  const last = emails.at(-1);
  return last?.class === 'UNKNOWN' && last.became === undefined ? null : 'BOUNCED';
}

/** The event is the bounce that the ledger has of this send. */
const hasBounced = ({ attempts }: Notice, event: ProviderEvent): boolean =>
  isBounce(event) && attempts.some((attempt) => attempt.became === 'bounced' && isAbout(attempt, event));

/** It came to its channel by a bounce, and nobody has taken it up there. */
const isUntouched = ({ channel, used, attempts }: Notice): boolean =>
  channel !== CHANNEL && used === 0 && attempts.every((attempt) => attempt.channel === CHANNEL);
