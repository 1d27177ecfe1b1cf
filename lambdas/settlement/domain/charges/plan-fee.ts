import { floorOf, times } from '../exact.ts';
import type { Charge } from './charge.ts';

/** 4.1: each piece of a plan is a line of `floor(F × n × s ÷ D)`, also when it is 0. */
export const planFee: Charge = ({ line, tariff, pieces }) =>
  pieces.map(({ from, to, planId, plan, suspension, ratio }) => ({
    lineId: line.lineId,
    code: 'PLAN_FEE',
    ref: planId,
    from: tariff.dateOf(from),
    to: tariff.dateOf(to),
    quantity: to - from,
    amount: floorOf(times(times(plan.monthlyFee, to - from), ratio.n), tariff.days * ratio.d),
    vat: 'included',
    suspension,
  }));
