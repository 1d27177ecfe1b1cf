import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Invoice } from '../../../lambdas/contracts/invoice.ts';
import { contentText, decodeInvoice, encodeInvoice } from '../../../lambdas/contracts/stored-invoice.ts';
import type { Month } from '../../../lambdas/kernel/dates.ts';
import { bill } from '../../../lambdas/settlement/domain/bill.ts';
import { billable, damaged } from '../../support/account-arbitrary.ts';
import { catalogs, expected, MONTH } from '../../support/billing-golden.ts';

const invoices = expected.filter((result) => !('rejected' in result)) as unknown as Invoice[];
const decoded = (invoice: Invoice, body: string): Invoice => decodeInvoice(MONTH, invoice.accountId, body);

describe('a stored invoice', () => {
  it('reads back as the golden invoice it was', () => {
    for (const invoice of invoices) expect(decoded(invoice, encodeInvoice(invoice))).toStrictEqual(invoice);
  });

  it('reads back as any invoice that billing makes, and the same invoice is stored as the same bytes', () => {
    fc.assert(
      fc.property(billable, ({ account, usage }) => {
        const result = bill(account, usage, catalogs, MONTH);
        if ('rejected' in result) return;
        const body = encodeInvoice(result);
        expect(decoded(result, body)).toStrictEqual(result);
        expect(encodeInvoice(decoded(result, body))).toBe(body);
      }),
      { numRuns: 1000 },
    );
  });

  it('has another body for every other invoice of an account', () => {
    const bodies = new Map<string, unknown>();
    fc.assert(
      fc.property(billable, ({ account, usage }) => {
        const result = bill(account, usage, catalogs, MONTH);
        if ('rejected' in result) return;
        const body = encodeInvoice(result);
        expect(bodies.get(body) ?? result).toStrictEqual(result);
        bodies.set(body, result);
      }),
      { numRuns: 1000 },
    );
  });

  it('keeps texts of any alphabet in ids and devices', () => {
    const [like] = invoices.filter(({ lines }) => lines.some(({ code }) => code === 'INSTALMENT'));
    if (!like) throw new Error('no golden invoice has an instalment');
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (lineId, ref) => {
        const lines = like.lines.map((line) =>
          line.code === 'INSTALMENT' ? { ...line, ref } : line.code === 'PLAN_FEE' ? { ...line, lineId, ref } : line,
        );
        const invoice = { ...like, lines };
        expect(decoded(invoice, encodeInvoice(invoice))).toStrictEqual(invoice);
      }),
    );
  });

  it('is refused with the account’s name when its body is not one', () => {
    const [invoice] = invoices;
    const body = JSON.parse(encodeInvoice(invoice as Invoice)) as unknown;
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.json(),
          damaged(body).map((value) => JSON.stringify(value)),
        ),
        (text) => {
          try {
            decodeInvoice(MONTH, 'A7', text);
          } catch (error) {
            expect((error as Error).message).toMatch(/^the stored invoice of A7 for 2026-02 is not readable: /);
          }
        },
      ),
      { numRuns: 1000 },
    );
    expect(() => decodeInvoice(MONTH, 'A7', '{}')).toThrow('A7');
  });

  it('has a content of its own for each month and account', () => {
    const texts = [
      contentText(MONTH, 'A1', '[]'),
      contentText('2026-03' as Month, 'A1', '[]'),
      contentText(MONTH, 'A2', '[]'),
      contentText(MONTH, 'A1', '[1]'),
    ];
    expect(new Set(texts).size).toBe(4);
  });
});
