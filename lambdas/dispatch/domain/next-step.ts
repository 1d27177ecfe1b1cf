/**
 * What a worker does with a message, decided from where its notice stands (dispatch rules §4 and §5): a message may
 * come twice, late, on the wrong queue or by a redrive. Pure: the worker only carries the step out.
 */
import { epochMs, instantOf, type Instant } from '../../kernel/dates.ts';
import type { Outage } from './breaker.ts';
import { afterBounce } from './after-bounce.ts';
import { isHeldByPerson } from './by-person.ts';
import { deadClaim, isFinished } from './dead-claim.ts';
import { giveBack } from './give-back.ts';
import { quietLimit, quietSince, type Notice, type NoticeChange, type Transition } from './ledger.ts';
import { waitsForPerson } from './overdue.ts';
import type { Channel, Policy } from './policy.ts';
import type { Stop } from './stop.ts';
import { nextOpen } from './when.ts';

/** The right to send that a claim will give. */
export interface LeaseOffer {
  readonly token: string;
  readonly until: Instant;
}

/** What a claim depends on besides its notice. */
export interface Gate {
  /** What stops every claim now: a pause, an open breaker, a rate or a budget that is used up; null when the way is free. */
  readonly stop: Stop | null;
  /** The channel's outage that lasts, or its last one: what was tried in it is given back. */
  readonly outage: Outage | null;
}

export type Step =
  /** Write it; when it is a claim and it wins, send. */
  | { readonly kind: 'claim' | 'move'; readonly transition: Transition }
  /** Not now: the message stays in its queue until then. */
  | { readonly kind: 'wait'; readonly until: Instant }
  /** Another queue is to finish the notice: it gets a message, this one is done. */
  | { readonly kind: 'forward'; readonly to: Channel | 'final' }
  /** The notice is held: its due marker brings it back. The marker is put again, as a crash may have come before it. */
  | { readonly kind: 'mark'; readonly until: Instant }
  /** Nothing is left to do for this message. */
  | { readonly kind: 'drop'; readonly why: string };

/**
 * The step for a message on the queue of `channel`, whose notice stands as `stored`. With a stop it is never a claim:
 * what could be sent is held, and what cannot be held (a send whose answer is open) stays in its queue.
 */
export function nextStep(
  stored: Notice | null,
  channel: Channel,
  policy: Pick<Policy, 'quietHours' | 'retry'>,
  lease: LeaseOffer,
  now: Instant,
  { stop, outage }: Gate,
): Step {
  const step = stepOf(stored, channel, policy, lease, now);
  if (step.kind !== 'claim' || stored === null) return step;
  // What cannot be held waits in its queue: also for the end of quiet time.
  if (step.transition.row !== 'claim') {
    const opening = nextOpen(policy, { quietHours: stored.quietHours }, stored.channel, now);
    if (opening.at > now) return { kind: 'wait', until: opening.at };
  }
  if (stop === null) return withGivenBack(step, stored, outage);
  if (step.transition.row !== 'claim') return { kind: 'wait', until: later(stop.until, inAnHour(now)) };
  const held = move('hold', 'HELD', stored, { dueAt: stop.until, reason: stop.reason });
  return withGivenBack(held, stored, outage);
}

/** The step with the attempts of an outage given back in the same write. */
function withGivenBack(step: Write, stored: Notice, outage: Outage | null): Write {
  const { attempts: noted = stored.attempts } = step.transition.change;
  const given = giveBack({ ...stored, attempts: noted }, outage);
  if (!given) return step;
  const used = step.kind === 'claim' ? given.used + 1 : given.used;
  const change = { ...step.transition.change, attempts: given.attempts, used };
  return { ...step, transition: { ...step.transition, change, seenAttempts: stored.attempts } };
}

function stepOf(
  stored: Notice | null,
  channel: Channel,
  policy: Pick<Policy, 'quietHours' | 'retry'>,
  lease: LeaseOffer,
  now: Instant,
): Step {
  if (!stored) return { kind: 'drop', why: 'no-notice' };
  switch (stored.state) {
    case 'PLANNED':
    case 'RETRYING':
    case 'HELD':
      // No marker brings it back: whoever releases it puts one.
      if (isHeldByPerson(stored)) return { kind: 'drop', why: 'held-by-person' };
      return stored.channel === channel ? onItsChannel(stored, policy, lease, now) : onAnotherChannel(stored, channel);
    case 'SENDING':
      return whileSending(stored, channel, policy, lease, now);
    case 'IN_DOUBT':
      return whileInDoubt(stored, channel, lease, now);
    case 'UNDELIVERABLE':
      // The worker that wrote it may have died before it told the final queue, where a person looks.
      return { kind: 'forward', to: 'final' };
    case 'BOUNCED':
      return { kind: 'move', transition: afterBounce(stored, now) };
    case 'SENT':
    case 'DELIVERED':
    case 'CANCELLED':
    case 'SKIPPED':
      return { kind: 'drop', why: stored.state.toLowerCase() };
  }
}

function onItsChannel(stored: Notice, policy: Pick<Policy, 'quietHours'>, lease: LeaseOffer, now: Instant): Step {
  if (stored.dueAt > now) {
    // Before its time, quiet or not, it keeps it. Planned and held notices come back by their marker; a retry waits in its queue.
    return { kind: stored.state === 'RETRYING' ? 'wait' : 'mark', until: stored.dueAt };
  }
  const opening = nextOpen(policy, { quietHours: stored.quietHours }, stored.channel, now);
  if (opening.at > now) {
    const change = { dueAt: opening.at, reason: 'quiet-hours', accountWindowIgnored: opening.accountWindowIgnored };
    return move('hold', 'HELD', stored, change);
  }
  return claim('claim', stored, lease, {});
}

