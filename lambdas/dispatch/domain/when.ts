/**
 * When a notice may go (dispatch rules §2). Planning and every send ask these functions; nothing else decides it.
 * Everything is a function of its arguments; seconds are cut when a time moves.
 */
import {
  addMonths,
  clampedDate,
  dateOfDay,
  dayNumber,
  seoulInstant,
  seoulTime,
  type Instant,
  type LocalDate,
  type Month,
} from '../../kernel/dates.ts';
import type { Channel, Policy, Preferences, QuietWindow } from './policy.ts';

const MINUTES_A_DAY = 1440;

/** Where `nextOpen` moved an instant to, and whether the customer's window had to be ignored for that. */
export interface Opening {
  readonly at: Instant;
  readonly accountWindowIgnored: boolean;
}

const later = (a: Instant, b: Instant): Instant => (a > b ? a : b);
const earlier = (a: Instant, b: Instant): Instant => (a < b ? a : b);
/** Instants compare as text, so all must have the same form. */
const normal = (instant: string): Instant => new Date(instant).toISOString() as Instant;

const minuteOf = (time: string): number => Number(time.slice(0, 2)) * 60 + Number(time.slice(3, 5));
const timeOf = (minute: number): string =>
  `${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`;

/** The first instant that policy and customer ask for, quiet hours aside; never before `now`. */
export function earliest(
  policy: Pick<Policy, 'schedule'>,
  preferences: Preferences,
  month: Month,
  now: Instant,
): Instant {
  const { schedule } = policy;
  if (schedule === 'immediate') return normal(now);
  const date = clampedDate(addMonths(month, 1), preferences.day ?? schedule.day);
  return later(seoulInstant(date, schedule.time), normal(now));
}

/** True when the window silences this minute of the day. */
function silences(window: QuietWindow | null | undefined, minute: number): boolean {
  if (!window) return false;
  const from = minuteOf(window.from);
  const to = minuteOf(window.to);
  return from <= to ? minute >= from && minute < to : minute >= from || minute < to;
}

/** The first instant, at or after this one, at which the channel is not silent. */
export function nextOpen(
  policy: Pick<Policy, 'quietHours'>,
  preferences: Preferences,
  channel: Channel,
  instant: Instant,
): Opening {
  const { quietHours } = policy;
  const start = normal(instant);
  if (!quietHours.channels.includes(channel)) return { at: start, accountWindowIgnored: false };
  const own = quietHours.accountWindows ? preferences.quietHours : null;
  const wait = minutesUntilOpen([quietHours.system, own], seoulTime(start).minute);
  if (wait !== null) return { at: afterMinutes(start, wait), accountWindowIgnored: false };
  // A system window of 24 h is refused when the policy is made, so without the customer's there is an open minute.
  const systemWait = minutesUntilOpen([quietHours.system], seoulTime(start).minute) ?? 0;
  return { at: afterMinutes(start, systemWait), accountWindowIgnored: true };
}

/** Minutes of a day in which the system's window leaves a channel open. */
export function openMinutesADay({ quietHours }: Pick<Policy, 'quietHours'>, channel: Channel): number {
  if (!quietHours.channels.includes(channel)) return MINUTES_A_DAY;
  let open = 0;
  for (let minute = 0; minute < MINUTES_A_DAY; minute++) if (!silences(quietHours.system, minute)) open++;
  return open;
}

/** Minutes from this one to the first open one; null when the windows silence the whole day. */
function minutesUntilOpen(windows: readonly (QuietWindow | null | undefined)[], minute: number): number | null {
  for (let wait = 0; wait < MINUTES_A_DAY; wait++) {
    const candidate = (minute + wait) % MINUTES_A_DAY;
    if (!windows.some((window) => silences(window, candidate))) return wait;
  }
  return null;
}

/** The start of the local minute so many minutes later; the instant itself, seconds and all, when it need not move. */
function afterMinutes(instant: Instant, wait: number): Instant {
  if (wait === 0) return instant;
  const { date, minute } = seoulTime(instant);
  const target = minute + wait;
  const day = dateOfDay(dayNumber(date) + Math.floor(target / MINUTES_A_DAY));
  return seoulInstant(day, timeOf(target % MINUTES_A_DAY));
}

/** What planning decides for a notice. */
export interface PlannedTime extends Opening {
  /** The notice days before the due date made it go earlier than asked. */
  readonly movedByDueDate: boolean;
  /** It goes later than `noticeDays` before the due date: counted in the run's report. */
  readonly late: boolean;
}

/** When planning sends a notice: `earliest`, or the instant that a person reserved for the month; but `noticeDays` before the due date at the latest (never before `now`), out of quiet time. */
export function planTime(
  policy: Pick<Policy, 'schedule' | 'noticeDays' | 'quietHours'>,
  preferences: Preferences,
  channel: Channel,
  bill: { readonly month: Month; readonly dueDate: LocalDate },
  now: Instant,
  reservedAt: Instant | null = null,
): PlannedTime {
  const asked = reservedAt === null ? earliest(policy, preferences, bill.month, now) : later(reservedAt, normal(now));
  const time = policy.schedule === 'immediate' ? '00:00' : policy.schedule.time;
  const latest = seoulInstant(dateOfDay(dayNumber(bill.dueDate) - policy.noticeDays), time);
  const chosen = later(earlier(asked, latest), normal(now));
  const opening = nextOpen(policy, preferences, channel, chosen);
  return { ...opening, movedByDueDate: chosen < asked, late: opening.at > latest };
}
