/**
 * Calendar values in Asia/Seoul and instants in UTC: three types that do not mix.
 * Korea has had no daylight saving time since 1988, so local time is UTC + 9 h for every date we bill.
 */

/** A local calendar date in Asia/Seoul, `YYYY-MM-DD`. */
export type LocalDate = string & { readonly __brand: 'LocalDate' };
/** A billing month, `YYYY-MM`. */
export type Month = string & { readonly __brand: 'Month' };
/** A point in time, ISO-8601 in UTC, to the millisecond: `2026-02-01T03:00:00.000Z`. */
export type Instant = string & { readonly __brand: 'Instant' };

const DAY_MS = 86_400_000;
const SEOUL_OFFSET_MS = 9 * 3_600_000;

/** True for `YYYY-MM` with a month from 01 to 12. */
export const isMonth = (value: unknown): value is Month =>
  typeof value === 'string' && /^\d{4}-(0[1-9]|1[0-2])$/.test(value);

/** True for a month whose days are local dates: of the years 2000 to 2199. */
export const isBillingMonth = (value: unknown): value is Month => isMonth(value) && /^2[01]/.test(value);

/** True for an existing date `YYYY-MM-DD` of the years 2000 to 2199 (billing rules §1). */
export function isLocalDate(value: unknown): value is LocalDate {
  if (typeof value !== 'string' || !/^2[01]\d{2}-(0[1-9]|1[0-2])-\d{2}$/.test(value)) return false;
  const day = Number(value.slice(8));
  return day >= 1 && (day <= 28 || day <= daysInMonth(value.slice(0, 7) as Month));
}

/** Days since 1970-01-01 of a local date. */
export const dayNumber = (date: LocalDate): number => Date.parse(`${date}T00:00:00Z`) / DAY_MS;

/** The local date of a day number. */
export const dateOfDay = (day: number): LocalDate => new Date(day * DAY_MS).toISOString().slice(0, 10) as LocalDate;

/** The number of days of a month. */
export function daysInMonth(month: Month): number {
  const [year, number] = partsOf(month);
  return number === 2 && isLeapYear(year) ? 29 : (DAYS[number - 1] as number);
}

/** Years and months are read and counted as numbers: a `Date` for each date of a million accounts is a third of billing them. */
const partsOf = (month: Month): [year: number, number: number] => [
  Number(month.slice(0, 4)),
  Number(month.slice(5, 7)),
];

const DAYS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] as const;

const isLeapYear = (year: number): boolean => year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);

/** The month `count` months later (earlier when negative). */
export function addMonths(month: Month, count: number): Month {
  const index = monthNumber(month) + count;
  return `${String(Math.floor(index / 12)).padStart(4, '0')}-${String((index % 12) + 1).padStart(2, '0')}` as Month;
}

/** Months since year 0: differences of it count months. */
export function monthNumber(month: Month): number {
  const [year, number] = partsOf(month);
  return year * 12 + number - 1;
}

/** A day of a month; a day past the month's end means its last day. */
export const clampedDate = (month: Month, day: number): LocalDate =>
  `${month}-${String(Math.min(day, daysInMonth(month))).padStart(2, '0')}` as LocalDate;

/** Milliseconds since 1970 of an instant. */
export const epochMs = (instant: Instant): number => Date.parse(instant);

/** The instant of milliseconds since 1970. */
export const instantOf = (ms: number): Instant => new Date(ms).toISOString() as Instant;

/** The instant of a local time `HH:MM` on a local date in Asia/Seoul. */
export const seoulInstant = (date: LocalDate, time: string): Instant =>
  instantOf(Date.parse(`${date}T${time}:00.000Z`) - SEOUL_OFFSET_MS);

/** Date and minute of the day (0–1439) in Asia/Seoul at an instant. */
export function seoulTime(instant: Instant): { date: LocalDate; minute: number } {
  const local = new Date(epochMs(instant) + SEOUL_OFFSET_MS);
  return {
    date: local.toISOString().slice(0, 10) as LocalDate,
    minute: local.getUTCHours() * 60 + local.getUTCMinutes(),
  };
}

/** The month before the one that an instant lies in, in Asia/Seoul: the month that a scheduled run settles. */
export const monthBefore = (instant: Instant): Month => addMonths(seoulTime(instant).date.slice(0, 7) as Month, -1);
