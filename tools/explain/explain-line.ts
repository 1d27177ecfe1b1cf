/** The rule and the arithmetic of one invoice line. Everything is shown as the rule has it, so that a person can redo it. */
import type { InvoiceLine, OverageLine, PlanFeeLine } from '../../lambdas/contracts/invoice.ts';
import {
  clampedDate,
  dateOfDay,
  dayNumber,
  daysInMonth,
  type LocalDate,
  type Month,
} from '../../lambdas/kernel/dates.ts';
import type { Account, Line, UsageLine } from '../../lambdas/settlement/domain/account.ts';
import { graceDays } from '../../lambdas/settlement/domain/charges/termination-charge.ts';
import type { CatalogText } from './catalog-texts.ts';
import { WORDS, type Locale } from './words.ts';

/** What the lines of a bill were made from. */
export interface BillContext {
  readonly month: Month;
  readonly locale: Locale;
  readonly account: Account;
  readonly usage: readonly UsageLine[];
  readonly lines: readonly InvoiceLine[];
  readonly subtotal: number;
  readonly versionOn: (date: LocalDate) => CatalogText;
}

const OVERAGES = {
  DATA_OVERAGE: { counter: 'dataMb', rate: 'dataPerMb' },
  VOICE_OVERAGE: { counter: 'voiceSec', rate: 'voicePerSec' },
  MESSAGE_OVERAGE: { counter: 'messages', rate: 'perMessage' },
} as const satisfies Record<OverageLine['code'], unknown>;

/** `33,000`; a minus sign is a minus, not a hyphen. */
export const won = (amount: number): string => amount.toLocaleString('en').replace('-', '−');

/** Plan fees of a line less the discounts that stand before `until` on the bill. */
const planFeesBefore = ({ lines }: BillContext, until: InvoiceLine): number =>
  lines.slice(0, lines.indexOf(until)).reduce((sum, line) => {
    const counts = line.code === 'PLAN_FEE' || line.code === 'CONTRACT_DISCOUNT' || line.code === 'BUNDLE_DISCOUNT';
    return counts && line.lineId === until.lineId ? sum + line.amount : sum;
  }, 0);

const planFees = ({ lines }: BillContext, lineId: string): PlanFeeLine[] =>
  lines.filter((line) => line.code === 'PLAN_FEE').filter((line) => line.lineId === lineId);

/** `1/1–1/15`: the last day is shown, where an interval has the day after it. */
function dates({ from, to }: { readonly from: LocalDate; readonly to: LocalDate }): string {
  const short = (date: LocalDate) => `${Number(date.slice(5, 7))}/${Number(date.slice(8))}`;
  const last = dateOfDay(dayNumber(to) - 1);
  return last === from ? short(from) : `${short(from)}–${short(last)}`;
}

/** A line of a bill as a person reads it, without its amount: what it is, and how the amount comes about. */
export function explainLine(line: InvoiceLine, context: BillContext): string {
  const words = WORDS[context.locale];
  const days = daysInMonth(context.month);
  const monthsCatalog = context.versionOn(clampedDate(context.month, 31));
  const name = words.charge[line.code];
  switch (line.code) {
    case 'PLAN_FEE': {
      const version = context.versionOn(line.from);
      const plan = version.plans.find(({ planId }) => planId === line.ref);
      const share = line.suspension === null ? '' : ` × ${version.suspensionFeeRate[line.suspension] ?? ''}`;
      const state = line.suspension === null ? '' : `, ${words.suspended(line.suspension)}`;
      const fee = won(plan?.monthlyFee ?? 0);
      return `${plan?.name[context.locale] ?? line.ref}, ${dates(line)}${state}, ${words.daysOf(line.quantity, days)}: ${fee} × ${line.quantity}${share} ÷ ${days}`;
    }
    case 'ADD_ON': {
      const addOn = context.versionOn(line.from).addOns.find(({ addOnId }) => addOnId === line.ref);
      const fee = won(addOn?.monthlyFee ?? 0);
      return `${addOn?.name[context.locale] ?? line.ref}, ${dates(line)}, ${words.daysOf(line.quantity, days)}: ${fee} × ${line.quantity} ÷ ${days}`;
    }
    case 'DATA_OVERAGE':
    case 'VOICE_OVERAGE':
    case 'MESSAGE_OVERAGE':
      return `${name}, ${explainOverage(line, context)}`;
    case 'CONTRACT_DISCOUNT':
      return `${name}, ${dates(line)}: ${explainContract(line.lineId, context, monthsCatalog)}`;
    case 'BUNDLE_DISCOUNT': {
      const size = lineOf(context, line.lineId)?.bundle?.size ?? 0;
      const tier = monthsCatalog.bundleDiscounts
        .filter(({ minSize }) => minSize <= size)
        .sort((a, b) => b.minSize - a.minSize)[0];
      const most = `${words.planFeesLeft} ${won(planFeesBefore(context, line))}`;
      return `${name}, ${words.members(size)}, ${dates(line)}: ${won(tier?.amount ?? 0)} × ${line.quantity} ÷ ${days}, ${words.atMost(most)}`;
    }
    case 'WELFARE_DISCOUNT':
      return `${name} (${line.ref}): ${explainWelfare(line, context, monthsCatalog)}`;
    case 'TERMINATION_CHARGE':
      return `${name}, ${explainTermination(line, context)}`;
    case 'MICRO_PAYMENT':
    case 'CONTENT_PAYMENT': {
      const kind = line.code === 'MICRO_PAYMENT' ? 'micro' : 'content';
      const paid = usageOf(context, line.lineId)?.payments.filter((payment) => payment.kind === kind) ?? [];
      if (line.quantity === 1) return `${name}, ${words.payments(line.quantity)}`;
      return `${name}, ${words.payments(line.quantity)}: ${paid.map(({ amount }) => won(amount)).join(' + ')}`;
    }
    case 'INSTALMENT':
      return `${name}, ${line.ref}, ${words.instalment(line.number, line.totalMonths, won(line.remaining))}`;
    case 'ARREARS': {
      const { taxable, nonTaxable } = context.account.arrears;
      return `${name}: ${words.taxable} ${won(taxable)} + ${words.nonTaxable} ${won(nonTaxable)}`;
    }
    case 'LATE_FEE': {
      const { taxable, nonTaxable } = context.account.arrears;
      const { vatRate, lateFeeRate } = monthsCatalog;
      return `${name}: (${won(taxable)} ÷ (1 + ${vatRate}) + ${won(nonTaxable)}) × ${lateFeeRate}`;
    }
    case 'CREDIT':
      return `${name}, ${line.ref}`;
    case 'ROUNDING':
      return `${name}: ${words.mod(won(context.subtotal), monthsCatalog.roundingUnit)}`;
  }
}

