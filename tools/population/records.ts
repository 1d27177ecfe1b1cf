/** Accounts and usage records as they are generated: the form of the billing rules §2, with nothing left out. */
import type { LocalDate, Month } from '../../lambdas/kernel/dates.ts';

interface Span {
  readonly from: LocalDate;
  readonly to: LocalDate | null;
}

export interface LineRecord {
  readonly lineId: string;
  readonly plans: readonly (Span & { readonly planId: string })[];
  readonly addOns: readonly (Span & { readonly addOnId: string })[];
  readonly suspensions: readonly (Span & { readonly kind: string })[];
  readonly contract: (Span & { readonly terminatedOn: LocalDate | null; readonly discountReceived: number }) | null;
  readonly bundle: (Span & { readonly size: number }) | null;
  readonly welfare: (Span & { readonly class: string }) | null;
  readonly instalment: {
    readonly device: string;
    readonly monthlyAmount: number;
    readonly totalMonths: number;
    readonly firstMonth: Month;
  } | null;
}

export interface CreditRecord {
  readonly creditId: string;
  readonly amount: number;
  readonly reason: string;
}

export interface DispatchRecord {
  readonly day: number | null;
  readonly quietHours: { readonly from: string; readonly to: string } | null;
  readonly channels: readonly ('email' | 'sms')[];
}

export interface AccountRecord {
  readonly accountId: string;
  readonly name: string;
  readonly email: string;
  readonly phone: string;
  readonly locale: 'ko' | 'en';
  readonly dueDay: number;
  readonly lines: readonly LineRecord[];
  readonly arrears: { readonly taxable: number; readonly nonTaxable: number } | null;
  readonly credits: readonly CreditRecord[];
  readonly dispatch: DispatchRecord;
}

export interface PaymentRecord {
  readonly date: LocalDate;
  readonly merchant: string;
  readonly amount: number;
  readonly kind: string;
}

export interface UsageLineRecord {
  readonly lineId: string;
  readonly dataMb: number;
  readonly voiceSec: number;
  readonly messages: number;
  readonly payments: readonly PaymentRecord[];
}

export interface UsageRecord {
  readonly accountId: string;
  readonly month: Month;
  readonly lines: readonly UsageLineRecord[];
}

/** One account's month. An account without a usage record used nothing. */
export interface AccountMonth {
  readonly account: AccountRecord;
  readonly usage: UsageRecord | null;
}
