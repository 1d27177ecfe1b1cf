/** The rows of the ledger's table that name a channel or a count, one by one: what each refuses though the state fits. */
import { describe, expect, it } from 'vitest';
import {
  allows,
  isOfItsRow,
  quietLimit,
  quietSince,
  TRANSITIONS,
  type Notice,
  type Transition,
} from '../../../lambdas/dispatch/domain/ledger.ts';
import { epochMs, instantOf } from '../../../lambdas/kernel/dates.ts';
import { minutesAfterNoon, NOON, plannedNotice } from '../../support/notices.ts';

const NOW = minutesAfterNoon(60);
const allowed = (
  change: Partial<Notice>,
  transition: Pick<Transition, 'row' | 'to'> & Partial<Transition>,
): boolean => {
  const stored = plannedNotice(change);
  return allows(stored, { channel: stored.channel, change: {}, read: stored, ...transition }, NOW);
};
const dead = { state: 'SENDING', leaseToken: 'x', leaseUntil: NOON } as const;
const onSms = { channel: 'sms' } as const;

describe('a dead worker’s claim', () => {
  it('is taken over on email alone, while attempts are left', () => {
    const takeover = { row: 'takeover', to: 'SENDING', maxAttempts: 3 } as const;
    expect(allowed({ ...dead, used: 2 }, takeover)).toBe(true);
    expect(allowed({ ...dead, used: 3 }, takeover)).toBe(false);
    expect(allowed({ ...dead, used: 2, ...onSms }, takeover)).toBe(false);
    // A writer that does not say how many there are has none.
    expect(allowed({ ...dead, used: 0 }, { row: 'takeover', to: 'SENDING' })).toBe(false);
  });

  it('is in doubt on SMS alone', () => {
    expect(allowed({ ...dead, ...onSms }, { row: 'doubt', to: 'IN_DOUBT' })).toBe(true);
    expect(allowed(dead, { row: 'doubt', to: 'IN_DOUBT' })).toBe(false);
  });
});

describe('a redrive', () => {
  it.each([
    ['redriven', { state: 'RETRYING' }],
    ['redrivenFromDead', dead],
  ] as const)('takes a notice from email to SMS, and nowhere else: %s', (row, stored) => {
    const to = (channel?: 'email' | 'sms'): Pick<Transition, 'row' | 'to' | 'change'> => ({
      ...{ row, to: 'RETRYING' },
      change: channel === undefined ? {} : { channel },
    });
    expect(allowed(stored, to('sms'))).toBe(true);
    expect(allowed(stored, to('email'))).toBe(false);
    expect(allowed(stored, to())).toBe(false);
    expect(allowed({ ...stored, ...onSms }, to('sms'))).toBe(false);
    expect(allowed(stored, { row, to: 'UNDELIVERABLE', change: { channel: 'sms' } })).toBe(false);
  });

  it.each([
    ['givenUp', { state: 'PLANNED' }],
    ['givenUpFromDead', dead],
  ] as const)('ends a notice on either channel: %s', (row, stored) => {
    expect(allowed(stored, { row, to: 'UNDELIVERABLE' })).toBe(true);
    expect(allowed({ ...stored, ...onSms }, { row, to: 'UNDELIVERABLE' })).toBe(true);
    expect(allowed(stored, { row, to: 'RETRYING', change: { channel: 'sms' } })).toBe(false);
  });
});

it.each([
  ['resendInDoubt', 'IN_DOUBT', 'SENDING'],
  ['event', 'IN_DOUBT', 'SENT'],
  ['lateBounce', 'DELIVERED', 'BOUNCED'],
  ['afterBounce', 'BOUNCED', 'RETRYING'],
] as const)('only an email is resent or settled by itself: %s', (row, state, to) => {
  expect(allowed({ state }, { row, to })).toBe(true);
  expect(allowed({ state, ...onSms }, { row, to })).toBe(false);
});

it('a transition to where its row does not lead is of no row', () => {
  expect(isOfItsRow({ row: 'claim', to: 'SENT', channel: 'email', change: {} })).toBe(false);
  expect(isOfItsRow({ row: 'redriven', to: 'RETRYING', channel: 'email', change: {} })).toBe(false);
  for (const row of ['claim', 'answer', 'event'] as const)
    for (const to of TRANSITIONS[row].to) expect(isOfItsRow({ row, to, channel: 'email', change: {} })).toBe(true);
});

it('a lease has been quiet from the very millisecond on that quietSince names', () => {
  const lease = minutesAfterNoon(0);
  const isQuiet = (atMs: number): boolean => lease < quietLimit(instantOf(atMs));
  const since = epochMs(quietSince(lease));
  expect([isQuiet(since - 1), isQuiet(since)]).toEqual([false, true]);
});
