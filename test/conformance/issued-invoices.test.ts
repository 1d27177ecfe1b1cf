/** What dispatch reads of the invoices table: the run's invoices, whole or only what they bill. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { encodeInvoice } from '../../lambdas/contracts/stored-invoice.ts';
import type { Invoice } from '../../lambdas/contracts/invoice.ts';
import { issuedInvoices, type IssuedInvoices } from '../../lambdas/dispatch/adapters/issued-invoices.ts';
import type { LocalDate, Month } from '../../lambdas/kernel/dates.ts';
import { won } from '../../lambdas/kernel/money.ts';
import { executeStatements, insertStatement } from '../../lambdas/platform/batch-statements.ts';
import { startTable } from '../support/dynamo-table.ts';

const month = '2026-01' as Month;
let invoices: IssuedInvoices;
let put: (
  bucket: number,
  runId: string,
  sk: string,
  over?: Record<string, { N: string } | { S: string }>,
) => Promise<unknown>;
let stop: () => Promise<unknown>;

const invoiceOf = (accountId: string): Invoice => ({
  accountId,
  month,
  catalogId: '2026-01',
  dueDate: '2026-02-25' as LocalDate,
  lines: [
    { lineId: null, code: 'ARREARS', ref: null, from: null, to: null, quantity: 1, vat: 'none', amount: won(54_320) },
  ],
  taxable: won(0),
  supply: won(0),
  vat: won(0),
  nonTaxable: won(54_320),
  subtotal: won(54_320),
  rounding: won(0),
  amountDue: won(54_320),
  carriedForward: won(0),
});

beforeAll(async () => {
  const table = await startTable('invoices');
  invoices = issuedInvoices(table.dynamo, 'invoices');
  put = (bucket, runId, sk, over = {}) =>
    executeStatements(table.dynamo, [
      insertStatement('invoices', {
        pk: { S: `${month}#${bucket}` },
        sk: { S: sk },
        form: { N: '1' },
        runId: { S: runId },
        importId: { S: 'import' },
        body: { S: encodeInvoice(invoiceOf(sk.split('#')[0] ?? '')) },
        amountDue: { N: '54320' },
        ...over,
      }),
    ]);
  stop = table.stop;
});
afterAll(() => stop());

it('reads the invoices of the run alone, whole or what they bill', async () => {
  await put(1, '2026-01-r0001', 'A1#0001');
  await put(1, '2026-01-r0001', 'A2#0002');
  await put(1, '2026-01-r0002', 'A3#0001');
  const whole = await invoices.readBucket(month, 1, '2026-01-r0001');
  expect(whole).toEqual([
    { invoice: invoiceOf('A1'), version: 1, bucket: 1, runId: '2026-01-r0001', importId: 'import' },
    { invoice: invoiceOf('A2'), version: 2, bucket: 1, runId: '2026-01-r0001', importId: 'import' },
  ]);
  expect(await invoices.readBilled(month, 1, '2026-01-r0001')).toEqual([
    { accountId: 'A1', version: 1, amountDue: 54_320 },
    { accountId: 'A2', version: 2, amountDue: 54_320 },
  ]);
  expect(await invoices.readBilled(month, 2, '2026-01-r0001')).toEqual([]);
});

it('an item that is no invoice of ours is an error, not a guess', async () => {
  await put(3, '2026-01-r0001', 'A1#0001', { amountDue: { S: 'much' } });
  await expect(invoices.readBilled(month, 3, '2026-01-r0001')).rejects.toThrow(
    'the stored invoice is not valid: amountDue',
  );
  await put(4, '2026-01-r0001', 'A1', {});
  await expect(invoices.readBilled(month, 4, '2026-01-r0001')).rejects.toThrow('the stored invoice is not valid: sk');
});
