/** The charges of an invoice by group, as the email shows them. Pure. */
import type { ChargeCode, InvoiceLine } from '../../contracts/invoice.ts';
import { won } from '../../kernel/money.ts';
import type { ChargeGroup } from './ledger.ts';

/** The groups in the order in which a bill shows them. */
export const GROUPS = [
  'plan',
  'usage',
  'discount',
  'termination',
  'payment',
  'device',
  'arrears',
  'credit',
  'rounding',
] as const;
export type GroupCode = (typeof GROUPS)[number];

/** Every charge code lies in one group: a code that joins the tariff does not compile without one. */
const GROUP_OF: Readonly<Record<ChargeCode, GroupCode>> = {
  PLAN_FEE: 'plan',
  ADD_ON: 'plan',
  DATA_OVERAGE: 'usage',
  VOICE_OVERAGE: 'usage',
  MESSAGE_OVERAGE: 'usage',
  CONTRACT_DISCOUNT: 'discount',
  BUNDLE_DISCOUNT: 'discount',
  WELFARE_DISCOUNT: 'discount',
  TERMINATION_CHARGE: 'termination',
  MICRO_PAYMENT: 'payment',
  CONTENT_PAYMENT: 'payment',
  INSTALMENT: 'device',
  ARREARS: 'arrears',
  LATE_FEE: 'arrears',
  CREDIT: 'credit',
  ROUNDING: 'rounding',
};

/** The sums of the groups that have a line; together they are the sum of all lines, `amountDue − carriedForward`. */
export function chargeGroups(lines: readonly InvoiceLine[]): ChargeGroup[] {
  const sums = new Map<GroupCode, number>();
  for (const line of lines) sums.set(GROUP_OF[line.code], (sums.get(GROUP_OF[line.code]) ?? 0) + line.amount);
  return GROUPS.flatMap((code) => {
    const sum = sums.get(code);
    return sum === undefined ? [] : [{ code, amount: won(sum) }];
  });
}
