import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PROVIDER_CLASSES, type ProviderClass } from '../../../lambdas/dispatch/domain/answer.ts';
import {
  afterAnswers,
  CLOSED,
  FAILURES_TO_OPEN,
  MOST_UNATTEMPTED,
  phaseOf,
  withProbe,
  withUnattempted,
  type Breaker,
} from '../../../lambdas/dispatch/domain/breaker.ts';
import { giveBack } from '../../../lambdas/dispatch/domain/give-back.ts';
import { nextSlot } from '../../../lambdas/dispatch/domain/slots.ts';
import { minutesAfterNoon, NOON, plannedNotice } from '../../support/notices.ts';

const told = (...classes: ProviderClass[]) => classes.map((each) => ({ class: each, reason: 'r', at: NOON }));
const failures = (count: number) => told(...Array.from({ length: count }, () => 'TEMPORARY' as const));
const open = afterAnswers(CLOSED, failures(FAILURES_TO_OPEN), null);
const later = minutesAfterNoon(11);
const probing = withProbe(open, 'p', minutesAfterNoon(12), later) ?? CLOSED;

describe('a breaker', () => {
  it('opens on the tenth TEMPORARY or UNKNOWN in a row, until the next slot', () => {
    expect(phaseOf(afterAnswers(CLOSED, failures(9), null), NOON)).toBe('closed');
    expect(open).toMatchObject({ openUntil: minutesAfterNoon(10), outage: { since: NOON, until: null } });
    expect(phaseOf(open, minutesAfterNoon(9))).toBe('open');
    expect(phaseOf(open, minutesAfterNoon(10))).toBe('half-open');
  });

  it('opens at once when the provider says that it is down', () => {
    expect(phaseOf(afterAnswers(CLOSED, told('PROVIDER_DOWN'), null), NOON)).toBe('open');
  });

  it('a success in between begins the row anew; a refused address or a throttled send does not', () => {
    const fresh = afterAnswers(CLOSED, [...failures(9), ...told('ACCEPTED'), ...failures(9)], null);
    expect(phaseOf(fresh, NOON)).toBe('closed');
    const same = afterAnswers(CLOSED, [...failures(9), ...told('PERMANENT', 'THROTTLED', 'UNKNOWN')], null);
    expect(phaseOf(same, NOON)).toBe('open');
  });

  it('lets one probe through when its slot is over, and the next when that one has died', () => {
    expect(withProbe(open, 'p', later, minutesAfterNoon(9))).toBeNull();
    expect(withProbe(CLOSED, 'p', later, NOON)).toBeNull();
    expect(withProbe(probing, 'q', minutesAfterNoon(13), later)).toBeNull();
    expect(withProbe(probing, 'q', minutesAfterNoon(15), minutesAfterNoon(13))?.probe?.token).toBe('q');
  });

  it('closes by its probe, not by what was sent before it opened', () => {
    const answer = [{ class: 'ACCEPTED' as const, reason: null, at: later }];
    expect(phaseOf(afterAnswers(probing, answer, null), later)).toBe('half-open');
    const closed = afterAnswers(probing, answer, 'p');
    expect(phaseOf(closed, later)).toBe('closed');
    expect(closed.outage).toEqual({ since: NOON, until: later });
  });

  it('a probe that fails opens it for another slot, in the same outage', () => {
    const again = afterAnswers(probing, [{ class: 'UNKNOWN', reason: 't', at: later }], 'p');
    expect(again).toMatchObject({ openUntil: minutesAfterNoon(20), outage: { since: NOON, until: null }, probe: null });
  });

  it('an outage begins with its first failure, in whatever order the workers tell them', () => {
    const at = (minute: number) => ({ class: 'TEMPORARY' as const, reason: 'r', at: minutesAfterNoon(minute) });
    const one = afterAnswers(CLOSED, [at(2), at(3)], null);
    const other = afterAnswers(one, [at(1)], null);
    const opened = afterAnswers(
      other,
      Array.from({ length: 7 }, () => at(4)),
      null,
    );
    expect(opened.outage).toEqual({ since: minutesAfterNoon(1), until: null });
    // What another worker knew before the tenth, and told after it.
    expect(afterAnswers(opened, [at(0)], null).outage).toEqual({ since: NOON, until: null });
    const down = { ...at(0), class: 'PROVIDER_DOWN' as const };
    expect(afterAnswers(opened, [down], null).outage).toEqual({ since: NOON, until: null });
  });

  it('opens when more than 20 notices fall back unattempted within 10 minutes, and admits none from then on', () => {
    const first = withUnattempted(CLOSED, 15, NOON);
    expect([first.admitted, phaseOf(first.breaker, NOON)]).toEqual([15, 'closed']);
    const second = withUnattempted(first.breaker, 15, minutesAfterNoon(5));
    expect([second.admitted, phaseOf(second.breaker, minutesAfterNoon(5))]).toEqual([5, 'open']);
    expect(withUnattempted(second.breaker, 1, minutesAfterNoon(30)).admitted).toBe(0);
  });

  it('forgets such fallbacks after ten minutes, but only when an email was accepted since', () => {
    const { breaker } = withUnattempted(CLOSED, 15, NOON);
    expect(withUnattempted(breaker, 15, minutesAfterNoon(60)).admitted).toBe(5);
    const accepted = (minute: number) => [{ class: 'ACCEPTED' as const, reason: null, at: minutesAfterNoon(minute) }];
    expect(withUnattempted(afterAnswers(breaker, accepted(9), null), 15, minutesAfterNoon(60)).admitted).toBe(5);
    expect(withUnattempted(afterAnswers(breaker, accepted(10), null), 15, minutesAfterNoon(60)).admitted).toBe(15);
  });

  it('whatever is told: only a probe closes it, and its slot is never shortened', () => {
    const answer = fc.record({
      class: fc.constantFrom(...PROVIDER_CLASSES),
      reason: fc.constant('r'),
      at: fc.integer({ min: 0, max: 60 }).map(minutesAfterNoon),
    });
    fc.assert(
      fc.property(fc.array(answer, { maxLength: 40 }), fc.constantFrom(null, 'p'), (answers, probe) => {
        let before: Breaker = probing;
        for (const each of answers) {
          const after = afterAnswers(before, [each], probe);
          if (after.openUntil === null && before.openUntil !== null)
            expect([each.class, before.probe?.token]).toEqual(['ACCEPTED', probe]);
          else if (before.openUntil !== null) expect(after.openUntil && after.openUntil >= before.openUntil).toBe(true);
          if (each.class === 'PROVIDER_DOWN')
            expect(after.openUntil && after.openUntil >= nextSlot(each.at)).toBe(true);
          before = after;
        }
      }),
    );
  });

  it('whoever asks, no more than 20 are admitted in any 10 minutes while it is closed', () => {
    const asked = fc.array(fc.record({ minute: fc.nat({ max: 40 }), wanted: fc.nat({ max: 30 }) }), { maxLength: 30 });
    fc.assert(
      fc.property(asked, (asks) => {
        const admitted: number[] = [];
        let breaker = CLOSED;
        for (const { minute, wanted } of [...asks].sort((a, b) => a.minute - b.minute)) {
          const accepted = { class: 'ACCEPTED' as const, reason: null, at: minutesAfterNoon(minute) };
          if (wanted % 2 === 0) breaker = afterAnswers(breaker, [accepted], null);
          const next = withUnattempted(breaker, wanted, minutesAfterNoon(minute));
          admitted.push(...Array.from({ length: next.admitted }, () => minute));
          breaker = next.breaker;
        }
        for (const minute of admitted)
          expect(admitted.filter((each) => each >= minute && each < minute + 10).length).toBeLessThanOrEqual(
            MOST_UNATTEMPTED,
          );
      }),
    );
  });
});

describe('attempts in an outage', () => {
  const attempt = (number: number, minute: number, change = {}) =>
    ({ channel: 'email', number, at: minutesAfterNoon(minute), class: 'TEMPORARY', reason: 'r', ...change }) as const;

  it('are given back once, and those before it are not', () => {
    const notice = plannedNotice({ used: 2, attempts: [attempt(1, -5), attempt(2, 1)] });
    const given = giveBack(notice, { since: NOON, until: null });
    expect(given).toEqual({ used: 1, attempts: [attempt(1, -5), { ...attempt(2, 1), givenBack: true }] });
    expect(giveBack({ ...notice, ...given }, { since: NOON, until: null })).toBeNull();
  });

  it('are only those on the channel, which failed, while it lasted', () => {
    const attempts = [attempt(1, 1, { channel: 'sms' }), attempt(2, 2, { class: 'THROTTLED' }), attempt(3, 9)];
    expect(giveBack(plannedNotice({ used: 1, attempts }), { since: NOON, until: minutesAfterNoon(5) })).toBeNull();
    expect(giveBack(plannedNotice({ used: 1, attempts }), null)).toBeNull();
  });
});
