import { won } from '../../../kernel/money.ts';
import { floorOf, plus, times, type Exact } from '../exact.ts';
import { NO_LINES, type Charge } from './charge.ts';

/** 4.4 선택약정: the month's rate of the fees of the days inside the contract, at most the line's plan fees. */
export const contractDiscount: Charge = ({ line, tariff, catalog, pieces }, { planFees }) => {
  const { contract } = line;
  if (!contract?.to) return NO_LINES;
  const { terminatedOn } = contract;
  const end = terminatedOn !== null && terminatedOn < contract.to ? terminatedOn : contract.to;
  const [from, to] = [tariff.dayOf(contract.from), tariff.dayOf(end)];
  let [n, d]: [Exact, Exact] = [0, 1]; // Σ F × n_c × s, exactly
  for (const piece of pieces) {
    const days = Math.min(to, piece.to) - Math.max(from, piece.from);
    if (days <= 0) continue;
    const fee = times(times(piece.plan.monthlyFee, days), piece.ratio.n);
    if (d === piece.ratio.d) n = plus(n, fee);
    else [n, d] = [plus(times(n, piece.ratio.d), times(fee, d)), times(d, piece.ratio.d)];
  }
  const rate = catalog.contractDiscountRate;
  const discount = floorOf(times(rate.n, n), times(times(rate.d, d), tariff.days));
  return [
    {
      lineId: line.lineId,
      code: 'CONTRACT_DISCOUNT',
      ref: null,
      from: tariff.dateOf(from),
      to: tariff.dateOf(to),
      quantity: to - from,
      amount: won(-Math.min(discount, planFees)),
      vat: 'included',
    },
  ];
};
