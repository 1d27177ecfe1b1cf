/** An account with one of everything that billing knows, to be spoiled member by member. */
import type { Month } from '../../lambdas/kernel/dates.ts';
import { bill } from '../../lambdas/settlement/domain/bill.ts';
import { catalogs, MONTH, type Json } from './billing-golden.ts';

/** An account that has one of everything, and can be billed. */
export const whole = () => ({
  accountId: 'A1',
  dueDay: 25,
  lines: [
    {
      lineId: 'L1',
      plans: [{ planId: 'LTE-33', from: '2025-03-02', to: null }],
      addOns: [{ addOnId: 'RINGTONE', from: '2025-03-02', to: null }],
      suspensions: [{ kind: 'requested', from: '2026-02-10', to: '2026-02-15' }],
      contract: { from: '2025-03-02', to: '2027-03-02', terminatedOn: null, discountReceived: 5 },
      bundle: { size: 3, from: '2025-03-02', to: null },
      welfare: { class: 'disabled', from: '2025-03-02', to: null },
      instalment: { device: 'Phone X', monthlyAmount: 31250, totalMonths: 24, firstMonth: '2025-04' },
    },
  ],
  arrears: { taxable: 71210, nonTaxable: 4400 },
  credits: [{ creditId: 'C1', amount: 1200, reason: 'outage' }],
});
/** Its usage record of the golden month. */
export const used = () => ({
  accountId: 'A1',
  month: MONTH as string,
  lines: [
    {
      lineId: 'L1',
      dataMb: 1,
      voiceSec: 1,
      messages: 1,
      payments: [{ date: '2026-02-03', merchant: 'Shop', amount: 5500, kind: 'micro' }],
    },
  ],
});

/** The value with another member at a path; `undefined` takes the member out. */
export function withAt(value: object, path: string, member: unknown): Json {
  const copy = structuredClone(value) as Json;
  const keys = path.split('.');
  const last = keys.pop() ?? '';
  let holder = copy;
  for (const key of keys) holder = holder[key] as Json;
  holder[last] = member;
  return JSON.parse(JSON.stringify(copy)) as Json;
}

/** Why the account is not billed; nothing when it is. */
export const reasons = (account: unknown, usage: unknown = used(), versions = catalogs, month: Month = MONTH) => {
  const result = bill(account, usage, versions, month);
  return 'rejected' in result ? result.rejected : [];
};
