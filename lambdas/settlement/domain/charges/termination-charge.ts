import { dayNumber } from '../../../kernel/dates.ts';
import { floorOf, times } from '../exact.ts';
import { NO_LINES, type Charge } from './charge.ts';

const YEAR_DAYS = 366;

/** The days within which the discount is paid back whole, for a term of about one year or of more. */
export const graceDays = (termDays: number): number => (termDays <= YEAR_DAYS ? 90 : 180);

/** 4.7 할인반환금: what of the discount received is paid back when a contract is terminated before its end. */
export const terminationCharge: Charge = ({ line, tariff }) => {
  const { contract } = line;
  if (!contract?.to || contract.terminatedOn === null || contract.terminatedOn >= contract.to) return NO_LINES;
  const { from, to, terminatedOn, discountReceived } = contract;
  if (terminatedOn.slice(0, 7) !== tariff.month) return NO_LINES;
  const term = dayNumber(to) - dayNumber(from);
  const elapsed = dayNumber(terminatedOn) - dayNumber(from);
  const grace = graceDays(term);
  return [
    {
      lineId: line.lineId,
      code: 'TERMINATION_CHARGE',
      ref: null,
      from,
      to: terminatedOn,
      quantity: elapsed,
      amount:
        elapsed <= grace
          ? floorOf(discountReceived, 1)
          : floorOf(times(discountReceived, term - elapsed), term - grace),
      vat: 'included',
    },
  ];
};
