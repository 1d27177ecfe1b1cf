/** EventBridge Scheduler on the scaled clock: cron and rate expressions in their time zone, state machines as targets. */
import { Cron } from 'croner';
import type { ScaledClock } from './clock.ts';
import type { StartMachine } from './event-bus.ts';
import type { Resource } from './template.ts';

interface Target {
  readonly Arn: string;
  readonly Input?: string;
}

/** The next instant after another one, or `undefined` if there is none. Milliseconds since 1970. */
export type NextRun = (afterMs: number) => number | undefined;

const UNIT_MS: Readonly<Record<string, number>> = { minute: 60_000, hour: 3_600_000, day: 86_400_000 };

/** Reads `cron(…)`, `rate(…)` or `at(…)`. A rate counts from `startMs`. Throws for what it cannot read. */
export function readExpression(expression: string, timeZone: string, startMs: number): NextRun {
  const [, kind, inner = ''] = /^(cron|rate|at)\((.*)\)$/.exec(expression) ?? [];
  if (kind === 'cron') {
    // As AWS: six fields with the year last, Sunday is 1.
    const [minute, hour, day, month, weekday, year, ...rest] = inner.trim().split(/\s+/);
    if (year === undefined || rest.length > 0) throw new Error(`${expression} does not have six fields`);
    const pattern = ['0', minute, hour, day, month, weekday, year].join(' ');
    const options = { timezone: timeZone, alternativeWeekdays: true, sloppyRanges: true, paused: true };
    const cron = new Cron(pattern, options);
    return (afterMs) => cron.nextRun(new Date(afterMs))?.getTime();
  }
  if (kind === 'rate') {
    const [, count = '', unit = ''] = /^(\d+) (minute|hour|day)s?$/.exec(inner) ?? [];
    const everyMs = Number(count) * (UNIT_MS[unit] ?? 0);
    if (!(everyMs > 0)) throw new Error(`${expression} is no rate`);
    return (afterMs) => startMs + (Math.floor((afterMs - startMs) / everyMs) + 1) * everyMs;
  }
  throw new Error(`${expression} is neither cron(…) nor rate(…)`);
}

/** What a schedule has that this one does not know. */
export function scheduleProblems({ logicalId, properties }: Resource): string[] {
  const problems: string[] = [];
  const target = properties['Target'] as Record<string, unknown>;
  const mode = (properties['FlexibleTimeWindow'] as { Mode?: string } | undefined)?.Mode;
  if (mode !== 'OFF') problems.push(`${logicalId}: only a FlexibleTimeWindow that is OFF is known`);
  if (!String(target['Arn']).includes(':stateMachine:')) {
    problems.push(`${logicalId}: the target ${String(target['Arn'])} is not a state machine`);
  }
  for (const field of Object.keys(target)) {
    if (!['Arn', 'Input', 'RoleArn', 'RetryPolicy', 'DeadLetterConfig'].includes(field)) {
      problems.push(`${logicalId}: the target's field ${field} is not known`);
    }
  }
  try {
    readExpression(String(properties['ScheduleExpression']), zoneOf(properties), 0)(0);
  } catch (thrown) {
    problems.push(`${logicalId}: ${(thrown as Error).message}`);
  }
  return problems;
}

const zoneOf = (properties: Resource['properties']): string => {
  const zone = properties['ScheduleExpressionTimezone'];
  return typeof zone === 'string' ? zone : 'UTC';
};

export interface Schedules {
  /** The schedules' names. */
  readonly names: readonly string[];
  /** When a schedule is due next, milliseconds since 1970. */
  readonly next: (name: string) => number | undefined;
  /** Fires a schedule now, as if it were due at that instant (now, if none is given). A part of its name suffices. */
  readonly fire: (name: string, atMs?: number) => void;
  /** Lets them fire by themselves from now on. */
  readonly start: () => void;
  readonly stop: () => void;
}

export function localSchedules(
  resources: readonly Resource[],
  clock: ScaledClock,
  startMachine: StartMachine,
): Schedules {
  const over = new AbortController();
  const known = resources.map(({ name, logicalId, properties }) => ({
    name,
    logicalId,
    isEnabled: properties['State'] !== 'DISABLED',
    target: properties['Target'] as Target,
    nextRun: readExpression(String(properties['ScheduleExpression']), zoneOf(properties), clock.nowMs()),
  }));
  type Schedule = (typeof known)[number];

  const fire = (schedule: Schedule, atMs: number): void => {
    startMachine(schedule.target.Arn, scheduledInput(schedule.target.Input ?? '{}', schedule.name, atMs));
  };

  const find = (name: string): Schedule => {
    const exact = known.filter((schedule) => schedule.name === name || schedule.logicalId === name);
    const found = exact.length > 0 ? exact : known.filter((schedule) => schedule.name.includes(name));
    const [schedule] = found;
    if (schedule && found.length === 1) return schedule;
    throw new Error(`'${name}' is not one of the schedules ${known.map((each) => each.name).join(', ')}`);
  };

  const run = async (schedule: Schedule): Promise<void> => {
    let last = clock.nowMs();
    for (;;) {
      const next = schedule.nextRun(last);
      if (next === undefined) return;
      await clock.sleep(Math.max(0, next - clock.nowMs()), over.signal);
      fire(schedule, next);
      last = next;
    }
  };

  return {
    names: known.map(({ name }) => name),
    next: (name) => find(name).nextRun(clock.nowMs()),
    fire: (name, atMs) => {
      fire(find(name), atMs ?? clock.nowMs());
    },
    start: () => {
      for (const schedule of known) {
        // It only rejects when it is stopped.
        if (schedule.isEnabled) run(schedule).catch(() => undefined);
      }
    },
    stop: () => {
      over.abort();
    },
  };
}

/** The input with Scheduler's context attributes filled in. */
function scheduledInput(input: string, name: string, atMs: number): string {
  const time = new Date(atMs).toISOString().replace(/\.\d+Z$/, 'Z');
  return input
    .replaceAll('<aws.scheduler.scheduled-time>', time)
    .replaceAll('<aws.scheduler.schedule-arn>', name)
    .replaceAll('<aws.scheduler.execution-id>', `${name}-${atMs}`)
    .replaceAll('<aws.scheduler.attempt-number>', '1');
}
