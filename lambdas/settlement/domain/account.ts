/** An account and its usage record after their form was checked (billing rules §2): nothing optional, nothing unread. */
import type { LocalDate, Month } from '../../kernel/dates.ts';

/** Half-open: `from` included, `to` excluded; `to: null` is open. */
export interface Interval {
  readonly from: LocalDate;
  readonly to: LocalDate | null;
}

export interface PlanInterval extends Interval {
  readonly planId: string;
}

export interface AddOnInterval extends Interval {
  readonly addOnId: string;
}

export interface Suspension extends Interval {
  readonly kind: string;
}

/** 선택약정. A contract without `to` is an invalid interval. */
export interface Contract extends Interval {
  readonly terminatedOn: LocalDate | null;
  readonly discountReceived: number;
}

/** 결합할인. */
export interface Bundle extends Interval {
  readonly size: number;
}

/** 복지할인. */
export interface Welfare extends Interval {
  readonly welfareClass: string;
}

export interface Instalment {
  readonly device: string;
  readonly monthlyAmount: number;
  readonly totalMonths: number;
  readonly firstMonth: Month;
}

export interface Line {
  readonly lineId: string;
  readonly plans: readonly PlanInterval[];
  readonly addOns: readonly AddOnInterval[];
  readonly suspensions: readonly Suspension[];
  readonly contract: Contract | null;
  readonly bundle: Bundle | null;
  readonly welfare: Welfare | null;
  readonly instalment: Instalment | null;
}

export interface Credit {
  readonly creditId: string;
  readonly amount: number;
}

export interface Account {
  readonly accountId: string;
  readonly dueDay: number;
  readonly lines: readonly Line[];
  readonly arrears: { readonly taxable: number; readonly nonTaxable: number };
  readonly credits: readonly Credit[];
}

export interface Payment {
  readonly kind: string;
  readonly amount: number;
}

export interface UsageLine {
  readonly lineId: string;
  readonly dataMb: number;
  readonly voiceSec: number;
  readonly messages: number;
  readonly payments: readonly Payment[];
}