/** A message on the queue of a channel that the notice is not on: a hop whose message was late, or a redrive. */
function onAnotherChannel(stored: Notice, channel: Channel): Step {
  if (stored.state === 'HELD') return { kind: 'mark', until: stored.dueAt };
  if (isNotGivenUp(stored, channel)) return { kind: 'forward', to: stored.channel };
  return redriven(stored, channel, null);
}

/** True for a step by which a redriven notice leaves its channel for the next one. */
export const leavesItsChannel = (step: Step): boolean =>
  step.kind === 'move' && (step.transition.row === 'redriven' || step.transition.row === 'redrivenFromDead');

/** True when no attempt on its channel came to an answer that counts: nobody knows why the notice leaves it. */
export const isUnattempted = ({ channel, attempts }: Pick<Notice, 'channel' | 'attempts'>): boolean =>
  !attempts.some((attempt) => attempt.channel === channel && attempt.givenBack !== true && isFinished(attempt));

/** The step for a fallback that is not admitted: the notice stays on its channel until then, or until it is due. */
export function keptOnItsChannel(
  stored: Notice,
  { until, reason }: Stop,
  { retry }: Pick<Policy, 'retry'>,
  now: Instant,
): Step {
  if (stored.state === 'SENDING') {
    // A dead worker's claim can only be taken over, by its own channel's queue; with no attempt left that would send it back.
    if (stored.used < retry[stored.channel].maxAttempts) return { kind: 'forward', to: stored.channel };
    return { kind: 'wait', until: later(until, inAnHour(now)) };
  }
  return move('hold', 'HELD', stored, { dueAt: later(until, stored.dueAt), reason });
}

/**
 * The message says nothing of the notice's channel: it is late, or a person redrove it to the wrong queue. Only email is
 * given up by a redrive policy, and not for an SMS that came before it.
 */
const isNotGivenUp = ({ channels, channel }: Notice, queue: Channel): boolean =>
  channel !== 'email' || (channels.includes(queue) && channels.indexOf(queue) < channels.indexOf(channel));

/** An email in doubt is sent once more, not more often (§3); then a person decides, as with every SMS in doubt. */
function whileInDoubt(stored: Notice, channel: Channel, lease: LeaseOffer, now: Instant): Step {
  if (waitsForPerson(stored)) return { kind: 'drop', why: 'in-doubt' };
  if (channel !== 'email') return { kind: 'forward', to: 'email' };
  if (stored.dueAt > now) return { kind: 'wait', until: stored.dueAt };
  return claim('resendInDoubt', stored, lease, { possibleDuplicate: true });
}

function whileSending(
  stored: Notice,
  channel: Channel,
  { retry }: Pick<Policy, 'retry'>,
  lease: LeaseOffer,
  now: Instant,
): Step {
  const leaseUntil = stored.leaseUntil ?? now;
  if (leaseUntil >= now) {
    // Another worker is sending. Its message deletes itself; this one looks again when that lease is over.
    return { kind: 'wait', until: leaseUntil };
  }
  if (stored.channel === 'sms') {
    return move('doubt', 'IN_DOUBT', stored, { ...deadClaim(stored, now), reason: 'worker-died' });
  }
  if (stored.channel !== channel) {
    if (isNotGivenUp(stored, channel)) return { kind: 'forward', to: stored.channel };
    return redriven(stored, channel, deadClaim(stored, now));
  }
  if (leaseUntil >= quietLimit(now)) return { kind: 'wait', until: quietSince(leaseUntil) };
  if (stored.used >= retry.email.maxAttempts) {
    // Every attempt died with its worker. What follows is what the redrive policy would do at last.
    return { kind: 'forward', to: stored.channels[stored.channels.indexOf(channel) + 1] ?? 'final' };
  }
  const taken = { ...deadClaim(stored, now), possibleDuplicate: true };
  return claim('takeover', stored, lease, taken, retry.email.maxAttempts);
}

/** The queue's own policy moved the message on: the notice follows, or ends when its customer has no such channel. */
function redriven(stored: Notice, channel: Channel, dead: NoticeChange | null): Step {
  const gone = { ...dead, reason: 'redriven' };
  if (!stored.channels.includes(channel))
    return move(dead ? 'givenUpFromDead' : 'givenUp', 'UNDELIVERABLE', stored, gone);
  const moved = { ...gone, channel, used: 0, throttled: 0 };
  return move(dead ? 'redrivenFromDead' : 'redriven', 'RETRYING', stored, moved);
}

type Write = Extract<Step, { kind: 'claim' | 'move' }>;

const move = (row: Transition['row'], to: Transition['to'], stored: Notice, change: Transition['change']): Write => ({
  kind: 'move',
  transition: { row, to, channel: stored.channel, change, read: stored },
});

const claim = (
  row: 'claim' | 'takeover' | 'resendInDoubt',
  stored: Notice,
  lease: LeaseOffer,
  change: NoticeChange,
  maxAttempts?: number,
): Write => ({
  kind: 'claim',
  transition: {
    row,
    ...(maxAttempts === undefined ? {} : { maxAttempts }),
    to: 'SENDING',
    channel: stored.channel,
    read: stored,
    change: { ...change, leaseToken: lease.token, leaseUntil: lease.until, used: stored.used + 1 },
  },
});

/** A message in a stopped queue is received again so seldom that the redrive policy does not move it on within half a day. */
const inAnHour = (now: Instant): Instant => instantOf(epochMs(now) + 3_600_000);
const later = (a: Instant, b: Instant): Instant => (a > b ? a : b);
