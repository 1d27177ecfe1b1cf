import { describe, expect, it } from 'vitest';
import type { Invoice } from '../../../lambdas/contracts/invoice.ts';
import { encodeInvoice } from '../../../lambdas/contracts/stored-invoice.ts';
import { addMonths, type Month } from '../../../lambdas/kernel/dates.ts';
import { ACCOUNT_ID } from '../../../lambdas/kernel/ids.ts';
import { bill, isRejection } from '../../../lambdas/settlement/domain/bill.ts';
import { readAccountRecord, readUsageRecord } from '../../../lambdas/import/domain/read-records.ts';
import { accountMonth } from '../../../tools/population/account-month.ts';
import { population } from '../../../tools/population/population.ts';
import type { AccountMonth, LineRecord } from '../../../tools/population/records.ts';
import { SPOILT_REASONS } from '../../../tools/population/spoil.ts';
import { FIRST_MONTH, LAST_MONTH, TARIFF } from '../../../tools/population/tariff.ts';

const JANUARY = '2026-01' as Month;
const billed = ({ account, usage }: AccountMonth, month: Month) => bill(account, usage, TARIFF, month);
const invoiceOf = (made: AccountMonth, month: Month): Invoice | null => {
  const result = billed(made, month);
  return isRejection(result) ? null : result;
};

const CODES = [
  ...['PLAN_FEE', 'ADD_ON', 'DATA_OVERAGE', 'VOICE_OVERAGE', 'MESSAGE_OVERAGE', 'CONTRACT_DISCOUNT'],
  ...['BUNDLE_DISCOUNT', 'WELFARE_DISCOUNT', 'TERMINATION_CHARGE', 'MICRO_PAYMENT', 'CONTENT_PAYMENT'],
  ...['INSTALMENT', 'ARREARS', 'LATE_FEE', 'CREDIT', 'ROUNDING'],
];

describe('a generated population', () => {
  it.each([
    [1, JANUARY],
    [2, '2026-03'],
    ['another', '2027-11'],
  ])('of seed %s has every charge code in 2,000 accounts of %s, and about one in a hundred rejected', (seed, text) => {
    const month = text as Month;
    const codes = new Set<string>();
    let rejected = 0;
    let withinOneUnit = 0;
    for (const made of population({ seed, accounts: 2000, month })) {
      const result = billed(made, month);
      if (isRejection(result)) {
        rejected++;
        expect(result.rejected, JSON.stringify(made)).toHaveLength(1);
        continue;
      }
      for (const { code } of result.lines) codes.add(code);
      if (Buffer.byteLength(encodeInvoice(result)) < 700) withinOneUnit++; // the rest of an item takes about 300 bytes
    }
    expect([...codes].sort()).toEqual(CODES.toSorted());
    expect(rejected).toBeGreaterThan(8);
    expect(rejected).toBeLessThan(40);
    expect(withinOneUnit).toBeGreaterThan(0.95 * (2000 - rejected));
  });

  it('rejects by every rule that records can break by themselves', () => {
    const reasons = new Set<string>();
    for (const made of population({ seed: 1, accounts: 12_000, month: JANUARY })) {
      const result = billed(made, JANUARY);
      if (isRejection(result)) for (const reason of result.rejected) reasons.add(reason);
    }
    expect([...reasons].sort()).toEqual(SPOILT_REASONS.toSorted());
  });

  it('is the same for the same seed, whatever else is generated', () => {
    const small = [...population({ seed: 7, accounts: 50, month: JANUARY })];
    const large = [...population({ seed: 7, accounts: 200, month: JANUARY })];
    expect(large.slice(0, 50)).toEqual(small);
    expect(accountMonth(7, 31, JANUARY)).toEqual(small[30]);
    expect([...population({ seed: 8, accounts: 50, month: JANUARY })]).not.toEqual(small);
  });

  it('names nobody who can be reached, and is taken by the import', () => {
    for (const { account, usage } of population({ seed: 3, accounts: 2000, month: JANUARY })) {
      expect(account.accountId).toMatch(ACCOUNT_ID);
      expect(account.email).toMatch(/@example\.com$/);
      expect(account.phone).toMatch(/^\+8210[01]\d{7}$/);
      expect(readAccountRecord({ ...account })).toMatchObject({ ok: true });
      if (usage) expect(readUsageRecord({ ...usage })).toMatchObject({ ok: true });
    }
  });

  it('can be made at both ends of its months', () => {
    for (const month of [FIRST_MONTH, LAST_MONTH]) {
      const made = [...population({ seed: 1, accounts: 500, month })];
      const rejected = made.filter((one) => isRejection(billed(one, month)));
      expect(rejected.length).toBeLessThan(15);
    }
  });
});

