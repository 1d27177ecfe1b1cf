/** Messages on a queue that their notice is not on: handed back, taken along, or kept waiting, but never sent round for good. */
import { describe, expect, it } from 'vitest';
import { afterEvent } from '../../../lambdas/dispatch/domain/after-event.ts';
import { forwarded } from '../../../lambdas/dispatch/domain/forwarded.ts';
import { giveBack } from '../../../lambdas/dispatch/domain/give-back.ts';
import { applied, type Notice } from '../../../lambdas/dispatch/domain/ledger.ts';
import { messageOf } from '../../../lambdas/dispatch/domain/message-of.ts';
import { isUnattempted, keptOnItsChannel, nextStep } from '../../../lambdas/dispatch/domain/next-step.ts';
import { DEFAULT_POLICY, type Channel } from '../../../lambdas/dispatch/domain/policy.ts';
import { endOfTheLine } from '../../../lambdas/dispatch/domain/redriven.ts';
import { breakerOpen } from '../../../lambdas/dispatch/domain/stop.ts';
import { at, minutesAfterNoon, NOON, plannedNotice } from '../../support/notices.ts';

const POLICY = { ...DEFAULT_POLICY, quietHours: { ...DEFAULT_POLICY.quietHours, system: null } };
const stepOn = (queue: Channel, change: Partial<Notice>) =>
  nextStep(plannedNotice(change), queue, POLICY, { token: 't', until: minutesAfterNoon(61) }, minutesAfterNoon(60), {
    stop: null,
    outage: null,
  });
const dead = { state: 'SENDING', leaseToken: 'x', leaseUntil: NOON } as const;

describe('a claim whose worker died', () => {
  const told = {
    channel: 'email',
    number: 1,
    at: minutesAfterNoon(60),
    class: 'UNKNOWN',
    reason: 'worker-died',
    lease: 'x',
  };
  const died = (change: Partial<Notice> = {}): Partial<Notice> => ({ ...dead, used: 1, ...change });

  it('is kept as an attempt without an answer, by whoever finds it', () => {
    const bySms = { ...told, channel: 'sms' };
    expect(stepOn('sms', died({ channel: 'sms' }))).toMatchObject({
      transition: { row: 'doubt', change: { attempts: [bySms] } },
    });
    expect(stepOn('email', died())).toMatchObject({
      transition: { row: 'takeover', change: { attempts: [told], used: 2 } },
    });
    expect(stepOn('sms', died())).toMatchObject({
      transition: { row: 'redrivenFromDead', to: 'RETRYING', change: { attempts: [told], used: 0 } },
    });
    expect(endOfTheLine(plannedNotice(died()), {}, minutesAfterNoon(60))).toMatchObject({
      change: { attempts: [told] },
    });
  });

  it('is found by the provider’s event, under the lease that it was sent under', () => {
    const takeover = stepOn('email', died());
    if (takeover.kind !== 'claim') throw new Error('it is not taken over');
    const sending = applied(plannedNotice(died()), takeover.transition);
    const { noticeId, month, bucket } = sending;
    const event = {
      ...{ notice: { version: 1 as const, noticeId, month, bucket }, kind: 'sent' as const, lease: 'x', attempt: 1 },
      ...{ providerMessageId: 'm1', recipient: 'hash', reason: 'Send' },
    };
    const heard = afterEvent(sending, event, minutesAfterNoon(60));
    const found = { ...told, providerMessageId: 'm1', became: 'sent' };
    const open = { number: 2, class: 'UNKNOWN', lease: 't' };
    expect(heard).toMatchObject({ kind: 'move', transition: { to: 'SENT', change: { attempts: [found, open] } } });
  });

  it('is not an attempt that was finished: its fallback is one that nobody tried, and an outage gives nothing back for it', () => {
    const attempts = [told] as Notice['attempts'];
    expect(isUnattempted({ channel: 'email', attempts })).toBe(true);
    const outage = { since: NOON, until: null };
    expect(giveBack({ channel: 'email', used: 1, attempts }, outage)).toBeNull();
    const finished = [{ ...told, reason: 'TimeoutError' }] as Notice['attempts'];
    expect(isUnattempted({ channel: 'email', attempts: finished })).toBe(false);
  });
});