/** Micropayments and paid content. */
export const isPayment = (code: InvoiceLine['code']): boolean => code === 'MICRO_PAYMENT' || code === 'CONTENT_PAYMENT';

const lineOf = ({ account }: BillContext, lineId: string): Line | undefined =>
  account.lines.find((line) => line.lineId === lineId);

const usageOf = ({ usage }: BillContext, lineId: string): UsageLine | undefined =>
  usage.find((line) => line.lineId === lineId);

function explainOverage(line: OverageLine, context: BillContext): string {
  const words = WORDS[context.locale];
  const { counter, rate } = OVERAGES[line.code];
  const pieces = planFees(context, line.lineId);
  const piece = pieces.findLast(({ suspension }) => suspension === null) ?? pieces.at(-1);
  const overage = piece && context.versionOn(piece.from).plans.find(({ planId }) => planId === line.ref)?.overage;
  const used = usageOf(context, line.lineId)?.[counter] ?? 0;
  const cap = line.code === 'DATA_OVERAGE' ? (overage?.dataCap ?? null) : null;
  const units = words.units(won(line.quantity), counter, line.quantity);
  return [
    `${words.over(won(used), won(used - line.quantity), units)}: ${won(line.quantity)} × ${overage?.[rate] ?? ''}`,
    ...(cap === null ? [] : [words.atMost(won(cap))]),
  ].join(', ');
}

/** `0.25 × (33,000 × 15 + 49,500 × 16 × 0.10) ÷ 31`: the days of each piece that lie inside the contract. */
function explainContract(lineId: string, context: BillContext, monthsCatalog: CatalogText): string {
  const words = WORDS[context.locale];
  const contract = lineOf(context, lineId)?.contract;
  const pieces = planFees(context, lineId);
  const end = [contract?.to, contract?.terminatedOn].filter((date) => date !== null && date !== undefined).sort()[0];
  const terms = pieces.flatMap((piece) => {
    const from = Math.max(dayNumber(piece.from), contract ? dayNumber(contract.from) : 0);
    const days = Math.min(dayNumber(piece.to), end === undefined ? Infinity : dayNumber(end)) - from;
    if (days <= 0) return [];
    const version = context.versionOn(piece.from);
    const fee = version.plans.find(({ planId }) => planId === piece.ref)?.monthlyFee ?? 0;
    const share = piece.suspension === null ? '' : ` × ${version.suspensionFeeRate[piece.suspension] ?? ''}`;
    return [`${won(fee)} × ${days}${share}`];
  });
  const sum = pieces.reduce((fees, { amount }) => fees + amount, 0);
  const most = words.atMost(`${words.planFees} ${won(sum)}`);
  return `${monthsCatalog.contractDiscountRate} × (${terms.join(' + ')}) ÷ ${daysInMonth(context.month)}, ${most}`;
}

function explainWelfare(
  line: InvoiceLine & { readonly code: 'WELFARE_DISCOUNT' },
  context: BillContext,
  monthsCatalog: CatalogText,
): string {
  const words = WORDS[context.locale];
  const { waiver, rate, cap } = monthsCatalog.welfareClasses[line.ref] ?? { waiver: 0, rate: '0', cap: null };
  const overages = context.lines.reduce(
    (sum, one) => (one.code in OVERAGES && one.lineId === line.lineId ? sum + one.amount : sum),
    0,
  );
  const base = planFeesBefore(context, line) + overages;
  const waived = Math.min(waiver, base);
  const parts =
    waived > 0
      ? `${words.waiver} ${won(waived)} + (${won(base)} − ${won(waived)}) × ${rate}`
      : `${won(base)} × ${rate}`;
  return [`${words.base} ${won(base)}; ${parts}`, ...(cap === null ? [] : [words.atMost(won(cap))])].join(', ');
}

function explainTermination(line: InvoiceLine & { readonly code: 'TERMINATION_CHARGE' }, context: BillContext): string {
  const words = WORDS[context.locale];
  const contract = lineOf(context, line.lineId)?.contract;
  const term = dayNumber(contract?.to ?? line.to) - dayNumber(line.from);
  const received = won(contract?.discountReceived ?? 0);
  const when = words.elapsed(line.quantity, term);
  const free = graceDays(term);
  if (line.quantity <= free) return `${when}, ${words.withinGrace(free)} ${received}`;
  return `${when}: ${received} × (${term} − ${line.quantity}) ÷ (${term} − ${free})`;
}
