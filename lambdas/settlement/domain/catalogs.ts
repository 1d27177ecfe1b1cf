/** Catalog versions as billing looks things up in them, and what of them is in force in one month. */
import { addMonths, daysInMonth, type LocalDate, type Month } from '../../kernel/dates.ts';
import type { VatClass } from '../../contracts/invoice.ts';
import type { Interval } from './account.ts';
import type { Rate } from './exact.ts';

/** What is counted, allowed and charged beyond the allowance. */
export type UsageKind = 'data' | 'voice' | 'messages';

export interface Plan {
  readonly monthlyFee: number;
  /** Units a full month; null is unlimited. */
  readonly allowance: Readonly<Record<UsageKind, number | null>>;
  readonly overageRate: Readonly<Record<UsageKind, Rate>>;
  /** The most that data overage may cost; null is no cap. */
  readonly dataCap: number | null;
}

export interface AddOn {
  readonly monthlyFee: number;
  readonly vat: VatClass;
}

export interface WelfareClass {
  readonly waiver: number;
  readonly rate: Rate;
  readonly cap: number | null;
}

/** One version of the tariff, complete in itself. */
export interface Catalog {
  readonly catalogId: string;
  readonly effectiveFrom: LocalDate;
  readonly plans: ReadonlyMap<string, Plan>;
  readonly addOns: ReadonlyMap<string, AddOn>;
  readonly contractDiscountRate: Rate;
  /** The greatest `minSize` first. */
  readonly bundleDiscounts: readonly { readonly minSize: number; readonly amount: number }[];
  readonly welfareClasses: ReadonlyMap<string, WelfareClass>;
  readonly suspensionFeeRate: ReadonlyMap<string, Rate>;
  readonly vatRate: Rate;
  readonly lateFeeRate: Rate;
  readonly roundingUnit: number;
}

/** A run of days of the month, as offsets from the 1st (`to` excluded), on which one version is in force. */
export interface CatalogSpan {
  readonly from: number;
  readonly to: number;
  readonly catalog: Catalog;
}

/** A month, and the versions in force in it. Days are offsets from the 1st: 0 is the 1st, `days` the 1st of the next month. */
export class MonthTariff {
  readonly month: Month;
  readonly days: number;
  /** Versions by date. Days before the first version are in no span. */
  readonly spans: readonly CatalogSpan[];
  /** The month's catalog: in force on its last day. */
  readonly catalog: Catalog | null;
  readonly #dates: readonly LocalDate[];

  constructor(month: Month, versions: readonly Catalog[]) {
    const days = daysInMonth(month);
    this.month = month;
    this.days = days;
    this.#dates = [
      ...Array.from({ length: days }, (_, day) => `${month}-${String(day + 1).padStart(2, '0')}` as LocalDate),
      `${addMonths(month, 1)}-01` as LocalDate,
    ];
    const spans: CatalogSpan[] = [];
    versions.forEach((catalog, index) => {
      const next = versions[index + 1];
      const [from, to] = [this.dayOf(catalog.effectiveFrom), next ? this.dayOf(next.effectiveFrom) : days];
      if (from < to) spans.push({ from, to, catalog });
    });
    this.spans = spans;
    this.catalog = spans.at(-1)?.catalog ?? null;
  }

  /** The offset of a date, clipped to the month. */
  dayOf(date: LocalDate): number {
    if (date <= (this.#dates[0] as LocalDate)) return 0;
    if (date >= (this.#dates[this.days] as LocalDate)) return this.days;
    return (date.charCodeAt(8) - 48) * 10 + date.charCodeAt(9) - 49;
  }

  /** The end of an interval in the month. */
  endOf(interval: Interval): number {
    return interval.to === null ? this.days : this.dayOf(interval.to);
  }

  /** The date of an offset from 0 to `days`. */
  dateOf(day: number): LocalDate {
    return this.#dates[day] as LocalDate;
  }

  /** Whether an interval holds the month's last day. */
  coversLastDay(interval: Interval): boolean {
    return this.endOf(interval) === this.days && this.dayOf(interval.from) < this.days;
  }
}

/** All versions of the tariff, by date. */
export class Catalogs {
  readonly #versions: readonly Catalog[];
  readonly #months = new Map<Month, MonthTariff>();

  /** `versions` in any order; no two have the same `effectiveFrom`. */
  constructor(versions: readonly Catalog[]) {
    this.#versions = versions.toSorted((a, b) => (a.effectiveFrom < b.effectiveFrom ? -1 : 1));
  }

  /** What is in force in a month: worked out once a month. */
  in(month: Month): MonthTariff {
    let tariff = this.#months.get(month);
    if (!tariff) this.#months.set(month, (tariff = new MonthTariff(month, this.#versions)));
    return tariff;
  }
}
