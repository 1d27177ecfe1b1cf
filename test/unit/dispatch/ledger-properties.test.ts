/**
 * Random lives of one notice: two workers on each channel, messages that come twice, late or on the wrong queue, workers
 * that die or write late, providers that answer anything and tell of it in any order. Whatever happens, the promises of
 * the ledger hold.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { afterAnswer } from '../../../lambdas/dispatch/domain/after-answer.ts';
import { afterEvent } from '../../../lambdas/dispatch/domain/after-event.ts';
import { PROVIDER_CLASSES, type Answer, type ProviderClass } from '../../../lambdas/dispatch/domain/answer.ts';
import {
  allows,
  applied,
  FINAL_STATES,
  TRANSITIONS,
  type Attempt,
  type Notice,
  type Transition,
} from '../../../lambdas/dispatch/domain/ledger.ts';
import {
  afterAnswers,
  CLOSED,
  FAILURES_TO_OPEN,
  phaseOf,
  withProbe,
  type Breaker,
} from '../../../lambdas/dispatch/domain/breaker.ts';
import {
  canBeSettled,
  holding,
  isHeldByPerson,
  releasing,
  settling,
} from '../../../lambdas/dispatch/domain/by-person.ts';
import { keptOnItsChannel, leavesItsChannel, nextStep } from '../../../lambdas/dispatch/domain/next-step.ts';
import {
  DEFAULT_POLICY,
  type Channel,
  type Policy,
  type QuietWindow,
} from '../../../lambdas/dispatch/domain/policy.ts';
import type { EventKind, ProviderEvent } from '../../../lambdas/dispatch/domain/provider-event.ts';
import { endOfTheLine, REOPENED } from '../../../lambdas/dispatch/domain/redriven.ts';
import { nextSlot } from '../../../lambdas/dispatch/domain/slots.ts';
import { breakerOpen, pausedAt } from '../../../lambdas/dispatch/domain/stop.ts';
import { nextOpen } from '../../../lambdas/dispatch/domain/when.ts';
import { instantOf, epochMs, type Instant } from '../../../lambdas/kernel/dates.ts';
import { minutesAfterNoon, NOON, plannedNotice } from '../../support/notices.ts';

const POLICY = { ...DEFAULT_POLICY, quietHours: { ...DEFAULT_POLICY.quietHours, system: null } };
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

interface Life {
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
          if (end) write(end);
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
        if (write(step.transition) && step.kind === 'claim') {
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
  return { policy, history, accepted, events: heard, last: stored };
}

const EVENT_ROWS: readonly string[] = ['event', 'lateBounce', 'afterBounce'];
/** Their writers found that the worker of the claim had died: it may have sent. */
const DEAD_ROWS: readonly string[] = ['takeover', 'doubt', 'redrivenFromDead', 'givenUpFromDead'];
const PERSON_ROWS: readonly string[] = ['settleByPerson', 'reopen'];

const answerOf = ({ channel, number, at, class: answer }: Attempt) => ({ channel, number, at, answer });

const lives = fc
  .record({
    events: fc.array(event, { maxLength: 60 }),
    quiet: fc.constantFrom(null, QUIET),
    dueAt: fc.constantFrom(0, 0, 0, 15, 60 * 24 * 14).map(minutesAfterNoon),
  })
  .map(live);
const always = (property: (life: Life) => void): void => {
  fc.assert(fc.property(lives, property), { numRuns: 3000 });
};

