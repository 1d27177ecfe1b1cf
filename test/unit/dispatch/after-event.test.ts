import { describe, expect, it } from 'vitest';
import { afterEvent } from '../../../lambdas/dispatch/domain/after-event.ts';
import { allows, applied, type Attempt, type Notice } from '../../../lambdas/dispatch/domain/ledger.ts';
import type { ProviderEvent } from '../../../lambdas/dispatch/domain/provider-event.ts';
import { minutesAfterNoon, NOON, plannedNotice } from '../../support/notices.ts';

const first: Attempt = { channel: 'email', number: 1, at: NOON, class: 'ACCEPTED', providerMessageId: 'm1' };
const inDoubt: Attempt = { channel: 'email', number: 1, at: NOON, class: 'UNKNOWN', reason: 'ETIMEDOUT', lease: 'L1' };
const second: Attempt = { channel: 'email', number: 2, at: NOON, class: 'ACCEPTED', providerMessageId: 'm2' };

const event = (kind: ProviderEvent['kind'], change: Partial<ProviderEvent> = {}): ProviderEvent => ({
  notice: { version: 1, noticeId: '2026-01_A1_0001', month: plannedNotice().month, bucket: 3 },
  kind,
  lease: 'L1',
  attempt: 1,
  providerMessageId: 'm1',
  recipient: 'hash',
  reason: 'Bounce-Permanent-General',
  ...change,
});
const leased = (token: string, until: number) => ({ leaseToken: token, leaseUntil: minutesAfterNoon(until) });
const notice = (state: Notice['state'], attempts: Attempt[], change: Partial<Notice> = {}): Notice =>
  plannedNotice({ state, attempts, used: attempts.length, ...change });

/** Carries an event out to its end; the notice afterwards, and what is left to do. */
function heard(stored: Notice, told: ProviderEvent): { after: Notice; left: string } {
  const step = afterEvent(stored, told, NOON);
  if (step.kind !== 'move') {
    return { after: stored, left: step.kind === 'drop' ? step.why : step.kind === 'tell' ? step.to : step.kind };
  }
  expect(allows(stored, step.transition, NOON)).toBe(true);
  return heard(applied(stored, step.transition), told);
}

describe('an event about the one email that was sent', () => {
  it.each([
    ['sent', 'SENT', 'known'],
    ['delivered', 'DELIVERED', 'known'],
    ['complained', 'DELIVERED', 'known'],
    ['bounced-hard', 'RETRYING', 'sms'],
    ['bounced-soft', 'RETRYING', 'sms'],
  ] as const)('%s: SENT becomes %s', (kind, state, left) => {
    const result = heard(notice('SENT', [first]), event(kind));
    expect({ state: result.after.state, left: result.left }).toEqual({ state, left });
  });

  it.each([
    ['sent', 'SENT'],
    ['delivered', 'DELIVERED'],
    ['bounced-hard', 'RETRYING'],
    ['bounced-soft', 'RETRYING'],
  ] as const)('%s, before our own write: the attempt is written with it, and SENDING becomes %s', (kind, state) => {
    const { after } = heard(notice('SENDING', [], { used: 1, ...leased('L1', 1) }), event(kind));
    expect(after).toMatchObject({ state, leaseToken: null, leaseUntil: null });
    expect(after.attempts).toEqual([expect.objectContaining({ ...first, number: 1 })]);
  });

  it.each([
    ['sent', 'SENT'],
    ['delivered', 'DELIVERED'],
    ['bounced-hard', 'RETRYING'],
    ['bounced-soft', 'RETRYING'],
  ] as const)('%s, of one whose answer never came: IN_DOUBT becomes %s', (kind, state) => {
    const { after } = heard(notice('IN_DOUBT', [inDoubt], { dueAt: minutesAfterNoon(15) }), event(kind));
    expect(after.state).toBe(state);
    expect(after.attempts).toEqual([expect.objectContaining({ class: 'UNKNOWN', providerMessageId: 'm1' })]);
    expect(after.possibleDuplicate).toBe(false);
  });

  it('goes to the next channel as if it had failed there: no attempt used, due now, with the provider’s code', () => {
    const { after } = heard(notice('SENT', [first], { dueAt: minutesAfterNoon(-60) }), event('bounced-hard'));
    expect(after).toMatchObject({ channel: 'sms', used: 0, dueAt: NOON, reason: 'Bounce-Permanent-General' });
  });

  it('a late bounce takes a delivered notice to the next channel; a late delivery takes nothing back', () => {
    const late = heard(notice('DELIVERED', [{ ...first, became: 'delivered' }]), event('bounced-soft'));
    expect(late.after).toMatchObject({ state: 'RETRYING', channel: 'sms' });
    expect(heard(late.after, event('delivered')).after).toEqual(late.after);
  });

  it('without another channel the notice ends, and the final queue is told, also when the event comes again', () => {
    const { after, left } = heard(notice('SENT', [first], { channels: ['email'] }), event('bounced-hard'));
    expect({ state: after.state, left }).toEqual({ state: 'UNDELIVERABLE', left: 'final' });
    expect(heard(after, event('bounced-hard'))).toEqual({ after, left: 'final' });
  });

  it('a bounce that comes again asks the next queue again until a worker there has taken the notice up', () => {
    const { after } = heard(notice('SENT', [first]), event('bounced-hard'));
    expect(heard(after, event('bounced-hard')).left).toBe('sms');
    const taken: Notice = { ...after, state: 'SENDING', used: 1, ...leased('S1', 1) };
    expect(heard(taken, event('bounced-hard'))).toEqual({ after: taken, left: 'on-another-channel' });
  });
});

