import { won } from '../../../kernel/money.ts';
import { floorOf } from '../exact.ts';
import { NO_LINES, type Charge } from './charge.ts';

/** 4.5 결합할인: the tier of the month's catalog by its days, at most what is left of the line's plan fees. */
export const bundleDiscount: Charge = ({ line, tariff, catalog }, { planFees }) => {
  const { bundle } = line;
  if (!bundle) return NO_LINES;
  const tier = catalog.bundleDiscounts.find(({ minSize }) => minSize <= bundle.size);
  const [from, to] = [tariff.dayOf(bundle.from), tariff.endOf(bundle)];
  if (!tier || from === to) return NO_LINES;
  return [
    {
      lineId: line.lineId,
      code: 'BUNDLE_DISCOUNT',
      ref: null,
      from: tariff.dateOf(from),
      to: tariff.dateOf(to),
      quantity: to - from,
      amount: won(-Math.min(floorOf(tier.amount * (to - from), tariff.days), planFees)),
      vat: 'included',
    },
  ];
};
