import { monthNumber } from '../../../kernel/dates.ts';
import { won } from '../../../kernel/money.ts';
import { NO_LINES, type Charge } from './charge.ts';

/** 4.9: this month's instalment of a device, and what remains after it. */
export const instalment: Charge = ({ line, tariff }) => {
  if (!line.instalment) return NO_LINES;
  const { device, monthlyAmount, totalMonths, firstMonth } = line.instalment;
  const number = monthNumber(tariff.month) - monthNumber(firstMonth) + 1;
  if (number < 1 || number > totalMonths) return NO_LINES;
  return [
    {
      lineId: line.lineId,
      code: 'INSTALMENT',
      ref: device,
      from: null,
      to: null,
      quantity: 1,
      amount: won(monthlyAmount),
      vat: 'none',
      number,
      totalMonths,
      remaining: won((totalMonths - number) * monthlyAmount),
    },
  ];
};
