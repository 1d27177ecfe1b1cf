import { describe, expect, it } from 'vitest';
import { FINAL_STATES, HELD_BY_PERSON, STATES } from '../../../lambdas/dispatch/domain/ledger.ts';
import { isOverdue, waitsForPerson } from '../../../lambdas/dispatch/domain/overdue.ts';
import { isDue } from '../../../lambdas/dispatch/domain/release.ts';
import { minutesAfterNoon, NOON, plannedNotice } from '../../support/notices.ts';

const TWELVE_HOURS = minutesAfterNoon(720);
const JUST_BEFORE = minutesAfterNoon(719);

describe('a notice is overdue', () => {
  it.each(['PLANNED', 'RETRYING', 'HELD'] as const)('12 h after it was due, when it is %s', (state) => {
    expect(isOverdue(plannedNotice({ state }), JUST_BEFORE)).toBe(false);
    expect(isOverdue(plannedNotice({ state }), TWELVE_HOURS)).toBe(true);
  });

  it('12 h after the lease of the worker that had it was over', () => {
    const sending = plannedNotice({ state: 'SENDING', leaseToken: 'a', leaseUntil: minutesAfterNoon(1) });
    expect([isOverdue(sending, TWELVE_HOURS), isOverdue(sending, minutesAfterNoon(721))]).toEqual([false, true]);
  });

  it('in doubt, while it is an email that is still to be sent once more', () => {
    const inDoubt = plannedNotice({ state: 'IN_DOUBT' });
    expect(isOverdue(inDoubt, TWELVE_HOURS)).toBe(true);
    expect(isOverdue({ ...inDoubt, possibleDuplicate: true }, TWELVE_HOURS)).toBe(false);
    expect(isOverdue({ ...inDoubt, channel: 'sms' }, TWELVE_HOURS)).toBe(false);
  });

  it('in doubt and on nobody’s queue any more, waits for a person instead', () => {
    const inDoubt = plannedNotice({ state: 'IN_DOUBT' });
    expect(waitsForPerson(inDoubt)).toBe(false);
    expect(waitsForPerson({ ...inDoubt, possibleDuplicate: true })).toBe(true);
    expect(waitsForPerson({ ...inDoubt, channel: 'sms' })).toBe(true);
    for (const state of STATES) if (state !== 'IN_DOUBT') expect(waitsForPerson({ ...inDoubt, state })).toBe(false);
  });

  it('when its email came back, and the event that was to take it on is lost', () => {
    const bounced = plannedNotice({ state: 'BOUNCED' });
    expect([isOverdue(bounced, JUST_BEFORE), isOverdue(bounced, TWELVE_HOURS)]).toEqual([false, true]);
  });

  it('never when it is final, or a person holds it', () => {
    for (const state of FINAL_STATES) expect(isOverdue(plannedNotice({ state }), TWELVE_HOURS)).toBe(false);
    expect(isOverdue(plannedNotice({ state: 'HELD', reason: HELD_BY_PERSON }), TWELVE_HOURS)).toBe(false);
  });
});

it('a release queues what has lost its message once: not again by the marker that did', () => {
  const lost = plannedNotice({ state: 'RETRYING' });
  expect(isDue(lost, { after: null, until: JUST_BEFORE })).toBe(false);
  expect(isDue(lost, { after: null, until: TWELVE_HOURS })).toBe(true);
  expect(isDue(lost, { after: TWELVE_HOURS, until: minutesAfterNoon(730) })).toBe(false);
  expect(isDue({ ...lost, dueAt: NOON }, { after: JUST_BEFORE, until: TWELVE_HOURS })).toBe(true);
});
