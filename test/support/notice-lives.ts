/**
 * Random lives of one notice: two workers on each channel, messages that come twice, late or on the wrong queue, workers
 * that die or write late, providers that answer anything and tell of it in any order.
 */
import fc from 'fast-check';
import { expect } from 'vitest';
import { afterAnswer } from '../../lambdas/dispatch/domain/after-answer.ts';
import { afterEvent } from '../../lambdas/dispatch/domain/after-event.ts';
import { PROVIDER_CLASSES, type Answer, type ProviderClass } from '../../lambdas/dispatch/domain/answer.ts';
import { allows, applied, type Notice, type Transition } from '../../lambdas/dispatch/domain/ledger.ts';
import {
  afterAnswers,
  CLOSED,
  FAILURES_TO_OPEN,
  phaseOf,
  withProbe,
  type Breaker,
} from '../../lambdas/dispatch/domain/breaker.ts';
import { canBeSettled, holding, releasing, settling } from '../../lambdas/dispatch/domain/by-person.ts';
import { keptOnItsChannel, leavesItsChannel, nextStep } from '../../lambdas/dispatch/domain/next-step.ts';
import { DEFAULT_POLICY, type Channel, type Policy, type QuietWindow } from '../../lambdas/dispatch/domain/policy.ts';
import type { EventKind, ProviderEvent } from '../../lambdas/dispatch/domain/provider-event.ts';
import { endOfTheLine } from '../../lambdas/dispatch/domain/redriven.ts';
import { nextSlot } from '../../lambdas/dispatch/domain/slots.ts';
import { breakerOpen, pausedAt } from '../../lambdas/dispatch/domain/stop.ts';
import { instantOf, epochMs, type Instant } from '../../lambdas/kernel/dates.ts';
import { minutesAfterNoon, NOON, plannedNotice } from './notices.ts';

export const POLICY = { ...DEFAULT_POLICY, quietHours: { ...DEFAULT_POLICY.quietHours, system: null } };
/** Lives begin at noon and take about an hour: half of them come through this. */
const QUIET: QuietWindow = { from: '12:10', to: '12:40' };
const LEASE_MS = 60_000;

type Event =
  | { readonly kind: 'receive'; readonly queue: Channel | 'final' }
  | { readonly kind: 'answer'; readonly class: ProviderClass; readonly late: boolean }
  | { readonly kind: 'die' }
  | { readonly kind: 'pause'; readonly on: boolean }
  /** Other notices of the channel fail, or succeed. */
  | { readonly kind: 'others'; readonly channel: Channel; readonly fail: boolean }
  | { readonly kind: 'person'; readonly does: 'hold' | 'release' | 'sent' | 'planned' }
  /** The provider tells of one of the emails it took so far, counted from the last; who hears it may die after one write. */
  | { readonly kind: 'told'; readonly of: number; readonly says: EventKind; readonly isCut: boolean }
  | { readonly kind: 'pass'; readonly seconds: number };

const event: fc.Arbitrary<Event> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant('receive' as const),
      queue: fc.constantFrom('email' as const, 'sms' as const),
    }),
  },
  { weight: 1, arbitrary: fc.constant({ kind: 'receive' as const, queue: 'final' as const }) },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('answer' as const),
      class: fc.constantFrom(...PROVIDER_CLASSES),
      late: fc.boolean(),
    }),
  },
  { weight: 1, arbitrary: fc.constant({ kind: 'die' as const }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('pause' as const), on: fc.boolean() }) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('others' as const),
      channel: fc.constantFrom('email' as const, 'sms' as const),
      fail: fc.boolean(),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('person' as const),
      does: fc.constantFrom('hold' as const, 'release' as const, 'sent' as const, 'planned' as const),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('told' as const),
      of: fc.constantFrom(0, 0, 0, 1, 2),
      says: fc.constantFrom<EventKind>('sent', 'delivered', 'bounced-hard', 'bounced-soft', 'complained'),
      isCut: fc.integer({ min: 0, max: 3 }).map((number) => number === 0),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constant('pass' as const), seconds: fc.constantFrom(1, 30, 61, 600, 1000) }),
  },
);

/** A send, from its claim on. The provider may have taken it before the worker knows, or though the worker died. */
interface Sending {
  readonly notice: Notice;
  readonly probe: string | null;
  readonly messageId: string;
  isRefused: boolean;
  isTold: boolean;
}

export interface Life {
  readonly policy: Pick<Policy, 'quietHours' | 'retry'>;
  readonly history: {
    readonly from: Notice;
    readonly transition: Transition;
    readonly now: Instant;
    /** What the channel's breaker was when the answer had been counted. */
    readonly isOpen: boolean;
    readonly paused: boolean;
  }[];
  readonly accepted: { readonly channel: Channel; readonly possibleDuplicate: boolean; readonly lost: boolean }[];
  readonly events: readonly {
    readonly before: Notice;
    readonly event: ProviderEvent;
    readonly after: Notice;
    readonly at: Instant;
  }[];
  readonly last: Notice;
  /** What a worker decided by the notice as it stands, and the table refused all the same. */
  readonly refused: readonly Transition[];
}

interface Start {
  readonly events: readonly Event[];
  readonly quiet: QuietWindow | null;
  /** When the notice is due; messages come before that, too. */
  readonly dueAt: Instant;
}

