/**
 * The invoice as settlement publishes it and dispatch shows it (billing rules §6). Every line says enough to answer
 * "why this amount?": the rule (its code), what it refers to, the dates, the quantity.
 */
import type { LocalDate, Month } from '../kernel/dates.ts';
import type { Won } from '../kernel/money.ts';

/** Whether a line's amount contains VAT. */
export type VatClass = 'included' | 'none';

interface LineOf<Code extends string, LineId, Ref, LineDate, Vat extends VatClass> {
  readonly lineId: LineId;
  readonly code: Code;
  readonly ref: Ref;
  readonly from: LineDate;
  readonly to: LineDate;
  readonly quantity: number;
  readonly amount: Won;
  readonly vat: Vat;
}

/** A piece of a plan: `quantity` days, active (`suspension: null`) or under one suspension kind. */
export interface PlanFeeLine extends LineOf<'PLAN_FEE', string, string, LocalDate, 'included'> {
  readonly suspension: string | null;
}
/** A piece of an add-on. */
export type AddOnLine = LineOf<'ADD_ON', string, string, LocalDate, VatClass>;
/** Units beyond the allowance; `ref` is the plan whose rate is used. */
export type OverageCode = 'DATA_OVERAGE' | 'VOICE_OVERAGE' | 'MESSAGE_OVERAGE';
export type OverageLine = LineOf<OverageCode, string, string, null, 'included'>;
/** A discount on days of the month: 선택약정, 결합할인. */
export type DatedDiscountLine = LineOf<'CONTRACT_DISCOUNT' | 'BUNDLE_DISCOUNT', string, null, LocalDate, 'included'>;
/** 복지할인; `ref` is the welfare class. */
export type WelfareDiscountLine = LineOf<'WELFARE_DISCOUNT', string, string, null, 'included'>;
/** 할인반환금: from the contract's start to its termination, `quantity` days. */
export type TerminationChargeLine = LineOf<'TERMINATION_CHARGE', string, null, LocalDate, 'included'>;
/** 소액결제 and 정보이용료: the sum of `quantity` payments. */
export type PaymentLine = LineOf<'MICRO_PAYMENT' | 'CONTENT_PAYMENT', string, null, null, 'none'>;
/** The `number`th of `totalMonths` instalments of the device `ref`; `remaining` won are still to come. */
export interface InstalmentLine extends LineOf<'INSTALMENT', string, string, null, 'none'> {
  readonly number: number;
  readonly totalMonths: number;
  readonly remaining: Won;
}
/** What concerns the account as a whole. */
export type AccountChargeLine = LineOf<'ARREARS' | 'LATE_FEE' | 'ROUNDING', null, null, null, 'none'>;
export type CreditLine = LineOf<'CREDIT', null, string, null, 'none'>;

export type InvoiceLine =
  | PlanFeeLine
  | AddOnLine
  | OverageLine
  | DatedDiscountLine
  | WelfareDiscountLine
  | TerminationChargeLine
  | PaymentLine
  | InstalmentLine
  | AccountChargeLine
  | CreditLine;

/** Which rule a line comes from. */
export type ChargeCode = InvoiceLine['code'];

/** One account's month. The sum of all lines, rounding included, is `amountDue − carriedForward`. */
export interface Invoice {
  readonly accountId: string;
  readonly month: Month;
  readonly catalogId: string;
  readonly dueDate: LocalDate;
  readonly lines: readonly InvoiceLine[];
  /** The sum of the lines whose VAT is included; it is `supply + vat` when above 0. */
  readonly taxable: Won;
  readonly supply: Won;
  readonly vat: Won;
  readonly nonTaxable: Won;
  /** Taxable and not taxable lines together, before rounding. */
  readonly subtotal: Won;
  readonly rounding: Won;
  readonly amountDue: Won;
  readonly carriedForward: Won;
}