describe('months of one account', () => {
  const MONTHS = Array.from({ length: 14 }, (_, index) => addMonths('2025-11' as Month, index));
  /** Accounts over all months, without the months in which they were spoilt. */
  const histories = Array.from({ length: 1500 }, (_, index) =>
    MONTHS.map((month) => {
      const made = accountMonth(1, index + 1, month);
      return { month, made, invoice: invoiceOf(made, month) };
    }),
  );
  const pairs = histories.flatMap((history) =>
    history.slice(1).flatMap((now, index) => {
      const before = history[index];
      return before?.invoice && now.invoice ? [{ before, now, last: before.invoice, invoice: now.invoice }] : [];
    }),
  );

  it('has in arrears exactly what was due on the bill before', () => {
    const owing = pairs.filter(({ now }) => now.made.account.arrears !== null);
    expect(owing.length).toBeGreaterThan(100);
    for (const { now, last } of owing) {
      const { taxable, nonTaxable } = now.made.account.arrears ?? { taxable: 0, nonTaxable: 0 };
      expect(taxable + nonTaxable).toBe(last.amountDue);
    }
  });

  it('gets back as a credit what the bill before carried forward', () => {
    const carried = pairs.filter(({ last }) => last.carriedForward > 0);
    expect(carried.length).toBeGreaterThan(3);
    for (const { before, now, last } of carried)
      expect(now.made.account.credits).toContainEqual({
        creditId: `CF-${before.month}`,
        amount: last.carriedForward,
        reason: 'carried forward',
      });
    for (const { now, last } of pairs)
      if (last.carriedForward === 0)
        expect(now.made.account.credits.some(({ creditId }) => creditId.startsWith('CF'))).toBe(false);
  });

  it('has received of a contract what the bills of its months before have discounted', () => {
    let grown = 0;
    for (const { before, now, last } of pairs)
      for (const [index, { lineId, contract }] of now.made.account.lines.entries()) {
        if (!contract) continue;
        const earlier = before.made.account.lines[index]?.contract;
        if (earlier?.from !== contract.from) {
          expect(contract.discountReceived).toBe(0);
          continue;
        }
        const discount = last.lines.find((line) => line.code === 'CONTRACT_DISCOUNT' && line.lineId === lineId)?.amount;
        expect(contract.discountReceived, JSON.stringify([now, last])).toBe(earlier.discountReceived - (discount ?? 0));
        if (discount) grown++;
      }
    expect(grown).toBeGreaterThan(5000);
  });

  it('counts instalments down, one a month', () => {
    let counted = 0;
    for (const { last, invoice } of pairs)
      for (const line of invoice.lines) {
        if (line.code !== 'INSTALMENT' || line.number === 1) continue;
        const earlier = last.lines.find((one) => one.code === 'INSTALMENT' && one.lineId === line.lineId);
        expect(earlier).toMatchObject({ number: line.number - 1, ref: line.ref, amount: line.amount });
        counted++;
      }
    expect(counted).toBeGreaterThan(5000);
  });

  it('lets contracts and plans run on: what is open stays, or ends in the month in which it is known', () => {
    const linesOf = ({ made }: { made: AccountMonth }): readonly LineRecord[] => made.account.lines;
    for (const { before, now } of pairs)
      linesOf(before).forEach((line, index) => {
        const next = linesOf(now)[index];
        if (!next || line.plans.at(-1)?.to !== null) return; // it has left
        const { from, planId } = line.plans.at(-1) ?? { from: '', planId: '' };
        const same = next.plans.find((plan) => plan.from === from);
        expect(same, JSON.stringify([line, next])).toMatchObject({ planId });
        if (same?.to) expect(same.to >= `${now.month}-01`).toBe(true);
        if (line.contract && next.contract && (line.contract.to ?? '') > `${now.month}-01`)
          expect(next.contract).toMatchObject({ from: line.contract.from, to: line.contract.to });
      });
  });
});