describe('a message at night of a notice that is due in two weeks', () => {
  const NIGHT = at('2026-02-01T14:00:00Z');
  const dueAt = at('2026-02-14T23:00:00Z');
  const lease = { token: 't', until: minutesAfterNoon(700) };
  const open = { stop: null, outage: null };

  it.each(['PLANNED', 'HELD'] as const)('leaves it its time when it is %s', (state) => {
    const step = nextStep(plannedNotice({ state, dueAt }), 'email', DEFAULT_POLICY, lease, NIGHT, open);
    expect(step).toEqual({ kind: 'mark', until: dueAt });
  });

  it('leaves it its time when it would leave email while that is down', () => {
    const step = keptOnItsChannel(plannedNotice({ dueAt }), breakerOpen(minutesAfterNoon(670)), DEFAULT_POLICY, NIGHT);
    expect(step).toMatchObject({ kind: 'move', transition: { to: 'HELD', change: { dueAt, reason: 'breaker' } } });
  });

  it('holds it until morning once it is due', () => {
    const step = nextStep(plannedNotice({ dueAt: NIGHT }), 'email', DEFAULT_POLICY, lease, NIGHT, open);
    const morning = { dueAt: at('2026-02-01T23:00:00Z'), reason: 'quiet-hours' };
    expect(step).toMatchObject({ kind: 'move', transition: { row: 'hold', to: 'HELD', change: morning } });
  });
});

describe('a message on the email queue of a notice on SMS', () => {
  it.each([[['email', 'sms']], [['sms', 'email']], [['sms']]] as const)(
    'goes back to SMS, which nothing has given up: channels %j',
    (channels) => {
      for (const state of ['PLANNED', 'RETRYING'] as const)
        expect(stepOn('email', { state, channels, channel: 'sms' })).toEqual({ kind: 'forward', to: 'sms' });
    },
  );

  it('does not take an SMS whose worker died to email: it may have been sent', () => {
    const step = stepOn('email', { ...dead, channels: ['sms', 'email'], channel: 'sms' });
    expect(step).toMatchObject({ kind: 'move', transition: { row: 'doubt', to: 'IN_DOUBT', channel: 'sms' } });
  });
});

describe('a message on the SMS queue of a notice on email', () => {
  it('takes the notice along when SMS comes after email, and goes back when it came before', () => {
    expect(stepOn('sms', { state: 'RETRYING' })).toMatchObject({ transition: { row: 'redriven', to: 'RETRYING' } });
    const behind = stepOn('sms', { state: 'RETRYING', channels: ['sms', 'email'] });
    expect(behind).toEqual({ kind: 'forward', to: 'email' });
  });

  it('goes back three times; what comes to the SMS queue again after that is given up', () => {
    let message = messageOf(plannedNotice());
    for (const returned of [1, 2, 3]) {
      const onward = forwarded(message, 'sms', 'email');
      expect(onward).toEqual({ to: 'email', message: { ...messageOf(plannedNotice()), returned } });
      // On the way round through email it is itself.
      expect(forwarded(onward.message, 'email', 'sms')).toEqual({ to: 'sms', message: onward.message });
      message = onward.message;
    }
    expect(forwarded(message, 'sms', 'email')).toEqual({ to: 'final', message });
  });

  it('of a dead worker, kept on email while its provider is down, goes back, or waits when no attempt is left', () => {
    const kept = (used: number, until = minutesAfterNoon(10)) =>
      keptOnItsChannel(plannedNotice({ ...dead, used }), breakerOpen(until), POLICY, NOON);
    expect(kept(2)).toEqual({ kind: 'forward', to: 'email' });
    expect(kept(3)).toEqual({ kind: 'wait', until: minutesAfterNoon(60) });
    expect(kept(3, minutesAfterNoon(90))).toEqual({ kind: 'wait', until: minutesAfterNoon(90) });
  });
});
