/** What is planted in the tables is found and named by the proof, and keeps the run from being approved. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { contentText, encodeInvoice } from '../../lambdas/contracts/stored-invoice.ts';
import type { Invoice } from '../../lambdas/contracts/invoice.ts';
import { bucketOf } from '../../lambdas/kernel/buckets.ts';
import { sha256 } from '../../lambdas/platform/digest.ts';
import { closeRun } from '../../lambdas/settlement/handlers/close-run.ts';
import { settleShard } from '../../lambdas/settlement/handlers/settle-shard.ts';
import { verifyShard } from '../../lambdas/settlement/handlers/verify-shard.ts';
import { expected, MONTH } from '../support/billing-golden.ts';
import {
  accountKey,
  BUCKETS,
  everyShard,
  IMPORT_ID,
  invocation,
  open,
  startSettlementTables,
  type Item,
  type Opened,
  type SettlementTables,
} from '../support/settlement-tables.ts';

let tables: SettlementTables;
let run: Opened;

beforeEach(async () => {
  tables = await startSettlementTables(60);
  run = await open(tables.deps);
  await everyShard(tables.deps, run, settleShard);
});
afterEach(() => tables.stop());

const anInvoice = async (): Promise<Item> => {
  const bills = (await tables.items('invoices')).filter(({ amountDue }) => Number(amountDue) > 0);
  return bills[0] ?? expect.fail('no invoice was stored');
};
const accountOf = (item: Item): string => String(item['sk']).replace(/#\d+$/, '');

/** Verifies and closes the run, which has conflicts: it waits for a person. */
async function expectWaits(): Promise<void> {
  await everyShard(tables.deps, run, verifyShard);
  expect(await closeRun(tables.deps, run, invocation)).toEqual({ outcome: 'waits', month: MONTH, runId: run.runId });
}

/** Verifies and closes the run; answers with the error that it is refused with. */
async function refusal(): Promise<{ name: string; message: string }> {
  await everyShard(tables.deps, run, verifyShard);
  return closeRun(tables.deps, run, invocation).then(
    () => expect.fail('the run was approved'),
    (error: unknown) => error as Error,
  );
}

async function expectUnbalanced(...named: string[]): Promise<void> {
  const error = await refusal();
  expect(error.name).toBe('RunDoesNotBalance');
  for (const part of named) expect(error.message).toContain(part);
  expect((await tables.deps.runs.readRun(MONTH, 1))?.status).toBe('OPEN');
}

/** A whole item of an invoice, as settlement would have written it. */
const itemOf = (like: Item, invoice: Invoice): Item => {
  const body = encodeInvoice(invoice);
  const contentHash = sha256(contentText(MONTH, invoice.accountId, body));
  return { ...like, sk: `${invoice.accountId}#0001`, body, contentHash, amountDue: invoice.amountDue };
};
const goldenInvoice = (accountId: string): Invoice =>
  expected.find((result) => result['accountId'] === accountId) as unknown as Invoice;

