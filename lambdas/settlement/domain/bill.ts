/**
 * `bill`: one account's month becomes one invoice or one rejection (billing rules). Pure: no clock, no randomness, no
 * I/O, and it never throws, whatever JSON it is given.
 */
import type { Invoice, InvoiceLine } from '../../contracts/invoice.ts';
import { sumsOf, totalsOf } from '../../contracts/invoice-totals.ts';
import { addMonths, clampedDate, type Month } from '../../kernel/dates.ts';
import type { Account, Line, UsageLine } from './account.ts';
import type { Catalog, Catalogs, MonthTariff } from './catalogs.ts';
import { arrears, credits, lateFee, rounding, vatOf } from './charges/account-charges.ts';
import { addOns } from './charges/add-on.ts';
import { bundleDiscount } from './charges/bundle-discount.ts';
import type { Charge, LineMonth } from './charges/charge.ts';
import { contractDiscount } from './charges/contract-discount.ts';
import { instalment } from './charges/instalment.ts';
import { overage } from './charges/overage.ts';
import { payments } from './charges/payments.ts';
import { planFee } from './charges/plan-fee.ts';
import { terminationCharge } from './charges/termination-charge.ts';
import { welfareDiscount } from './charges/welfare-discount.ts';
import { findReasons } from './find-reasons.ts';
import { Form, isMembers } from './form.ts';
import { cutPieces } from './pieces.ts';
import { readAccount } from './read-account.ts';
import { readUsage } from './read-usage.ts';
import type { Reason, Rejection } from './rejection.ts';

/** The charges of a line in the order of §4. Each sees what the earlier ones left of the phone charges. */
const CHAIN: readonly Charge[] = [
  planFee,
  addOns,
  overage,
  contractDiscount,
  bundleDiscount,
  welfareDiscount,
  terminationCharge,
  payments,
  instalment,
];

/** Bills an account for a month. `account` and `usage` are whatever JSON was read; `usage` is null when there is none. */
export function bill(account: unknown, usage: unknown, catalogs: Catalogs, month: Month): Invoice | Rejection {
  const form = new Form();
  const readable = readAccount(account, form);
  const usageLines = readUsage(usage, readable.accountId, month, form);
  if (form.malformed) return { accountId: textualId(account), month, rejected: ['MALFORMED'] };

  const tariff = catalogs.in(month);
  const reasons = findReasons({ account: readable, usage: usageLines, tariff, badAmount: form.badAmount });
  if (reasons.length > 0 || !tariff.catalog) return rejection(readable, month, reasons);
  try {
    return charge(readable, usageLines, tariff, tariff.catalog);
  } catch (error) {
    // A sum of amounts that are each allowed, yet together beyond 2^53: a number of JSON cannot hold it exactly.
    if (error instanceof RangeError) return rejection(readable, month, ['INVALID_AMOUNT']);
    throw error;
  }
}

/** Tells an invoice from a rejection. */
export const isRejection = (result: Invoice | Rejection): result is Rejection => 'rejected' in result;

function textualId(account: unknown): string | null {
  const accountId = isMembers(account) ? account['accountId'] : null;
  return typeof accountId === 'string' ? accountId : null;
}

const rejection = ({ accountId }: Account, month: Month, rejected: readonly Reason[]): Rejection => ({
  accountId,
  month,
  rejected,
});

function charge(account: Account, usage: readonly UsageLine[], tariff: MonthTariff, catalog: Catalog): Invoice {
  const lines: InvoiceLine[] = [];
  const usageOf = new Map(usage.map((line) => [line.lineId, line]));
  for (const line of account.lines) chargeLine(line, usageOf.get(line.lineId) ?? null, tariff, catalog, lines);
  const accountLines = [arrears(account.arrears), lateFee(account.arrears, catalog), ...credits(account)];
  lines.push(...accountLines.filter((line) => line.amount !== 0));

  const { taxable, subtotal } = sumsOf(lines);
  const off = rounding(subtotal, catalog);
  if (off.amount !== 0) lines.push(off);
  return {
    accountId: account.accountId,
    month: tariff.month,
    catalogId: catalog.catalogId,
    dueDate: clampedDate(addMonths(tariff.month, 1), account.dueDay),
    lines,
    ...totalsOf(lines, vatOf(taxable, catalog)),
  };
}

function chargeLine(
  line: Line,
  usage: UsageLine | null,
  tariff: MonthTariff,
  catalog: Catalog,
  lines: InvoiceLine[],
): void {
  const lineMonth: LineMonth = { line, usage, tariff, catalog, pieces: cutPieces(line, tariff) };
  const soFar = { planFees: 0, overages: 0 };
  for (const chargeKind of CHAIN) {
    for (const charged of chargeKind(lineMonth, soFar)) {
      if (charged.amount === 0 && charged.code !== 'PLAN_FEE') continue;
      lines.push(charged);
      switch (charged.code) {
        case 'PLAN_FEE':
        case 'CONTRACT_DISCOUNT':
        case 'BUNDLE_DISCOUNT':
          soFar.planFees += charged.amount;
          break;
        case 'DATA_OVERAGE':
        case 'VOICE_OVERAGE':
        case 'MESSAGE_OVERAGE':
          soFar.overages += charged.amount;
          break;
        default: // the rest are no phone charges, or come after the last discount
      }
    }
  }
}
