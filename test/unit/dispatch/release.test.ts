import { describe, expect, it } from 'vitest';
import { HELD_BY_PERSON } from '../../../lambdas/dispatch/domain/ledger.ts';
import { isDue, isStillToCome, markerSlot } from '../../../lambdas/dispatch/domain/release.ts';
import { planDifferences } from '../../../lambdas/dispatch/domain/plan-differences.ts';
import { won } from '../../../lambdas/kernel/money.ts';
import { at, minutesAfterNoon, NOON, plannedNotice } from '../../support/notices.ts';

describe('a release', () => {
  const planned = (minutes: number) => plannedNotice({ dueAt: minutesAfterNoon(minutes) });

  it('takes what is due up to its instant, and not what an earlier one took', () => {
    const until = minutesAfterNoon(5);
    expect(isDue(planned(5), { after: null, until })).toBe(true);
    expect(isDue(planned(6), { after: null, until })).toBe(false);
    expect(isDue(planned(2), { after: minutesAfterNoon(2), until })).toBe(false);
    expect(isDue(planned(3), { after: minutesAfterNoon(2), until })).toBe(true);
  });

  it('leaves alone what a queue has, or what is over', () => {
    for (const state of ['RETRYING', 'SENDING', 'SENT', 'IN_DOUBT', 'UNDELIVERABLE'] as const)
      expect(isDue(plannedNotice({ state }), { after: null, until: NOON })).toBe(false);
  });

  it('leaves alone what a person holds, and brings the rest of what is held', () => {
    const held = (reason: string) => plannedNotice({ state: 'HELD', reason });
    const window = { after: null, until: NOON };
    expect(isDue(held(HELD_BY_PERSON), window)).toBe(false);
    expect(isStillToCome({ ...held(HELD_BY_PERSON), dueAt: minutesAfterNoon(1) }, NOON, NOON)).toBe(false);
    expect(isDue(held('quiet-hours'), window)).toBe(true);
  });

  it('keeps the marker for notices of its slot that are still to come', () => {
    expect(isStillToCome(planned(9), NOON, NOON)).toBe(true);
    expect(isStillToCome(planned(10), NOON, NOON)).toBe(false);
    expect(isStillToCome(planned(0), NOON, NOON)).toBe(false);
  });

  it('is asked for in the slot of the due time, or in the present one when that is over', () => {
    expect(markerSlot(minutesAfterNoon(14), NOON)).toBe(minutesAfterNoon(10));
    expect(markerSlot(NOON, at('2026-02-03T00:07:00Z'))).toBe(at('2026-02-03T00:00:00Z'));
  });
});

describe('a plan', () => {
  const bill = (amount: number) => ({ amountDue: won(amount) });

  it('is complete when invoices and notices are the same', () => {
    expect(planDifferences(new Map([['n1', bill(1)]]), new Map([['n1', bill(1)]]))).toEqual([]);
  });

  it('names what is missing, what is too much, and what names another amount', () => {
    const expected = new Map([
      ['n1', bill(1)],
      ['n2', bill(2)],
    ]);
    const found = new Map([
      ['n2', bill(3)],
      ['n3', bill(4)],
    ]);
    expect(planDifferences(expected, found)).toEqual([
      'n1 is missing',
      'n2 names another amount than its invoice',
      'n3 has no issued invoice',
    ]);
  });
});