describe('events about an email that was sent twice', () => {
  const twice = notice('SENT', [inDoubt, second], { possibleDuplicate: true });
  const ofSecond = { lease: 'L2', attempt: 2, providerMessageId: 'm2' };

  it('one arrived: the soft bounce of the other changes nothing for the customer', () => {
    const { after } = heard(twice, event('delivered'));
    expect(after.state).toBe('DELIVERED');
    expect(heard(after, event('bounced-soft', ofSecond)).after.state).toBe('DELIVERED');
    const backFirst = heard(twice, event('bounced-soft'));
    expect(backFirst.after).toMatchObject({ state: 'SENT', channel: 'email' });
    expect(heard(backFirst.after, event('delivered', ofSecond)).after.state).toBe('DELIVERED');
  });

  it('both came back: it goes on, whichever comes first', () => {
    const one = heard(heard(twice, event('bounced-soft')).after, event('bounced-soft', ofSecond)).after;
    expect(one).toMatchObject({ state: 'RETRYING', channel: 'sms' });
    expect(heard(twice, event('bounced-soft', ofSecond)).after).toMatchObject({ state: 'RETRYING', channel: 'sms' });
  });

  it('the first one’s bounce waits while the second is being sent; its delivery ends the matter', () => {
    const resending = notice('SENDING', [inDoubt], { used: 2, possibleDuplicate: true, ...leased('L2', 1) });
    expect(heard(resending, event('bounced-soft')).left).toBe('later');
    const { after } = heard(resending, event('delivered'));
    expect(after.state).toBe('DELIVERED');
    expect(after.attempts.map(({ class: answer, lease }) => [answer, lease])).toEqual([
      ['UNKNOWN', 'L1'],
      ['UNKNOWN', 'L2'],
    ]);
  });

  it('a send whose worker died is learned of by its event', () => {
    const { after } = heard(notice('SENT', [second]), event('delivered', { attempt: 2, providerMessageId: 'm1' }));
    expect(after.state).toBe('DELIVERED');
    expect(after.attempts).toHaveLength(2);
  });
});

describe('an event that is about nothing', () => {
  it('an unknown notice, one that was never sent, one that is over: nothing changes', () => {
    expect(afterEvent(null, event('delivered'), NOON)).toEqual({ kind: 'drop', why: 'no-notice' });
    for (const state of ['PLANNED', 'HELD', 'RETRYING', 'CANCELLED', 'SKIPPED', 'UNDELIVERABLE'] as const)
      for (const kind of ['delivered', 'bounced-hard'] as const)
        expect(heard(notice(state, []), event(kind)).after.state).toBe(state);
  });

  it('an email’s event does not touch a notice that is on SMS', () => {
    for (const state of ['SENDING', 'IN_DOUBT', 'SENT'] as const) {
      const onSms = notice(state, [{ ...first, became: 'bounced' }], { channel: 'sms', ...leased('S1', 1) });
      expect(heard(onSms, event('delivered')).after).toEqual(onSms);
      expect(heard(onSms, event('bounced-hard')).after).toEqual(onSms);
    }
  });
});
