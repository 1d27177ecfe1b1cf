import { describe, expect, it } from 'vitest';
import { HELD_BY_PERSON, STATES } from '../../../lambdas/dispatch/domain/ledger.ts';
import { cancelled, NO_ORDER, stopByOrder } from '../../../lambdas/dispatch/domain/month-order.ts';
import { DEFAULT_POLICY } from '../../../lambdas/dispatch/domain/policy.ts';
import { retimed } from '../../../lambdas/dispatch/domain/retime.ts';
import { planTime } from '../../../lambdas/dispatch/domain/when.ts';
import { seoulTimeText } from '../../../tools/cli/options.ts';
import { at, minutesAfterNoon, NOON, plannedNotice } from '../../support/notices.ts';

const LATER = minutesAfterNoon(60);

describe('the order of a month', () => {
  it('stops nothing by itself', () => {
    expect(stopByOrder(NO_ORDER, 'A1', NOON)).toBeNull();
    expect(stopByOrder({ ...NO_ORDER, reservedAt: LATER }, 'A1', NOON)).toBeNull();
  });

  it('lets only the accounts of a pilot through, until the next slot', () => {
    const order = { ...NO_ORDER, pilot: ['A1'] };
    expect(stopByOrder(order, 'A1', NOON)).toBeNull();
    expect(stopByOrder(order, 'A2', NOON)).toEqual({ reason: 'pilot', until: minutesAfterNoon(10) });
  });

  it('lets nobody through while its reservation is cancelled, the pilot neither', () => {
    const order = { ...NO_ORDER, isCancelled: true, pilot: ['A1'] };
    expect(stopByOrder(order, 'A1', NOON)?.reason).toBe('reservation-cancelled');
  });
});

describe('a cancelled reservation', () => {
  const reserved = { ...NO_ORDER, reservedAt: LATER };

  it('leaves the month to the policy when nothing is planned yet', () => {
    expect(cancelled(reserved, NOON)).toEqual({ kind: 'before-planning', order: NO_ORDER });
  });

  it('stops the month when its notices are there, so that they wait and are seen', () => {
    const order = { ...NO_ORDER, isPlanned: true, isCancelled: true };
    expect(cancelled({ ...reserved, isPlanned: true }, NOON)).toEqual({ kind: 'planned', order });
  });

  it('is refused where there is none, where it was carried out, and the second time', () => {
    expect(cancelled(NO_ORDER, NOON).kind).toBe('none');
    expect(cancelled({ ...reserved, isPlanned: true }, LATER).kind).toBe('carried-out');
    expect(cancelled({ ...NO_ORDER, isPlanned: true, isCancelled: true }, NOON).kind).toBe('cancelled-already');
  });
});

describe('a reserved month', () => {
  const bill = { month: plannedNotice().month, dueDate: plannedNotice().dueDate };
  const plannedAt = (reserved: string, now = '2026-02-01T03:00:00Z') =>
    planTime(DEFAULT_POLICY, { day: 20 }, 'email', bill, at(now), at(reserved));

  it('goes at the reserved instant, whatever day policy and customer chose, but out of quiet time', () => {
    expect(plannedAt('2026-02-03T05:30:00Z').at).toBe('2026-02-03T05:30:00.000Z');
    // 22:00 in Seoul.
    expect(plannedAt('2026-02-03T13:00:00Z').at).toBe('2026-02-03T23:00:00.000Z');
  });

  it('never goes in the past, and never later than its due date allows', () => {
    expect(plannedAt('2026-01-15T00:00:00Z').at).toBe('2026-02-01T03:00:00.000Z');
    // Due on the 25th, seven days before: the 18th at 09:00.
    expect(plannedAt('2026-02-27T00:00:00Z')).toMatchObject({ at: '2026-02-18T00:00:00.000Z', movedByDueDate: true });
  });

  it('is given in local time, and a day past the end of its month is the last one', () => {
    expect(seoulTimeText('2026-02-31 09:00')).toBe('2026-02-28T00:00:00.000Z');
    expect(seoulTimeText('2026-02-10T18:30')).toBe('2026-02-10T09:30:00.000Z');
    for (const wrong of ['2026-02-00 09:00', '2026-13-01 09:00', '2026-02-10 24:00', '2026-02-10', '9:00'])
      expect(() => seoulTimeText(wrong)).toThrow('must be a local time in Seoul');
  });
});

describe('a reservation that changes after planning', () => {
  const retime = (notice: ReturnType<typeof plannedNotice>, reserved = LATER, now = NOON) =>
    retimed(notice, DEFAULT_POLICY, reserved, now);

  it('moves what waits, by a hold that the ledger allows', () => {
    expect(retime(plannedNotice({ dueAt: minutesAfterNoon(600) }))).toEqual({
      kind: 'move',
      transition: {
        row: 'hold',
        to: 'HELD',
        channel: 'email',
        change: { dueAt: LATER, reason: 'reserved', accountWindowIgnored: false },
      },
    });
  });

  it('writes nothing twice', () => {
    expect(retime(plannedNotice({ state: 'HELD', dueAt: LATER })).kind).toBe('there');
    expect(retime(plannedNotice({ dueAt: minutesAfterNoon(-5) }), NOON).kind).toBe('there');
  });

  it('leaves what is over, was tried, or is held by a person', () => {
    for (const state of STATES.filter((each) => each !== 'PLANNED' && each !== 'HELD'))
      expect(retime(plannedNotice({ state })).kind).toBe('left');
    expect(retime(plannedNotice({ state: 'HELD', reason: HELD_BY_PERSON })).kind).toBe('left');
    const attempts = [{ channel: 'email', number: 1, at: NOON, class: 'THROTTLED' }] as const;
    expect(retime(plannedNotice({ state: 'HELD', attempts })).kind).toBe('left');
  });
});
