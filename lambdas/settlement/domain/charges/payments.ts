import type { PaymentLine } from '../../../contracts/invoice.ts';
import { won } from '../../../kernel/money.ts';
import type { Payment } from '../account.ts';
import { NO_LINES, type Charge } from './charge.ts';

/** 4.8: 소액결제 and 정보이용료, each the sum of its payments. */
export const payments: Charge = ({ line, usage }) => {
  if (!usage || usage.payments.length === 0) return NO_LINES;
  return [
    sumOf(line.lineId, 'MICRO_PAYMENT', 'micro', usage.payments),
    sumOf(line.lineId, 'CONTENT_PAYMENT', 'content', usage.payments),
  ];
};

function sumOf(lineId: string, code: PaymentLine['code'], kind: string, all: readonly Payment[]): PaymentLine {
  let [sum, quantity] = [0, 0];
  for (const payment of all) {
    if (payment.kind !== kind) continue;
    sum += payment.amount;
    quantity++;
  }
  return { lineId, code, ref: null, from: null, to: null, quantity, amount: won(sum), vat: 'none' };
}
