import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { clockSettings, scaledClock } from '../../../tools/local/clock.ts';
import { localSchedules, readExpression } from '../../../tools/local/schedules.ts';

const next = (expression: string, zone: string, after: string): string | undefined => {
  const found = readExpression(expression, zone, Date.parse(after))(Date.parse(after));
  return found === undefined ? undefined : new Date(found).toISOString();
};

describe('a schedule expression', () => {
  it.each([
    ['noon of the 1st in Seoul', 'cron(0 12 1 * ? *)', '2026-01-31T00:00:00Z', '2026-02-01T03:00:00.000Z'],
    [
      'half past midnight is the day before in UTC',
      'cron(30 0 1 * ? *)',
      '2026-01-31T15:00:00Z',
      '2026-01-31T15:30:00.000Z',
    ],
    ['every ten minutes, strictly after', 'cron(0/10 * * * ? *)', '2026-02-01T03:10:00Z', '2026-02-01T03:20:00.000Z'],
    ['the last day of a short month', 'cron(0 9 L * ? *)', '2026-02-02T00:00:00Z', '2026-02-28T00:00:00.000Z'],
    ['Sunday is 1, as on AWS', 'cron(0 9 ? * 1 *)', '2026-02-02T00:00:00Z', '2026-02-08T00:00:00.000Z'],
    ['a rate counts from the start', 'rate(10 minutes)', '2026-02-01T03:07:00Z', '2026-02-01T03:17:00.000Z'],
  ])('%s', (_, expression, after, expected) => {
    expect(next(expression, 'Asia/Seoul', after)).toBe(expected);
  });

  it.each(['cron(0 12 1 * ?)', 'rate(0 minutes)', 'rate(1 fortnight)', 'at(2026-02-01T00:00:00)', 'every day'])(
    'is refused: %s',
    (expression) => {
      expect(() => next(expression, 'UTC', '2026-02-01T00:00:00Z')).toThrow();
    },
  );
});

describe('the schedules', () => {
  const schedule = (name: string, ScheduleExpression: string, State = 'ENABLED') => ({
    logicalId: name,
    type: 'AWS::Scheduler::Schedule',
    name,
    properties: {
      ScheduleExpression,
      ScheduleExpressionTimezone: 'Asia/Seoul',
      State,
      Target: { Arn: 'machine', Input: '{"at":"<aws.scheduler.scheduled-time>"}' },
    },
  });
  const start = (scale: number) => {
    const started: string[] = [];
    const clock = scaledClock(clockSettings(Date.parse('2026-02-01T02:59:00Z'), scale));
    const resources = [
      schedule('x-settlement', 'cron(0 12 1 * ? *)'),
      schedule('x-waves', 'cron(0/10 * * * ? *)', 'DISABLED'),
    ];
    return { started, clock, schedules: localSchedules(resources, clock, (_, input) => started.push(input)) };
  };

  it('fire by themselves when they are due, unless they are disabled', async () => {
    const { started, schedules, clock } = start(3600);
    schedules.start();
    while (clock.nowMs() < Date.parse('2026-02-01T03:15:00Z')) await sleep(10);
    schedules.stop();
    expect(started).toEqual(['{"at":"2026-02-01T03:00:00Z"}']);
  });

  it('fire when they are told, as if it were an instant, by any part of the name that is clear', () => {
    const { started, schedules } = start(1);
    schedules.fire('settlement', Date.parse('2026-03-01T03:00:00Z'));
    expect(started).toEqual(['{"at":"2026-03-01T03:00:00Z"}']);
    expect(() => {
      schedules.fire('x-');
    }).toThrow('x-settlement, x-waves');
    expect(new Date(schedules.next('waves') ?? 0).toISOString()).toBe('2026-02-01T03:00:00.000Z');
  });
});
