import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { instantOf, seoulTime, type Instant, type LocalDate, type Month } from '../../../lambdas/kernel/dates.ts';
import {
  channelsFor,
  DEFAULT_POLICY,
  type Channel,
  type Policy,
  type Preferences,
} from '../../../lambdas/dispatch/domain/policy.ts';
import { earliest, nextOpen, openMinutesADay, planTime } from '../../../lambdas/dispatch/domain/when.ts';

interface GoldenCase {
  policy: Partial<Policy>;
  preferences: Preferences;
  month: Month;
  channel: Channel;
  now: Instant;
  expected: { earliest: string; sendAt: string; accountWindowIgnored: boolean };
}

const cases = readFileSync(new URL('../../golden/quiet-hours.jsonl', import.meta.url), 'utf8')
  .split('\n')
  .filter((line) => line !== '')
  .map((line) => JSON.parse(line) as GoldenCase);

const toSeconds = (instant: string): string => instant.replace('.000Z', 'Z');

test.each(cases.map((golden, index) => [index + 1, golden] as const))(
  'golden case %i goes when expected',
  (_, golden) => {
    const policy = { ...DEFAULT_POLICY, ...golden.policy };
    const first = earliest(policy, golden.preferences, golden.month, golden.now);
    const opening = nextOpen(policy, golden.preferences, golden.channel, first);
    expect({
      earliest: toSeconds(first),
      sendAt: toSeconds(opening.at),
      accountWindowIgnored: opening.accountWindowIgnored,
    }).toEqual(golden.expected);
  },
);

const time = fc
  .nat(1439)
  .map((m) => `${String(Math.floor(m / 60)).padStart(2, '0')}:${String(m % 60).padStart(2, '0')}`);
const window = fc.option(fc.record({ from: time, to: time }));
const instant = fc.integer({ min: Date.UTC(2026, 0), max: Date.UTC(2027, 0) }).map(instantOf);

/** Minutes of a day that a window silences, one by one. */
const silentMinutes = (window: { from: string; to: string } | null): Set<number> => {
  const minutes = new Set<number>();
  if (window === null) return minutes;
  const [from, to] = [window.from, window.to].map((one) => Number(one.slice(0, 2)) * 60 + Number(one.slice(3))) as [
    number,
    number,
  ];
  for (let minute = from; minute !== to; minute = (minute + 1) % 1440) minutes.add(minute);
  return minutes;
};

describe('earliest', () => {
  const on = (policy: Pick<Policy, 'schedule'>, preferences: Preferences, month: string, now: string) =>
    earliest(policy, preferences, month as Month, now as Instant);
  const fifteenth = { schedule: { day: 15, time: '09:00' } };
  const now = '2026-01-01T00:00:00.000Z';

  test.each([
    [{}, '2026-01', '2026-02-15T00:00:00.000Z'],
    [{ day: 10 }, '2026-01', '2026-02-10T00:00:00.000Z'],
    [{ day: null }, '2026-01', '2026-02-15T00:00:00.000Z'],
    [{ day: 31 }, '2026-01', '2026-02-28T00:00:00.000Z'],
    [{ day: 31 }, '2026-12', '2027-01-31T00:00:00.000Z'],
    [{ day: 30 }, '2028-01', '2028-02-29T00:00:00.000Z'],
  ])('with %j, of %s, is %s', (preferences, month, expected) => {
    expect(on(fifteenth, preferences, month, now)).toBe(expected);
  });

  test('is now when the day is over, and always under an immediate policy', () => {
    const late = '2026-02-15T00:00:00.001Z';
    expect(on(fifteenth, {}, '2026-01', late)).toBe(late);
    expect(on({ schedule: 'immediate' }, { day: 20 }, '2026-01', now)).toBe(now);
    expect(on({ schedule: 'immediate' }, {}, '2026-01', '2026-01-01T09:00:00+09:00')).toBe(now);
  });

  test('just after midnight in Seoul is still the evening before in UTC', () => {
    expect(on({ schedule: { day: 1, time: '00:10' } }, {}, '2026-01', now)).toBe('2026-01-31T15:10:00.000Z');
  });
});

