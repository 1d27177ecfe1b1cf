import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { instantOf, seoulTime, type Instant, type LocalDate, type Month } from '../../../lambdas/kernel/dates.ts';
import {
  DEFAULT_POLICY,
  type Channel,
  type Policy,
  type Preferences,
} from '../../../lambdas/dispatch/domain/policy.ts';
import { earliest, nextOpen, planTime } from '../../../lambdas/dispatch/domain/when.ts';

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

describe('nextOpen', () => {
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

  test('goes now under an immediate policy', () => {
    const policy = { ...DEFAULT_POLICY, schedule: 'immediate' as const };
    expect(planTime(policy, {}, 'email', bill, now).at).toBe(now);
  });
});
