/** What bills have discounted for a line's contract, by the tariff's own rules: it is paid back in part on termination. */
import { addMonths, type Month } from '../../lambdas/kernel/dates.ts';
import type { Interval, Line } from '../../lambdas/settlement/domain/account.ts';
import type { Catalog, MonthTariff } from '../../lambdas/settlement/domain/catalogs.ts';
import type { LineMonth } from '../../lambdas/settlement/domain/charges/charge.ts';
import { contractDiscount } from '../../lambdas/settlement/domain/charges/contract-discount.ts';
import { planFee } from '../../lambdas/settlement/domain/charges/plan-fee.ts';
import { cutPieces } from '../../lambdas/settlement/domain/pieces.ts';
import type { LineRecord } from './records.ts';
import { TARIFF } from './tariff.ts';

/** The part of a line's life in which a contract ran: every plan of that time, and what each month knew of suspensions. */
export interface ContractLife {
  readonly from: Interval['from'];
  readonly to: Interval['to'];
  readonly plans: LineRecord['plans'];
  readonly suspensionsIn: (month: Month) => LineRecord['suspensions'];
}

/** The sum of what the bills from a contract's first month to the one before `month` have discounted. */
export function discountBefore(month: Month, life: ContractLife): number {
  let sum = 0;
  for (let of = life.from.slice(0, 7) as Month; of < month; of = addMonths(of, 1)) sum += discountIn(of, life);
  return sum;
}

function discountIn(month: Month, { from, to, plans, suspensionsIn }: ContractLife): number {
  const tariff = TARIFF.in(month);
  const { catalog } = tariff;
  if (!catalog) return 0;
  const suspensions = suspensionsIn(month);
  const plan = plans.find((each) => tariff.dayOf(each.from) === 0 && tariff.endOf(each) === tariff.days);
  const isWhole = plan !== undefined && !suspensions.some((each) => touches(each, tariff));
  const line: Line = {
    ...{ lineId: '', addOns: [], bundle: null, welfare: null, instalment: null },
    contract: { from, to, terminatedOn: null, discountReceived: 0 },
    plans: isWhole ? [plan] : plans,
    suspensions: isWhole ? [] : suspensions,
  };
  const work = (): number => discountOf(line, tariff, catalog);
  return isWhole && tariff.spans.length === 1 ? ofWholeMonth(plan.planId, catalog, work) : work();
}

const touches = (interval: Interval, tariff: MonthTariff): boolean =>
  tariff.dayOf(interval.from) < tariff.endOf(interval);

const known = new Map<Catalog, Map<string, number>>();

/** A whole month on one plan and one catalog version comes to the same in every month: most months are such. */
function ofWholeMonth(planId: string, catalog: Catalog, work: () => number): number {
  const discounts = known.get(catalog) ?? new Map<string, number>();
  known.set(catalog, discounts);
  const found = discounts.get(planId) ?? work();
  discounts.set(planId, found);
  return found;
}

function discountOf(line: Line, tariff: MonthTariff, catalog: Catalog): number {
  const lineMonth: LineMonth = { line, usage: null, tariff, catalog, pieces: cutPieces(line, tariff) };
  const fees = planFee(lineMonth, { planFees: 0, overages: 0 }).reduce((sum, { amount }) => sum + amount, 0);
  return contractDiscount(lineMonth, { planFees: fees, overages: 0 }).reduce((sum, { amount }) => sum - amount, 0);
}
