/** What follows a provider's answer (dispatch rules §3): the transition of the notice, and what becomes of the message. */
import { instantOf, epochMs, type Instant } from '../../kernel/dates.ts';
import type { Answer } from './answer.ts';
import { backoffSeconds } from './backoff.ts';
import type { Breaker } from './breaker.ts';
import { giveBack } from './give-back.ts';
import { DOUBT_MINUTES, type Attempt, type Notice, type NoticeChange, type Transition } from './ledger.ts';
import type { Channel, Policy } from './policy.ts';
import { nextSlot } from './slots.ts';

/** Where the message goes once the transition is written. */
export type MessageFate =
  | { readonly kind: 'done' }
  /** It stays in its queue, unseen until then. */
  | { readonly kind: 'wait'; readonly until: Instant }
  /** The notice hops: the next channel's queue gets a message, this one is done. */
  | { readonly kind: 'hop'; readonly to: Channel }
  /** Held: a due marker brings it back, this one is done. */
  | { readonly kind: 'held'; readonly until: Instant }
  /** No channel is left: the final queue gets the message. */
  | { readonly kind: 'undeliverable' };

export interface Outcome {
  readonly transition: Transition;
  readonly fate: MessageFate;
}

/** SQS can hide a message for 12 h, but a wait above this is a hold (dispatch rules §5). */
const LONGEST_WAIT_SECONDS = 15 * 60;
const THROTTLE_PAUSE_SECONDS = 30;
/** THROTTLED for the third time in a row is a hold. */
const THROTTLES_TO_HOLD = 3;
const inSeconds = (now: Instant, seconds: number): Instant => instantOf(epochMs(now) + seconds * 1000);

/**
 * Decides by the answer to a send of `sending`, the notice as the claim returned it (its `used` counts this attempt).
 * `random` is a number from 0 (included) to 1 (excluded). `breaker` is the channel's with this answer counted: while it is
 * not closed, a failure is the outage's and not the notice's.
 */
export function afterAnswer(
  sending: Notice,
  answer: Answer,
  policy: Pick<Policy, 'retry'>,
  now: Instant,
  random: number,
  breaker: Pick<Breaker, 'openUntil' | 'outage'>,
): Outcome {
  const failed = [...sending.attempts, attemptOf(sending, answer, now)];
  const isOpen = breaker.openUntil !== null;
  const given = isOpen ? giveBack({ ...sending, attempts: failed }, breaker.outage) : null;
  const { attempts, used } = given ?? { attempts: failed, used: sending.used };
  const end = { attempts, leaseToken: null, leaseUntil: null };
  const to = (state: Transition['to'], change: NoticeChange, fate: MessageFate): Outcome => ({
    transition: {
      row: 'answer',
      to: state,
      channel: sending.channel,
      change: { ...end, ...change },
      ...(sending.leaseToken === null ? {} : { leaseToken: sending.leaseToken }),
    },
    fate,
  });
  const held = (reason: string, change: NoticeChange): Outcome => {
    const until = isOpen && breaker.openUntil > nextSlot(now) ? breaker.openUntil : nextSlot(now);
    return to('HELD', { ...change, reason, dueAt: until }, { kind: 'held', until });
  };

  switch (answer.class) {
    case 'ACCEPTED':
      return to('SENT', { reason: null, throttled: 0 }, { kind: 'done' });
    case 'TEMPORARY': {
      if (isOpen) return held('breaker', { used, throttled: 0 });
      const { maxAttempts, backoff } = policy.retry[sending.channel];
      if (sending.used >= maxAttempts) return nextChannel(sending, answer.reason, to);
      const seconds = backoffSeconds(backoff, sending.used, random);
      const dueAt = inSeconds(now, seconds);
      const change = { reason: answer.reason, dueAt, throttled: 0 };
      if (seconds > LONGEST_WAIT_SECONDS) return to('HELD', change, { kind: 'held', until: dueAt });
      return to('RETRYING', change, { kind: 'wait', until: dueAt });
    }
    case 'THROTTLED': {
      const throttled = sending.throttled + 1;
      const unused = { used: used - 1, throttled };
      if (throttled >= THROTTLES_TO_HOLD) return held('throttled', { ...unused, throttled: 0 });
      const dueAt = inSeconds(now, THROTTLE_PAUSE_SECONDS * (0.5 + random));
      return to('RETRYING', { ...unused, reason: answer.reason, dueAt }, { kind: 'wait', until: dueAt });
    }
    case 'PERMANENT':
      return nextChannel(sending, answer.reason, to);
    case 'PROVIDER_DOWN':
      return held(answer.reason, { used: used - 1 });
    case 'UNKNOWN': {
      // An email is sent once more after a doubt, an SMS never: then a person looks at it.
      if (sending.channel === 'sms' || sending.possibleDuplicate)
        return to('IN_DOUBT', { used, reason: answer.reason }, { kind: 'done' });
      const dueAt = inSeconds(now, DOUBT_MINUTES * 60);
      return to('IN_DOUBT', { used, reason: answer.reason, dueAt }, { kind: 'wait', until: dueAt });
    }
  }
}

function attemptOf(sending: Notice, answer: Answer, now: Instant): Attempt {
  const attempt = { channel: sending.channel, number: sending.used, at: now, class: answer.class };
  if (answer.class === 'ACCEPTED') return { ...attempt, providerMessageId: answer.providerMessageId };
  // Without an answer there is no message id: the provider's event finds the attempt by its lease.
  const lease = answer.class === 'UNKNOWN' && sending.leaseToken !== null ? { lease: sending.leaseToken } : {};
  return { ...attempt, reason: answer.reason, ...lease };
}

function nextChannel(
  sending: Notice,
  reason: string,
  to: (state: Transition['to'], change: NoticeChange, fate: MessageFate) => Outcome,
): Outcome {
  const next = sending.channels[sending.channels.indexOf(sending.channel) + 1];
  if (next === undefined) return to('UNDELIVERABLE', { reason, throttled: 0 }, { kind: 'undeliverable' });
  return to('RETRYING', { channel: next, used: 0, throttled: 0, reason }, { kind: 'hop', to: next });
}
