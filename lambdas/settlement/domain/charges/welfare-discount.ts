import { won } from '../../../kernel/money.ts';
import type { WelfareClass } from '../catalogs.ts';
import { floorOf, times } from '../exact.ts';
import { NO_LINES, type Charge } from './charge.ts';

/** 4.6 복지할인: a waiver, then a share of what is left of the phone charges, at most the cap. */
export const welfareDiscount: Charge = ({ line, tariff, catalog }, { planFees, overages }) => {
  const { welfare } = line;
  if (!welfare || !tariff.coversLastDay(welfare)) return NO_LINES;
  const { waiver, rate, cap } = catalog.welfareClasses.get(welfare.welfareClass) as WelfareClass;
  const base = planFees + overages;
  const waived = Math.min(waiver, base);
  const discount = waived + floorOf(times(base - waived, rate.n), rate.d);
  return [
    {
      lineId: line.lineId,
      code: 'WELFARE_DISCOUNT',
      ref: welfare.welfareClass,
      from: null,
      to: null,
      quantity: 1,
      amount: won(-Math.min(discount, cap ?? discount)),
      vat: 'included',
    },
  ];
};