describe('whatever happens to a notice', () => {
  it('every write stands in the transition table', () => {
    always(({ history }) => {
      for (const { from, transition } of history) {
        const row = TRANSITIONS[transition.row];
        expect(row.from).toContain(from.state);
        expect(row.to).toContain(transition.to);
      }
    });
  });

  it('no worker leaves a final state; a provider’s event does, and a person', () => {
    always(({ history }) => {
      for (const { from, transition } of history)
        if (![...EVENT_ROWS, ...PERSON_ROWS].includes(transition.row)) expect(FINAL_STATES).not.toContain(from.state);
    });
  });

  it('a claim is never given while another lease holds', () => {
    always(({ history }) => {
      for (const { from, transition, now } of history)
        if (transition.to === 'SENDING' && from.leaseUntil !== null) expect(from.leaseUntil < now).toBe(true);
    });
  });

  it('what a person holds is moved by nothing but its release', () => {
    always(({ history }) => {
      for (const { from, transition } of history)
        if (isHeldByPerson(from)) expect(transition.row).toBe('releaseByPerson');
    });
  });

  it('an SMS is claimed once, unless its provider refused it or was not there, or a person reopened it', () => {
    always(({ history }) => {
      const claims = history.filter(({ transition: t }) => t.to === 'SENDING' && t.channel === 'sms');
      for (const { from } of claims.slice(1)) {
        if (from.reason === REOPENED || from.reopened !== undefined) continue;
        const last = from.attempts.at(-1);
        expect(['TEMPORARY', 'THROTTLED', 'PROVIDER_DOWN']).toContain(last?.class);
      }
    });
  });

  it('nothing is sent after an acceptance that was written, unless it came back', () => {
    always(({ history }) => {
      const sent = history.findIndex(({ transition: { to } }) => to === 'SENT' || to === 'DELIVERED');
      const claims = history.slice(sent + 1).filter(({ transition }) => transition.to === 'SENDING');
      if (sent < 0 || claims.length === 0) return;
      const back = history.findIndex(({ transition: { to } }, index) => index > sent && to === 'BOUNCED');
      expect(back).toBeGreaterThan(sent);
      expect(history.indexOf(claims[0] as (typeof claims)[0])).toBeGreaterThan(back);
    });
  });

  it('no SMS follows an email that the ledger knows to have arrived', () => {
    always(({ history }) => {
      for (const { from, transition } of history)
        if (transition.to === 'SENDING' && transition.channel === 'sms')
          expect(from.attempts.filter(({ became }) => became === 'delivered')).toEqual([]);
    });
  });

  it('a bounce of the only email goes on to SMS at once, and its event coming again asks the SMS queue again', () => {
    always(({ events }) => {
      for (const { before, event, after, at } of events) {
        if (!event.kind.startsWith('bounced') || before.channel !== 'email') continue;
        const emails = after.attempts.filter(({ became }) => became !== 'bounced');
        if (!['SENT', 'DELIVERED'].includes(before.state) || emails.length > 0) continue;
        expect(after).toMatchObject({ state: 'RETRYING', channel: 'sms', used: 0, dueAt: at });
        expect(afterEvent(after, event, at)).toEqual({ kind: 'tell', to: 'sms' });
      }
    });
  });

  it('an event that comes twice changes nothing the second time', () => {
    always(({ events }) => {
      for (const { event, after, at } of events) expect(afterEvent(after, event, at).kind).not.toBe('move');
    });
  });

  it('a second acceptance on email was marked as a possible duplicate before it was sent', () => {
    always(({ accepted }) => {
      const emails = accepted.filter(({ channel }) => channel === 'email');
      // Answers come in any order: the first send's may be the last to be told.
      expect(emails.filter(({ lost }) => !lost).length).toBeLessThanOrEqual(1);
      expect(emails.filter(({ possibleDuplicate }) => !possibleDuplicate).length).toBeLessThanOrEqual(1);
    });
  });

  it('no more attempts are used than the policy gives, and every send is kept: its answer, or that its worker died', () => {
    always(({ last, history }) => {
      for (const channel of ['email', 'sms'] as const) {
        const used = last.attempts.filter(
          ({ channel: on, class: is, givenBack }) => on === channel && is === 'TEMPORARY' && !givenBack,
        );
        const times = 1 + (last.reopened ?? 0);
        expect(used.length).toBeLessThanOrEqual(times * POLICY.retry[channel].maxAttempts);
      }
      for (const { from, transition } of history) {
        const after = transition.change.attempts ?? from.attempts;
        // Marked, never changed or left out.
        expect(after.slice(0, from.attempts.length).map(answerOf)).toEqual(from.attempts.map(answerOf));
        const answers = after.length - from.attempts.length;
        if (transition.row === 'answer') expect(answers).toBe(1);
        else if (DEAD_ROWS.includes(transition.row)) {
          const { channel, used: number, leaseToken: lease } = from;
          expect(after.slice(-answers)).toMatchObject([{ channel, number, class: 'UNKNOWN', lease }]);
        } else if (from.state === 'SENDING' && transition.row === 'event') expect(answers).toBeGreaterThanOrEqual(1);
        else if (transition.row !== 'event' && transition.row !== 'lateBounce') expect(answers).toBe(0);
      }
    });
  });

  it('no stop sends a notice earlier than it was due: not quiet hours, a pause, an open breaker', () => {
    always(({ history }) => {
      for (const { from, transition } of history)
        if (transition.to === 'HELD') expect((transition.change.dueAt ?? from.dueAt) >= from.dueAt).toBe(true);
    });
  });

  it('no claim is given in quiet time, nor before a notice is due', () => {
    always(({ policy, history }) => {
      for (const { from, transition, now } of history) {
        if (transition.to !== 'SENDING') continue;
        expect(nextOpen(policy, {}, transition.channel, now).at).toBe(now);
        if (from.state !== 'SENDING') expect(from.dueAt <= now).toBe(true);
      }
    });
  });

  it('no claim is given while dispatch is paused', () => {
    always(({ history }) => {
      for (const { transition, paused } of history) if (paused) expect(transition.to).not.toBe('SENDING');
    });
  });

  it('while its breaker is not closed, a failure costs a notice neither an attempt nor its channel', () => {
    always(({ history }) => {
      for (const { from, transition, isOpen } of history) {
        const answer = transition.row === 'answer' ? transition.change.attempts?.at(-1) : undefined;
        if (!isOpen || answer?.class !== 'TEMPORARY') continue;
        expect([transition.to, transition.change.channel, answer.givenBack]).toEqual(['HELD', undefined, true]);
        expect(transition.change.used).toBeLessThan(from.used);
      }
    });
  });

  it('used counts what no answer took back: never below zero, never above the claims', () => {
    always(({ history, last }) => {
      const claims = history.filter(({ transition: { to, channel } }) => to === 'SENDING' && channel === last.channel);
      expect(last.used).toBeGreaterThanOrEqual(0);
      expect(last.used).toBeLessThanOrEqual(claims.length);
    });
  });

  it('what came back goes on with the next message, whoever heard of it and died', () => {
    always(({ last }) => {
      if (last.state !== 'BOUNCED') return;
      const gate = { stop: null, outage: null };
      const step = nextStep(last, 'email', POLICY, { token: 't', until: NOON }, NOON, gate);
      expect(step).toMatchObject({ kind: 'move', transition: { row: 'afterBounce', to: 'RETRYING' } });
      const after = step.kind === 'move' ? applied(last, step.transition) : last;
      expect(nextStep(after, 'email', POLICY, { token: 't', until: NOON }, NOON, gate)).toEqual({
        kind: 'forward',
        to: 'sms',
      });
    });
  });

  it('a notice goes forward through its channels, never back', () => {
    always(({ history, last }) => {
      const path = [...history.map(({ from }) => from.channel), last.channel];
      expect(path.lastIndexOf('email')).toBeLessThan(path.includes('sms') ? path.indexOf('sms') : path.length);
    });
  });
});