/** Plays the events. A worker that holds a claim sends at once; its answer is written later, or never. */
function live({ events, quiet, dueAt }: Start): Life {
  const policy = { ...POLICY, quietHours: { ...POLICY.quietHours, system: quiet } };
  let stored = plannedNotice({ dueAt });
  let now = NOON;
  let paused = false;
  let tokens = 0;
  const sending: Sending[] = [];
  const sends: Sending[] = [];
  const heard: { before: Notice; event: ProviderEvent; after: Notice; at: Instant }[] = [];
  const history: Life['history'] = [];
  const accepted: Life['accepted'] = [];
  const refused: Transition[] = [];
  const breakers: Record<Channel, Breaker> = { email: CLOSED, sms: CLOSED };
  const write = (transition: Transition): boolean => {
    if (!allows(stored, transition, now)) return false;
    const isOpen = phaseOf(breakers[stored.channel], now) !== 'closed';
    history.push({ from: stored, transition, now, isOpen, paused });
    stored = applied(stored, transition);
    return true;
  };
  /** Carries an event out to its end, or to its first write. */
  const hear = (event: ProviderEvent, isCut: boolean): void => {
    for (let step = afterEvent(stored, event, now); step.kind === 'move'; step = afterEvent(stored, event, now)) {
      expect(write(step.transition)).toBe(true);
      if (isCut) return;
    }
  };
  for (const each of events) {
    switch (each.kind) {
      case 'pass':
        now = instantOf(epochMs(now) + each.seconds * 1000);
        break;
      case 'pause':
        paused = each.on;
        break;
      case 'person':
        if (each.does === 'hold') write(holding(stored));
        else if (each.does === 'release') write(releasing(stored));
        else if (canBeSettled(stored, each.does)) expect(write(settling(stored, each.does, now))).toBe(true);
        break;
      case 'die':
        sending.pop();
        break;
      case 'others': {
        const told = { class: each.fail ? ('TEMPORARY' as const) : ('ACCEPTED' as const), reason: 'r', at: now };
        const before = breakers[each.channel];
        // Whoever succeeds while it is half-open was the probe.
        const probed = withProbe(before, 'other', instantOf(epochMs(now) + LEASE_MS), now) ?? before;
        const answers = each.fail ? Array.from({ length: FAILURES_TO_OPEN }, () => told) : [told];
        breakers[each.channel] = afterAnswers(probed, answers, 'other');
        break;
      }
      case 'answer': {
        const worker = each.late ? sending.shift() : sending.pop();
        if (!worker) break;
        const { notice, messageId: providerMessageId } = worker;
        // What the provider told of already, it took.
        const answers = worker.isTold && each.class !== 'UNKNOWN' ? 'ACCEPTED' : each.class;
        const answer: Answer =
          answers === 'ACCEPTED' ? { class: answers, providerMessageId } : { class: answers, reason: 'r' };
        worker.isRefused = answers !== 'ACCEPTED' && answers !== 'UNKNOWN';
        const { channel } = notice;
        const reason = answer.class === 'ACCEPTED' ? null : answer.reason;
        breakers[channel] = afterAnswers(breakers[channel], [{ class: answer.class, reason, at: now }], worker.probe);
        const outcome = afterAnswer(notice, answer, POLICY, now, 0.5, breakers[channel]);
        const isWritten = write(outcome.transition);
        if (answers === 'ACCEPTED')
          accepted.push({ channel: notice.channel, possibleDuplicate: notice.possibleDuplicate, lost: !isWritten });
        break;
      }
      case 'receive': {
        if (each.queue === 'final') {
          const end = endOfTheLine(stored, {}, now);
          if (end && !write(end)) refused.push(end);
          break;
        }
        const lease = { token: String(++tokens), until: instantOf(epochMs(now) + LEASE_MS) };
        const breaker = breakers[each.queue];
        const { outage } = breaker;
        const phase = phaseOf(breaker, now);
        const probed = phase === 'half-open' ? withProbe(breaker, lease.token, lease.until, now) : null;
        const isShut = phase === 'open' || (phase === 'half-open' && !probed);
        const shut = isShut ? breakerOpen(nextSlot(now)) : null;
        const gate = { stop: paused ? pausedAt(now) : shut, outage };
        const asked = nextStep(stored, each.queue, policy, lease, now, gate);
        const { openUntil } = breakers[stored.channel];
        const isKept = openUntil !== null && leavesItsChannel(asked);
        const step = isKept ? keptOnItsChannel(stored, breakerOpen(nextSlot(now)), policy, now) : asked;
        if (step.kind !== 'claim' && step.kind !== 'move') break;
        if (step.kind === 'claim' && probed) breakers[each.queue] = probed;
        const isWritten = write(step.transition);
        if (!isWritten) refused.push(step.transition);
        if (isWritten && step.kind === 'claim') {
          const send = {
            notice: stored,
            messageId: `m${tokens}`,
            probe: probed ? lease.token : null,
            isRefused: false,
            isTold: false,
          };
          sending.push(send);
          sends.push(send);
        }
        break;
      }
      case 'told': {
        const send = sends.filter(({ notice, isRefused }) => notice.channel === 'email' && !isRefused).at(-1 - each.of);
        if (!send) break;
        send.isTold = true;
        const event: ProviderEvent = {
          notice: { version: 1, noticeId: stored.noticeId, month: stored.month, bucket: stored.bucket },
          kind: each.says,
          lease: send.notice.leaseToken ?? '',
          attempt: send.notice.attempts.length + 1,
          providerMessageId: send.messageId,
          recipient: 'hash',
          reason: 'Bounce',
        };
        const before = stored;
        hear(event, each.isCut);
        if (!each.isCut) heard.push({ before, event, after: stored, at: now });
        break;
      }
    }
  }
  return { policy, history, accepted, events: heard, last: stored, refused };
}

/** Lives of any kind, played to their end. */
export const lives = fc
  .record({
    events: fc.array(event, { maxLength: 60 }),
    quiet: fc.constantFrom(null, QUIET),
    dueAt: fc.constantFrom(0, 0, 0, 15, 60 * 24 * 14).map(minutesAfterNoon),
  })
  .map(live);
