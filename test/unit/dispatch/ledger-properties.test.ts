/** Whatever happens to a notice, the promises of the ledger hold: in every life, whatever its workers, providers and people do. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { afterEvent } from '../../../lambdas/dispatch/domain/after-event.ts';
import { isHeldByPerson } from '../../../lambdas/dispatch/domain/by-person.ts';
import { applied, FINAL_STATES, type Attempt } from '../../../lambdas/dispatch/domain/ledger.ts';
import { nextStep } from '../../../lambdas/dispatch/domain/next-step.ts';
import { REOPENED } from '../../../lambdas/dispatch/domain/redriven.ts';
import { nextOpen } from '../../../lambdas/dispatch/domain/when.ts';
import { lives, POLICY, type Life } from '../../support/notice-lives.ts';
import { NOON } from '../../support/notices.ts';

const EVENT_ROWS: readonly string[] = ['event', 'lateBounce', 'afterBounce'];
/** Their writers found that the worker of the claim had died: it may have sent. */
const DEAD_ROWS: readonly string[] = ['takeover', 'doubt', 'redrivenFromDead', 'givenUpFromDead'];
const PERSON_ROWS: readonly string[] = ['settleByPerson', 'reopen'];

const answerOf = ({ channel, number, at, class: answer }: Attempt) => ({ channel, number, at, answer });

const always = (property: (life: Life) => void): void => {
  fc.assert(fc.property(lives, property), { numRuns: 3000 });
};

describe('whatever happens to a notice', () => {
  it('the table refuses nothing that a worker decides by the notice as it stands', () => {
    always(({ refused }) => {
      expect(refused).toEqual([]);
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
