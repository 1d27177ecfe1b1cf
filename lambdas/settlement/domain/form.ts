/**
 * Reads members of outside data and remembers what is wrong with them, so that one pass finds a malformed value and a
 * bad amount alike. Each reader returns a placeholder for what it could not read: the caller looks at the two flags
 * before it uses anything. Hand-written, as a schema library costs more a record than billing it.
 */
import { isLocalDate, isMonth, type LocalDate, type Month } from '../../kernel/dates.ts';

/** Amounts, counters and catalog prices are integers from 0 to this. */
export const MAX_AMOUNT = 1e12;
/** `size` of a bundle and `totalMonths` of an instalment. */
const MAX_COUNT = 1000;

/** An object of outside data. */
export type Members = Readonly<Record<string, unknown>>;

export const isMembers = (value: unknown): value is Members =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** True for an integer from 0 to 10^12, by its value. */
export const isAmount = (value: unknown): value is number =>
  Number.isInteger(value) && (value as number) >= 0 && (value as number) <= MAX_AMOUNT;

const NO_MEMBERS: Members = {};
const EMPTY: readonly never[] = [];

export class Form {
  /** Something does not have the form it must have. */
  malformed = false;
  /** Some amount is a number, but not an integer from 0 to 10^12. */
  badAmount = false;

  /** A required object. */
  members(value: unknown): Members {
    return isMembers(value) ? value : this.#malformedAs(NO_MEMBERS);
  }

  /** An object that may be missing. */
  optional<T>(value: unknown, read: (members: Members, form: Form) => T): T | null {
    return value === undefined || value === null ? null : read(this.members(value), this);
  }

  /** A list of objects that may be missing. */
  list<T>(value: unknown, read: (members: Members, form: Form) => T): readonly T[] {
    if (value === undefined || value === null) return EMPTY;
    if (!Array.isArray(value)) return this.#malformedAs(EMPTY);
    return value.length === 0 ? EMPTY : value.map((member) => read(this.members(member), this));
  }

  text(value: unknown): string {
    return typeof value === 'string' ? value : this.#malformedAs('');
  }

  date(value: unknown): LocalDate {
    return isLocalDate(value) ? value : this.#malformedAs('2000-01-01' as LocalDate);
  }

  optionalDate(value: unknown): LocalDate | null {
    return value === undefined || value === null ? null : this.date(value);
  }

  month(value: unknown): Month {
    return isMonth(value) ? value : this.#malformedAs('2000-01' as Month);
  }

  /** An integer from 1 to `max`. */
  count(value: unknown, max = MAX_COUNT): number {
    const fits = Number.isInteger(value) && (value as number) >= 1 && (value as number) <= max;
    return fits ? (value as number) : this.#malformedAs(1);
  }

  /** An amount or a counter; missing is 0. A bad number is kept as it is: usage of half a second is usage. */
  amount(value: unknown): number {
    if (value === undefined || value === null) return 0;
    if (typeof value !== 'number') return this.#malformedAs(0);
    if (!isAmount(value)) this.badAmount = true;
    return value;
  }

  /** No id may stand twice. */
  unique(ids: readonly string[]): void {
    if (ids.length > 1 && new Set(ids).size < ids.length) this.malformed = true;
  }

  #malformedAs<T>(placeholder: T): T {
    this.malformed = true;
    return placeholder;
  }
}
