import { dayNumber } from '../../../kernel/dates.ts';
import { floorOf, times } from '../exact.ts';
import { NO_LINES, type Charge } from './charge.ts';

/** The discount is paid back whole within these days, for terms of about one year and of more. */
const GRACE_DAYS = { year: 90, longer: 180 };
const YEAR_DAYS = 366;

/** 4.7 할인반환금: what of the discount received is paid back when a contract is terminated before its end. */
export const terminationCharge: Charge = ({ line, tariff }) => {
  const { contract } = line;
  if (!contract?.to || contract.terminatedOn === null || contract.terminatedOn >= contract.to) return NO_LINES;
  const { from, to, terminatedOn, discountReceived } = contract;
  if (terminatedOn.slice(0, 7) !== tariff.month) return NO_LINES;
  const term = dayNumber(to) - dayNumber(from);
  const elapsed = dayNumber(terminatedOn) - dayNumber(from);
  const grace = term <= YEAR_DAYS ? GRACE_DAYS.year : GRACE_DAYS.longer;
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