describe('the proof finds and names', () => {
  it('an invoice too many', async () => {
    const like = await anInvoice();
    const invoice = { ...goldenInvoice(accountOf(like)), accountId: 'STRANGER' };
    await tables.put('invoices', { ...itemOf(like, invoice), pk: `${MONTH}#${bucketOf('STRANGER', BUCKETS)}` });
    await expectUnbalanced('strange-invoice STRANGER');
  });

  it('an item among the invoices that is none', async () => {
    await tables.put('invoices', { pk: `${MONTH}#${bucketOf('JUNK', BUCKETS)}`, sk: 'JUNK', note: 'x' });
    await expectUnbalanced('strange-invoice JUNK');
  });

  it('an invoice one too few', async () => {
    const lost = await anInvoice();
    await tables.remove('invoices', lost);
    await expectUnbalanced(`missing ${accountOf(lost)} neither invoice nor rejection`);
  });

  it('a rejection one too few', async () => {
    const [lost = {}] = await tables.items('rejections');
    await tables.remove('rejections', lost);
    await expectUnbalanced(`missing ${String(lost['sk'])}`);
  });

  it('a rejection of an account that the import does not have', async () => {
    const pk = `${MONTH}#${bucketOf('GHOST', BUCKETS)}`;
    await tables.put('rejections', { pk, sk: 'GHOST', reasons: ['MALFORMED'], runId: run.runId });
    await expectUnbalanced('strange-rejection GHOST');
  });

  it('a changed amount beside the body', async () => {
    const item = await anInvoice();
    await tables.put('invoices', { ...item, amountDue: Number(item['amountDue']) + 10 });
    await expectUnbalanced(`damaged-invoice ${accountOf(item)}`, `its item says ${Number(item['amountDue']) + 10}`);
  });

  it('a changed body', async () => {
    const item = await anInvoice();
    await tables.put('invoices', { ...item, body: String(item['body']).replace(/\d(?=\])/, '7777') });
    await expectUnbalanced(`damaged-invoice ${accountOf(item)}`);
  });

  /** Invoices with a plan fee, as they are stored. */
  const withPlanFee = async (): Promise<Item[]> =>
    (await tables.items('invoices')).filter(({ sk }) =>
      goldenInvoice(accountOf({ sk })).lines.some(({ code, amount }) => code === 'PLAN_FEE' && amount > 100),
    );
  /** Changes a plan fee in an invoice's body, and everything that follows from it. */
  const changePlanFee = async (item: Item, off: number): Promise<void> => {
    const invoice = goldenInvoice(accountOf(item));
    const at = invoice.lines.findIndex(({ code, amount }) => code === 'PLAN_FEE' && amount > 100);
    const lines = invoice.lines.map((line, index) =>
      index === at ? ({ ...line, amount: line.amount + off } as Invoice['lines'][number]) : line,
    );
    const amountDue = (invoice.amountDue + off) as Invoice['amountDue'];
    await tables.put('invoices', itemOf(item, { ...invoice, lines, amountDue }));
  };

  it('a changed amount, hashes and all', async () => {
    const [item = {}] = await withPlanFee();
    await changePlanFee(item, 10);
    const due = Number(item['amountDue']);
    await expectUnbalanced(
      `changed-invoice ${accountOf(item)} it bills ${due + 10} won, its input comes to ${due}`,
      `tally-differs shard 0, amountDue: `,
    );
  });

  it('two amounts that were changed by what cancels out, hashes and all', async () => {
    const [first = {}, second = {}] = await withPlanFee();
    await changePlanFee(first, 10);
    await changePlanFee(second, -10);
    await expectUnbalanced(
      `changed-invoice ${accountOf(first)}`,
      `changed-invoice ${accountOf(second)}`,
      'not the same invoices',
    );
  });

  it('an invoice that was swapped for a rejection, as sets a bucket that settles', async () => {
    const item = await anInvoice();
    await tables.remove('invoices', item);
    await tables.put('rejections', { pk: item['pk'], sk: accountOf(item), reasons: ['MALFORMED'], runId: run.runId });
    await expectUnbalanced(`changed-rejection ${accountOf(item)}`);
  });

  it('an account in two buckets, which is billed in its own only', async () => {
    const item = await anInvoice();
    const accountId = accountOf(item);
    const [record] = (await tables.items('accounts')).filter(({ sk }) => sk === accountId);
    const elsewhere = (bucketOf(accountId, BUCKETS) + 1) % BUCKETS;
    await tables.put('accounts', { ...record, pk: `${IMPORT_ID}#${elsewhere}` });
    const before = await tables.items('invoices');
    await everyShard(tables.deps, run, settleShard);
    expect(await tables.items('invoices')).toEqual(before);
    await expectUnbalanced(`wrong-bucket ${accountId}`, `stored in bucket ${elsewhere}`);
  });

  it('an invoice in two buckets', async () => {
    const item = await anInvoice();
    const elsewhere = (bucketOf(accountOf(item), BUCKETS) + 1) % BUCKETS;
    await tables.put('invoices', { ...item, pk: `${MONTH}#${elsewhere}` });
    await expectUnbalanced(`wrong-bucket ${accountOf(item)}`);
  });

  it('usage in a bucket where nobody would bill it', async () => {
    const [record = {}] = await tables.items('usage');
    await tables.remove('usage', record);
    const elsewhere = (bucketOf(String(record['sk']), BUCKETS) + 1) % BUCKETS;
    await tables.put('usage', { ...record, pk: `${IMPORT_ID}#${elsewhere}` });
    await expectUnbalanced(`wrong-bucket ${String(record['sk'])}`);
  });

  it('an invoice of another run', async () => {
    const item = await anInvoice();
    await tables.put('invoices', { ...item, runId: '2026-02-r0009' });
    await expectUnbalanced(`other-run ${accountOf(item)}`);
  });

  it('a second version that no correction wrote', async () => {
    const item = await anInvoice();
    await tables.put('invoices', { ...item, sk: `${accountOf(item)}#0002` });
    await expectUnbalanced(`other-run ${accountOf(item)} it has version 2`);
  });

  it('an account or usage that is not the one its invoice was made from', async () => {
    const item = await anInvoice();
    const [record = {}] = (await tables.items('accounts')).filter(({ sk }) => sk === accountOf(item));
    await tables.put('accounts', { ...record, account: `${String(record['account'])} ` });
    await expectUnbalanced(`other-input ${accountOf(item)}`);
  });
});

