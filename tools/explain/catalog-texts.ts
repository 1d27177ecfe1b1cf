/** The catalog as it is written, for explaining: names and rates as their texts. It has been checked before. */
import type { LocalDate } from '../../lambdas/kernel/dates.ts';
import type { Locale } from './words.ts';

interface Named {
  readonly name: Readonly<Record<Locale, string>>;
  readonly monthlyFee: number;
}

/** One version of a catalog file. */
export interface CatalogText {
  readonly effectiveFrom: string;
  readonly plans: readonly (Named & {
    readonly planId: string;
    readonly overage: {
      readonly dataPerMb: string;
      readonly dataCap: number | null;
      readonly voicePerSec: string;
      readonly perMessage: string;
    };
  })[];
  readonly addOns: readonly (Named & { readonly addOnId: string })[];
  readonly contractDiscountRate: string;
  readonly bundleDiscounts: readonly { readonly minSize: number; readonly amount: number }[];
  readonly welfareClasses: Readonly<
    Record<string, { readonly waiver: number; readonly rate: string; readonly cap: number | null }>
  >;
  readonly suspensionFeeRate: Readonly<Record<string, string>>;
  readonly vatRate: string;
  readonly lateFeeRate: string;
  readonly roundingUnit: number;
}

/** Finds the version in force on a date. `json` has passed `compileCatalogs`. */
export function catalogTexts(json: unknown): (date: LocalDate) => CatalogText {
  const versions = (json as CatalogText[]).toSorted((a, b) => (a.effectiveFrom < b.effectiveFrom ? 1 : -1));
  return (date) => {
    const version = versions.find(({ effectiveFrom }) => effectiveFrom <= date);
    if (!version) throw new Error(`no catalog version is in force on ${date}`);
    return version;
  };
}
