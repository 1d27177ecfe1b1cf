import type { AddOnLine } from '../../../contracts/invoice.ts';
import type { AddOn } from '../catalogs.ts';
import { floorOf } from '../exact.ts';
import { NO_LINES, type Charge } from './charge.ts';

/** 4.2: each add-on, cut where the catalog changes; suspensions do not touch it. */
export const addOns: Charge = ({ line, tariff }) => {
  if (line.addOns.length === 0) return NO_LINES;
  const lines: AddOnLine[] = [];
  for (const interval of line.addOns) {
    for (const span of tariff.spans) {
      const from = Math.max(tariff.dayOf(interval.from), span.from);
      const to = Math.min(tariff.endOf(interval), span.to);
      if (from >= to) continue;
      const addOn = span.catalog.addOns.get(interval.addOnId) as AddOn;
      lines.push({
        lineId: line.lineId,
        code: 'ADD_ON',
        ref: interval.addOnId,
        from: tariff.dateOf(from),
        to: tariff.dateOf(to),
        quantity: to - from,
        amount: floorOf(addOn.monthlyFee * (to - from), tariff.days),
        vat: addOn.vat,
      });
    }
  }
  return lines;
};