describe('a conflict', () => {
  const changeAccount = async (accountId: string): Promise<void> => {
    const [record = {}] = (await tables.items('accounts')).filter(({ sk }) => sk === accountId);
    const account = { ...(JSON.parse(String(record['account'])) as Item), arrears: { nonTaxable: 123_456 } };
    await tables.put('accounts', { ...accountKey(accountId), account: JSON.stringify(account) });
  };

  it('is listed with the run, nothing is overwritten, and the run waits', async () => {
    const item = await anInvoice();
    await changeAccount(accountOf(item));
    const before = await tables.items('invoices');
    await everyShard(tables.deps, run, settleShard);
    await expectWaits();
    expect(await tables.items('invoices')).toEqual(before);
    const listed = (await tables.items('runs')).filter(({ sk }) => String(sk).startsWith('CONFLICT#'));
    expect(listed).toMatchObject([
      {
        sk: `CONFLICT#${accountOf(item)}`,
        storedAmountDue: item['amountDue'],
        computedAmountDue: expect.any(Number) as number,
      },
    ]);
  });

  it('with a foreign invoice under an account’s key could not be issued: the run does not balance', async () => {
    const item = await anInvoice();
    const foreign = { pk: item['pk'], sk: item['sk'], body: 'something else' };
    await tables.put('invoices', foreign);
    await everyShard(tables.deps, run, settleShard);
    const differs = `differ from what its input comes to: ${accountOf(item)}`;
    await expectUnbalanced(`other-run ${accountOf(item)}`, `damaged-invoice ${accountOf(item)}`, differs);
    expect((await tables.items('invoices')).find(({ sk }) => sk === item['sk'])).toEqual(foreign);
  });

  it('is over when the account comes to its invoice again', async () => {
    const item = await anInvoice();
    const [record = {}] = (await tables.items('accounts')).filter(({ sk }) => sk === accountOf(item));
    await changeAccount(accountOf(item));
    await everyShard(tables.deps, run, settleShard);
    await expectWaits();
    await tables.put('accounts', record);
    await everyShard(tables.deps, run, settleShard);
    await everyShard(tables.deps, run, verifyShard);
    expect(await closeRun(tables.deps, run, invocation)).toMatchObject({ outcome: 'approved' });
  });

  it('does not hide that the run does not balance', async () => {
    const item = await anInvoice();
    await changeAccount(accountOf(item));
    await everyShard(tables.deps, run, settleShard);
    const [lost = {}] = await tables.items('rejections');
    await tables.remove('rejections', lost);
    await expectUnbalanced(`missing ${String(lost['sk'])}`, `differ from what its input comes to: ${accountOf(item)}`);
  });
});
