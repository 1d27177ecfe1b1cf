import type { InvoiceLine } from '../../../contracts/invoice.ts';
import type { Line, UsageLine } from '../account.ts';
import type { Catalog, MonthTariff } from '../catalogs.ts';
import type { Piece } from '../pieces.ts';

/** A line of an account in one month, cut into pieces: what every charge of it is computed from. */
export interface LineMonth {
  readonly line: Line;
  readonly usage: UsageLine | null;
  readonly tariff: MonthTariff;
  /** The month's catalog: in force on its last day. */
  readonly catalog: Catalog;
  readonly pieces: readonly Piece[];
}

/** What the charges earlier in the chain came to. Discounts never make it negative. */
export interface PhoneCharges {
  /** Plan fees less the discounts so far. */
  readonly planFees: number;
  readonly overages: number;
}

/** One charge kind: its invoice lines for a line of the account. Lines of 0 are left out by the chain where they must be. */
export type Charge = (lineMonth: LineMonth, soFar: PhoneCharges) => readonly InvoiceLine[];

export const NO_LINES: readonly InvoiceLine[] = [];
