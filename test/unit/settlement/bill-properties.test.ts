import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Invoice } from '../../../lambdas/contracts/invoice.ts';
import { decodeInvoice, encodeInvoice } from '../../../lambdas/contracts/stored-invoice.ts';
import { bill } from '../../../lambdas/settlement/domain/bill.ts';
import { billable, damaged } from '../../support/account-arbitrary.ts';
import { accounts, catalogs, MONTH, usageOf } from '../../support/billing-golden.ts';

const RUNS = { numRuns: 2000 };

/** Checks a property of every invoice that a billable account comes to. */
function everyInvoice(check: (invoice: Invoice) => void): void {
  let invoices = 0;
  fc.assert(
    fc.property(billable, ({ account, usage }) => {
      const result = bill(account, usage, catalogs, MONTH);
      if ('rejected' in result) return;
      invoices++;
      check(result);
    }),
    RUNS,
  );
  expect(invoices).toBeGreaterThan(RUNS.numRuns / 5); // the property was not checked on rejections only
}

const sum = (lines: Invoice['lines']): number => lines.reduce((total, { amount }) => total + amount, 0);

describe('the invariants of an invoice', () => {
  it('the sum of all lines, rounding included, is amountDue − carriedForward', () => {
    everyInvoice((invoice) => {
      expect(sum(invoice.lines)).toBe(invoice.amountDue - invoice.carriedForward);
    });
  });

  it('no discount makes the phone charges of a line negative', () => {
    const phone = new Set(['PLAN_FEE', 'DATA_OVERAGE', 'VOICE_OVERAGE', 'MESSAGE_OVERAGE']);
    const discounts = new Set(['CONTRACT_DISCOUNT', 'BUNDLE_DISCOUNT', 'WELFARE_DISCOUNT']);
    everyInvoice(({ lines }) => {
      for (const lineId of new Set(lines.map((line) => line.lineId)))
        expect(
          sum(lines.filter((line) => line.lineId === lineId && (phone.has(line.code) || discounts.has(line.code)))),
        ).toBeGreaterThanOrEqual(0);
    });
  });

  it('the totals belong together, and rounding takes off less than one unit', () => {
    everyInvoice(({ taxable, supply, vat, nonTaxable, subtotal, rounding, amountDue, carriedForward }) => {
      expect(taxable + nonTaxable).toBe(subtotal);
      expect(supply + vat).toBe(Math.max(0, taxable));
      expect(rounding).toBeLessThanOrEqual(0);
      expect(rounding).toBeGreaterThan(-10);
      expect(amountDue % 10).toBe(0);
      expect(Math.min(amountDue, carriedForward)).toBe(0);
    });
  });

  it('only plan fees stand with 0 won, and pieces of a line share no day', () => {
    everyInvoice(({ lines }) => {
      for (const line of lines) if (line.code !== 'PLAN_FEE') expect(line.amount).not.toBe(0);
      for (const lineId of new Set(lines.map((line) => line.lineId))) {
        const pieces = lines.filter((line) => line.code === 'PLAN_FEE' && line.lineId === lineId);
        pieces.slice(1).forEach((piece, index) => {
          expect((pieces[index]?.to ?? '') <= (piece.from ?? '')).toBe(true);
        });
        expect(pieces.reduce((days, { quantity }) => days + quantity, 0)).toBeLessThanOrEqual(28);
      }
    });
  });

  it('every invoice can be stored and read back', () => {
    everyInvoice((invoice) => {
      expect(decodeInvoice(MONTH, invoice.accountId, encodeInvoice(invoice))).toStrictEqual(invoice);
    });
  });
});

describe('bill, whatever it is given', () => {
  it('never throws and never bills a value of another form', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (account, usage) => {
        expect(bill(account, usage, catalogs, MONTH)).toMatchObject({ rejected: ['MALFORMED'] });
      }),
      RUNS,
    );
  });

  it('never throws on a damaged account or usage record, and gives every reason once and in order', () => {
    fc.assert(
      fc.property(
        fc
          .constantFrom(...accounts)
          .chain((account) => fc.tuple(damaged(account), damaged(usageOf(account['accountId'])))),
        ([account, usage]) => {
          const result = bill(account, usage, catalogs, MONTH);
          if ('rejected' in result) expect(result.rejected).toStrictEqual([...new Set(result.rejected)].toSorted());
          else expect(sum(result.lines)).toBe(result.amountDue - result.carriedForward);
        },
      ),
      RUNS,
    );
  });

  it('gives the same result again, and changes nothing that it is given', () => {
    fc.assert(
      fc.property(billable, ({ account, usage }) => {
        const before = structuredClone({ account, usage });
        const first = bill(account, usage, catalogs, MONTH);
        expect(bill(structuredClone(account), structuredClone(usage), catalogs, MONTH)).toStrictEqual(first);
        expect({ account, usage }).toEqual(before);
      }),
      RUNS,
    );
  });
});
