/** What dispatch reads of the invoices table: the run's invoices, whole or only what they bill. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Invoice } from '../../lambdas/contracts/invoice.ts';
import { issuedInvoices, type IssuedInvoices } from '../../lambdas/dispatch/adapters/issued-invoices.ts';
import type { LocalDate, Month } from '../../lambdas/kernel/dates.ts';
import { won } from '../../lambdas/kernel/money.ts';
import { executeStatements, insertStatement } from '../../lambdas/platform/batch-statements.ts';
import { draftOf, invoiceStore, type InvoiceStore } from '../../lambdas/settlement/adapters/invoice-store.ts';
import { startTable } from '../support/dynamo-table.ts';

const month = '2026-01' as Month;
const [run, other] = ['2026-01-r0001', '2026-01-r0002'];
let table: Awaited<ReturnType<typeof startTable>>;
let invoices: IssuedInvoices;
let store: InvoiceStore;

const line = { lineId: null, code: 'ARREARS', ref: null, from: null, to: null, quantity: 1, vat: 'none' } as const;
const invoiceOf = (accountId: string): Invoice => ({
  accountId,
  month,
  catalogId: '2026-01',
  dueDate: '2026-02-25' as LocalDate,
  lines: [{ ...line, amount: won(54_320) }],
  taxable: won(0),
  supply: won(0),
  vat: won(0),
  nonTaxable: won(54_320),
  subtotal: won(54_320),
  rounding: won(0),
  amountDue: won(54_320),
  carriedForward: won(0),
});

/** Puts an invoice as settlement does. */
const put = (bucket: number, runId: string, accountId: string, version = 1) => {
  const stamp = { runId, importId: 'import', catalogDigest: 'digest' };
  const draft = draftOf(invoiceOf(accountId), new Uint8Array(16), stamp);
  return store.putAbsent(month, bucket, [{ ...draft, version }]);
};

beforeAll(async () => {
  table = await startTable('invoices');
  invoices = issuedInvoices(table.dynamo, 'invoices');
  store = invoiceStore(table.dynamo, 'invoices');
});
afterAll(() => table.stop());

it('reads the invoices of the run alone, whole or what they bill', async () => {
  await put(1, run, 'A1');
  await put(1, run, 'A2', 2);
  await put(1, other, 'A3');
  expect(await invoices.readBucket(month, 1, run)).toEqual([
    { invoice: invoiceOf('A1'), version: 1, bucket: 1, runId: run, importId: 'import' },
    { invoice: invoiceOf('A2'), version: 2, bucket: 1, runId: run, importId: 'import' },
  ]);
  expect(await invoices.readBilled(month, 1, run)).toEqual([
    { accountId: 'A1', version: 1, amountDue: 54_320 },
    { accountId: 'A2', version: 2, amountDue: 54_320 },
  ]);
  expect(await invoices.readBilled(month, 2, run)).toEqual([]);
});

it.each([
  ['whose amount is none', 3, { sk: { S: 'A1#0001' }, amountDue: { S: 'much' } }, 'amountDue'],
  ['whose key is none', 4, { sk: { S: 'A1' }, amountDue: { N: '1' } }, 'sk'],
])('an item %s is an error, not a guess', async (_, bucket, item, field) => {
  const stored = { pk: { S: `${month}#${bucket}` }, runId: { S: run }, ...item };
  await executeStatements(table.dynamo, [insertStatement('invoices', stored)]);
  await expect(invoices.readBilled(month, bucket, run)).rejects.toThrow(`the stored invoice is not valid: ${field}`);
});
