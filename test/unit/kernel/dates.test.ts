import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  addMonths,
  clampedDate,
  dateOfDay,
  dayNumber,
  daysInMonth,
  instantOf,
  isLocalDate,
  isMonth,
  monthBefore,
  monthNumber,
  seoulInstant,
  seoulTime,
  type Instant,
  type LocalDate,
  type Month,
} from '../../../lambdas/kernel/dates.ts';

const month = fc
  .tuple(fc.integer({ min: 2000, max: 2199 }), fc.integer({ min: 1, max: 12 }))
  .map(([year, number]) => `${year}-${String(number).padStart(2, '0')}` as Month);
const date = fc.integer({ min: 10_957, max: 84_005 }).map(dateOfDay); // 2000-01-01 to 2199-12-31

describe('a month', () => {
  it.each(['2026-01', '2026-12', '0001-01'])('%s is one', (text) => {
    expect(isMonth(text)).toBe(true);
  });
  it.each(['2026-00', '2026-13', '2026-1', '26-01', '2026-01-01', ' 2026-01', '2026-01\n', 202601, null])(
    '%j is none',
    (value) => {
      expect(isMonth(value)).toBe(false);
    },
  );

  it('has the days of the calendar, leap years included', () => {
    expect(
      ['2026-02', '2028-02', '2100-02', '2000-02', '2026-04', '2026-12'].map((one) => daysInMonth(one as Month)),
    ).toEqual([28, 29, 28, 29, 30, 31]);
    for (let number = monthNumber('1900-01' as Month); number <= monthNumber('2300-12' as Month); number++) {
      const one = addMonths('0000-01' as Month, number);
      expect(daysInMonth(one)).toBe(new Date(Date.UTC(Math.floor(number / 12), (number % 12) + 1, 0)).getUTCDate());
    }
  });

  it('moves forth and back to where it was, and counts the way', () => {
    fc.assert(
      fc.property(month, fc.integer({ min: -600, max: 600 }), (one, count) => {
        const other = addMonths(one, count);
        expect(isMonth(other)).toBe(true);
        expect(monthNumber(other) - monthNumber(one)).toBe(count);
        expect(addMonths(other, -count)).toBe(one);
      }),
    );
  });
});

describe('a local date', () => {
  it.each(['2000-01-01', '2199-12-31', '2028-02-29'])('%s is one', (text) => {
    expect(isLocalDate(text)).toBe(true);
  });
  it.each([
    '1999-12-31',
    '2200-01-01',
    '2026-02-29',
    '2026-04-31',
    '2026-1-1',
    '2026-01-00',
    '2026-13-01',
    '2026-00-10',
    '2026-01-32',
    '2026-01-01T00',
    null,
  ])('%j is none', (value) => {
    expect(isLocalDate(value)).toBe(false);
  });

  it('is numbered day by day', () => {
    fc.assert(
      fc.property(date, (one) => {
        expect(isLocalDate(one)).toBe(true);
        expect(dateOfDay(dayNumber(one))).toBe(one);
        expect(dayNumber(dateOfDay(dayNumber(one) + 1)) - dayNumber(one)).toBe(1);
      }),
    );
  });

  it('past the end of its month means the last day', () => {
    expect([1, 28, 30, 31].map((day) => clampedDate('2026-02' as Month, day))).toEqual([
      '2026-02-01',
      '2026-02-28',
      '2026-02-28',
      '2026-02-28',
    ]);
  });
});

describe('time in Asia/Seoul', () => {
  it('is nine hours ahead of UTC, on every date and at every minute', () => {
    fc.assert(
      fc.property(date, fc.integer({ min: 0, max: 1439 }), (one, minute) => {
        const time = `${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`;
        const instant = seoulInstant(one, time);
        expect(seoulTime(instant)).toEqual({ date: one, minute });
        expect(Date.parse(instant)).toBe(Date.parse(`${one}T${time}:00+09:00`));
        expect(instantOf(Date.parse(instant))).toBe(instant);
      }),
    );
  });

  it.each([
    ['2026-01-31T15:30:00Z', '2026-01'], // 00:30 on 1 February in Seoul: the month before is January
    ['2026-01-31T14:59:59Z', '2025-12'],
    ['2026-02-01T03:00:00Z', '2026-01'],
    ['2025-12-31T15:00:00Z', '2025-12'],
  ])('a run scheduled at %s settles %s', (instant, settled) => {
    expect(monthBefore(instant as Instant)).toBe(settled);
  });

  it('does not mix dates and instants', () => {
    expect(seoulTime('2026-01-31T15:00:00.000Z' as Instant).date).toBe('2026-02-01' as LocalDate);
  });
});
