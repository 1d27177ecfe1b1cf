/** What concerns the account as a whole (billing rules §5): arrears, late fee, credits, rounding. */
import type { AccountChargeLine, CreditLine } from '../../../contracts/invoice.ts';
import { won, type Won } from '../../../kernel/money.ts';
import type { Account } from '../account.ts';
import type { Catalog } from '../catalogs.ts';
import { halfUpOf, plus, times, type Exact } from '../exact.ts';

const accountLine = (code: AccountChargeLine['code'], amount: Won): AccountChargeLine => ({
  lineId: null,
  code,
  ref: null,
  from: null,
  to: null,
  quantity: 1,
  amount,
  vat: 'none',
});

/** Unpaid bills of earlier months. */
export const arrears = ({ taxable, nonTaxable }: Account['arrears']): AccountChargeLine =>
  accountLine('ARREARS', won(taxable + nonTaxable));

/** `halfUp((taxable ÷ (1 + vatRate) + nonTaxable) × lateFeeRate)`: no late fee on VAT. */
export function lateFee({ taxable, nonTaxable }: Account['arrears'], { vatRate, lateFeeRate }: Catalog) {
  const grossDivisor = plus(vatRate.n, vatRate.d); // 1 + vatRate, over vatRate.d
  const base: Exact = plus(times(taxable, vatRate.d), times(nonTaxable, grossDivisor));
  return accountLine('LATE_FEE', halfUpOf(times(base, lateFeeRate.n), times(grossDivisor, lateFeeRate.d)));
}

/** One line for each credit above 0, in input order. */
export const credits = (account: Account): CreditLine[] =>
  account.credits
    .filter(({ amount }) => amount > 0)
    .map(({ creditId, amount }) => ({
      lineId: null,
      code: 'CREDIT',
      ref: creditId,
      from: null,
      to: null,
      quantity: 1,
      amount: won(-amount),
      vat: 'none',
    }));

/** Takes off what is above a whole rounding unit (끝전 절사), when something is due at all. */
export const rounding = (subtotal: Won, { roundingUnit }: Catalog): AccountChargeLine =>
  accountLine('ROUNDING', won(subtotal > 0 ? -(subtotal % roundingUnit) : 0));

/** The VAT in a taxable sum, by way of the supply value `halfUp(taxable ÷ (1 + vatRate))`. */
export function vatOf(taxable: Won, { vatRate }: Catalog): Won {
  if (taxable <= 0) return won(0);
  return won(taxable - halfUpOf(times(taxable, vatRate.d), plus(vatRate.n, vatRate.d)));
}