describe('nextOpen', () => {
  test('is the first instant at or after the asked one whose minute no window silences', () => {
    fc.assert(
      fc.property(window, window, instant, fc.boolean(), (system, own, at, accountWindows) => {
        const policy = { quietHours: { system, channels: ['sms' as const], accountWindows } };
        const silent = silentMinutes(system);
        const both = new Set([...silent, ...(accountWindows ? silentMinutes(own) : [])]);
        const accountWindowIgnored = both.size === 1440;
        const counts = accountWindowIgnored ? silent : both;
        // Minute by minute: the asked instant itself, then the start of each minute after it.
        let open = Date.parse(at);
        while (counts.has(seoulTime(instantOf(open)).minute)) open = Math.floor(open / 60_000) * 60_000 + 60_000;
        expect(nextOpen(policy, { quietHours: own }, 'sms', at)).toEqual({ at: instantOf(open), accountWindowIgnored });
        expect(openMinutesADay(policy, 'sms')).toBe(1440 - silent.size);
      }),
      { numRuns: 300 },
    );
  });

  test('never goes back, moves less than a day, and stays where it moved to', () => {
    fc.assert(
      fc.property(window, window, instant, (system, own, at) => {
        const policy = { quietHours: { system, channels: ['sms' as const], accountWindows: true } };
        const opening = nextOpen(policy, { quietHours: own }, 'sms', at);
        expect(opening.at >= at || seoulTime(opening.at).minute === seoulTime(at).minute).toBe(true);
        expect(Date.parse(opening.at) - Date.parse(at)).toBeLessThan(86_400_000);
        expect(nextOpen(policy, { quietHours: own }, 'sms', opening.at).at).toBe(opening.at);
        expect(nextOpen(policy, { quietHours: own }, 'email', at).at).toBe(at);
      }),
    );
  });

  test('holds a retry of 23:10 until 08:00 by the default window', () => {
    expect(nextOpen(DEFAULT_POLICY, {}, 'sms', '2026-02-15T14:10:30.000Z' as Instant).at).toBe(
      '2026-02-15T23:00:00.000Z',
    );
  });
});

describe('planTime', () => {
  const bill = { month: '2026-01' as Month, dueDate: '2026-02-20' as LocalDate };
  const now = '2026-02-01T03:00:00.000Z' as Instant;

  test('goes seven days before the due date when the schedule is later than that', () => {
    const planned = planTime(DEFAULT_POLICY, {}, 'email', bill, now);
    expect(planned).toMatchObject({ at: '2026-02-13T00:00:00.000Z', movedByDueDate: true, late: false });
  });

  test('goes at once, and says that it is late, when even now is too late', () => {
    const late = '2026-02-18T03:00:00.000Z' as Instant;
    expect(planTime(DEFAULT_POLICY, {}, 'email', bill, late)).toMatchObject({
      at: late,
      movedByDueDate: false,
      late: true,
    });
  });

  test('goes when asked, when that is early enough', () => {
    expect(planTime(DEFAULT_POLICY, { day: 10 }, 'email', bill, now)).toMatchObject({
      at: '2026-02-10T00:00:00.000Z',
      movedByDueDate: false,
      late: false,
    });
  });

  test('that is moved into quiet time goes when that is over, and says that it is late', () => {
    const evening = { ...DEFAULT_POLICY, schedule: { day: 15, time: '21:30' } };
    expect(planTime(evening, {}, 'email', bill, now)).toMatchObject({
      at: '2026-02-13T23:00:00.000Z',
      movedByDueDate: true,
      late: true,
    });
  });

  test('is never before now, never later than asked and quiet time, and late only after the last day for it', () => {
    const dueDate = fc
      .integer({ min: 1, max: 28 })
      .map((day) => `2026-02-${String(day).padStart(2, '0')}` as LocalDate);
    const days = fc.integer({ min: 1, max: 31 });
    fc.assert(
      fc.property(window, days, time, fc.nat(30), dueDate, instant, (system, day, at, noticeDays, due, from) => {
        const policy = {
          ...{ schedule: { day, time: at }, noticeDays },
          quietHours: { system, channels: ['email' as const], accountWindows: false },
        };
        const planned = planTime(policy, {}, 'email', { month: '2026-01' as Month, dueDate: due }, from);
        const asked = earliest(policy, {}, '2026-01' as Month, from);
        const last = Date.parse(`${due}T${at}:00+09:00`) - noticeDays * 86_400_000;
        expect(planned.at >= from).toBe(true);
        expect(planned.at <= nextOpen(policy, {}, 'email', asked).at).toBe(true);
        expect(planned.late).toBe(Date.parse(planned.at) > last);
        expect(planned.movedByDueDate).toBe(Date.parse(asked) > Math.max(last, Date.parse(from)));
      }),
    );
  });

  test('goes now under an immediate policy', () => {
    const policy = { ...DEFAULT_POLICY, schedule: 'immediate' as const };
    expect(planTime(policy, {}, 'email', bill, now).at).toBe(now);
  });
});

describe('channelsFor', () => {
  test.each([
    [['email', 'sms'], undefined, ['email', 'sms']],
    [['email', 'sms'], null, ['email', 'sms']],
    [
      ['email', 'sms'],
      ['sms', 'email'],
      ['sms', 'email'],
    ],
    [['email', 'sms'], ['sms'], ['sms']],
    [['email', 'sms'], ['sms', 'sms'], ['sms']],
    [['email'], ['sms', 'email'], ['email']],
    [['email'], ['sms'], []],
    [['email', 'sms'], [], []],
  ] as const)('of a policy with %j, for a customer who wants %j, are %j', (channels, wanted, expected) => {
    expect(channelsFor({ channels }, { channels: wanted })).toEqual(expected);
  });
});
