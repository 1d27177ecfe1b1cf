/**
 * Random lives of one notice: two workers on each channel, messages that come twice, late or on the wrong queue, workers
 * that die or write late, providers that answer anything. Whatever happens, the promises of the ledger hold.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { afterAnswer } from '../../../lambdas/dispatch/domain/after-answer.ts';
import { PROVIDER_CLASSES, type Answer, type ProviderClass } from '../../../lambdas/dispatch/domain/answer.ts';
import {
  allows,
  applied,
  FINAL_STATES,
  TRANSITIONS,
  type Notice,
  type Transition,
} from '../../../lambdas/dispatch/domain/ledger.ts';
import { nextStep } from '../../../lambdas/dispatch/domain/next-step.ts';
import { DEFAULT_POLICY, type Channel } from '../../../lambdas/dispatch/domain/policy.ts';
import { endOfTheLine } from '../../../lambdas/dispatch/domain/redriven.ts';
import { pausedAt } from '../../../lambdas/dispatch/domain/stop.ts';
import { instantOf, epochMs, type Instant } from '../../../lambdas/kernel/dates.ts';
import { NOON, plannedNotice } from '../../support/notices.ts';

const POLICY = { ...DEFAULT_POLICY, quietHours: { ...DEFAULT_POLICY.quietHours, system: null } };
const LEASE_MS = 60_000;

type Event =
  | { readonly kind: 'receive'; readonly queue: Channel | 'final' }
  | { readonly kind: 'answer'; readonly class: ProviderClass; readonly late: boolean }
  | { readonly kind: 'die' }
  | { readonly kind: 'pause'; readonly on: boolean }
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
    weight: 4,
    arbitrary: fc.record({ kind: fc.constant('pass' as const), seconds: fc.constantFrom(1, 30, 61, 600, 1000) }),
  },
);

interface Sending {
  readonly notice: Notice;
  readonly until: Instant;
}

interface Life {
  readonly history: {
    readonly from: Notice;
    readonly transition: Transition;
    readonly now: Instant;
    readonly paused: boolean;
  }[];
  readonly accepted: { readonly channel: Channel; readonly possibleDuplicate: boolean; readonly lost: boolean }[];
  readonly last: Notice;
}

/** Plays the events. A worker that holds a claim sends at once; its answer is written later, or never. */
function live(events: readonly Event[]): Life {
  let stored = plannedNotice();
  let now = NOON;
  let tokens = 0;
  let paused = false;
  const sending: Sending[] = [];
  const history: Life['history'] = [];
  const accepted: Life['accepted'] = [];
  const write = (transition: Transition): boolean => {
    if (!allows(stored, transition, now)) return false;
    history.push({ from: stored, transition, now, paused });
    stored = applied(stored, transition);
    return true;
  };
  for (const each of events) {
    switch (each.kind) {
      case 'pass':
        now = instantOf(epochMs(now) + each.seconds * 1000);
        break;
      case 'pause':
        paused = each.on;
        break;
      case 'die':
        sending.pop();
        break;
      case 'answer': {
        const worker = each.late ? sending.shift() : sending.pop();
        if (!worker) break;
        const { notice } = worker;
        const answer: Answer =
          each.class === 'ACCEPTED'
            ? { class: 'ACCEPTED', providerMessageId: 'm' }
            : { class: each.class, reason: 'r' };
        const outcome = afterAnswer(notice, answer, POLICY, now, 0.5);
        const isWritten = write(outcome.transition);
        if (each.class === 'ACCEPTED')
          accepted.push({ channel: notice.channel, possibleDuplicate: notice.possibleDuplicate, lost: !isWritten });
        break;
      }
      case 'receive': {
        if (each.queue === 'final') {
          const end = endOfTheLine(stored, now);
          if (end) write(end);
          break;
        }
        const lease = { token: String(++tokens), until: instantOf(epochMs(now) + LEASE_MS) };
        const step = nextStep(stored, each.queue, POLICY, lease, now, paused ? pausedAt(now) : null);
        if (step.kind !== 'claim' && step.kind !== 'move') break;
        if (write(step.transition) && step.kind === 'claim') sending.push({ notice: stored, until: lease.until });
        break;
      }
    }
  }
  return { history, accepted, last: stored };
}

const lives = fc.array(event, { maxLength: 60 }).map(live);
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

  it('no worker leaves a final state', () => {
    always(({ history }) => {
      for (const { from } of history) expect(FINAL_STATES).not.toContain(from.state);
    });
  });

  it('a claim is never given while another lease holds', () => {
    always(({ history }) => {
      for (const { from, transition, now } of history)
        if (transition.to === 'SENDING' && from.leaseUntil !== null) expect(from.leaseUntil < now).toBe(true);
    });
  });

  it('no claim is given while dispatch is paused', () => {
    always(({ history }) => {
      for (const { transition, paused } of history) if (paused) expect(transition.to).not.toBe('SENDING');
    });
  });

  it('an SMS is claimed once, unless its provider refused it or was not there', () => {
    always(({ history }) => {
      const claims = history.filter(({ transition: t }) => t.to === 'SENDING' && t.channel === 'sms');
      for (const { from } of claims.slice(1)) {
        const last = from.attempts.at(-1);
        expect(['TEMPORARY', 'THROTTLED', 'PROVIDER_DOWN']).toContain(last?.class);
      }
    });
  });

  it('nothing is sent after an acceptance that was written', () => {
    always(({ history }) => {
      const sent = history.findIndex(({ transition }) => transition.to === 'SENT');
      if (sent >= 0) expect(sent).toBe(history.length - 1);
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

  it('no more attempts are used than the policy gives, and every answer is kept', () => {
    always(({ last, history }) => {
      for (const channel of ['email', 'sms'] as const) {
        const used = last.attempts.filter((attempt) => attempt.channel === channel && attempt.class === 'TEMPORARY');
        expect(used.length).toBeLessThanOrEqual(POLICY.retry[channel].maxAttempts);
      }
      expect(last.attempts.length).toBe(history.filter(({ transition }) => transition.row === 'answer').length);
    });
  });

  it('a notice goes forward through its channels, never back', () => {
    always(({ history, last }) => {
      const path = [...history.map(({ from }) => from.channel), last.channel];
      expect(path.lastIndexOf('email')).toBeLessThan(path.includes('sms') ? path.indexOf('sms') : path.length);
    });
  });
});
