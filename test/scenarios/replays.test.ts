/**
 * One month that everything happens to: an invoice lies there already, a worker dies before its tally, another wakes up
 * after its time-out, executions come again while one runs, another import comes into force. It ends in the bytes that its
 * pinned import comes to, and waits for a person, because of the conflict.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { contentText, encodeInvoice, STORED_FORM } from '../../lambdas/contracts/stored-invoice.ts';
import type { Invoice } from '../../lambdas/contracts/invoice.ts';
import { bucketOf } from '../../lambdas/kernel/buckets.ts';
import { sha256 } from '../../lambdas/platform/digest.ts';
import { draftOf, hexOf, inputHashOf } from '../../lambdas/settlement/adapters/invoice-store.ts';
import { runStore } from '../../lambdas/settlement/adapters/run-store.ts';
import { accountRecords, usageRecords } from '../../lambdas/settlement/adapters/stored-records.ts';
import { isRejection } from '../../lambdas/settlement/domain/bill.ts';
import { compileCatalogs } from '../../lambdas/settlement/domain/compile-catalogs.ts';
import { SETTLE_RUN } from '../../lambdas/settlement/domain/run.ts';
import { parseStored, settleAccount } from '../../lambdas/settlement/domain/settle-account.ts';
import { faultAt } from '../../tools/local/gate-faults.ts';
import { CATALOG_JSON } from '../../tools/population/tariff.ts';
import { watchRunsTable } from '../support/key-grants.ts';
import { runTr1lWith } from '../support/run-tr1l.ts';
import { MONTH, startScenario, type Scenario } from '../support/scenario.ts';
import { synthesize } from '../support/synth.ts';

const RUN_ID = `${MONTH}-r0001`;
const VICTIM = 'A0000003';
const PLANTED_WON = 7_000;
const LATE_MS = 12_000; // the function's time-out is 10 s of this machine

const folder = mkdtempSync(join(tmpdir(), 'tr1l-replays-'));
let month: Scenario;
let importId: string;
let grants: ReturnType<typeof watchRunsTable>;

const runs = () => runStore(month.clients.dynamo, month.runtime.resource('RunsTable'));
const tr1l = (...words: string[]) =>
  runTr1lWith(month.runtime.env('operator'), ...words, '--outputs', join(folder, 'outputs.json'));
const put = (output: string, item: Record<string, unknown>) =>
  month.clients.dynamo.send(new PutItemCommand({ TableName: month.runtime.resource(output), Item: marshall(item) }));
/** The proof that a dry run names, as `--apply` wants it. */
const proofIn = (told: string): string[] => /--proof [0-9a-f]{12}/.exec(told)?.[0].split(' ') ?? [];
const bucketCount = (): number => Number(month.runtime.resource('BucketCount'));
const until = async (holds: () => Promise<boolean> | boolean): Promise<void> => {
  while (!(await holds())) await new Promise((resolve) => setTimeout(resolve, 50));
};
const waiting = async (): Promise<number> => (await runs().readTokens(RUN_ID)).length;
const executions = () => month.runtime.machines.list({ stateMachineArn: month.runtime.resource('SettlementRunArn') });

const planted: Invoice = {
  ...{ accountId: VICTIM, month: MONTH, catalogId: 'kr-2026-01', dueDate: '2026-02-25' },
  lines: [
    { lineId: null, code: 'ARREARS', ref: null, from: null, to: null, quantity: 1, amount: PLANTED_WON, vat: 'none' },
  ],
  ...{ taxable: 0, supply: 0, vat: 0, nonTaxable: PLANTED_WON, subtotal: PLANTED_WON, rounding: 0 },
  ...{ amountDue: PLANTED_WON, carriedForward: 0 },
} as unknown as Invoice;

/** Puts an invoice of a run under an account's key, as nothing of the pipeline would. */
async function plantConflict(accountId: string, runId: string): Promise<void> {
  const body = encodeInvoice({ ...planted, accountId });
  await put('InvoicesTable', {
    pk: `${MONTH}#${bucketOf(accountId, bucketCount())}`,
    sk: `${accountId}#0001`,
    ...{ form: STORED_FORM, runId, importId, catalogDigest: 'f'.repeat(64) },
    ...{ inputHash: sha256('other').subarray(0, 16), contentHash: sha256(contentText(MONTH, accountId, body)) },
    ...{ body, amountDue: PLANTED_WON },
  });
}

/** The invoices that the import comes to, but the planted one: key, content and input. */
async function expectedInvoices(catalogDigest: string): Promise<string[]> {
  const compiled = compileCatalogs(CATALOG_JSON);
  if (!compiled.ok) return expect.fail('the catalogs are faulty');
  const accounts = accountRecords(month.clients.dynamo, month.runtime.resource('AccountsTable'));
  const usage = usageRecords(month.clients.dynamo, month.runtime.resource('UsageTable'));
  const found: string[] = [];
  for (let bucket = 0; bucket < bucketCount(); bucket++) {
    const used = await usage.readBucket(importId, bucket);
    for (const [accountId, text] of await accounts.readBucket(importId, bucket)) {
      const record = used.get(accountId);
      const result = settleAccount(
        accountId,
        parseStored(text),
        record && parseStored(record),
        compiled.catalogs,
        MONTH,
      );
      if (isRejection(result) || accountId === VICTIM) continue;
      const inputHash = inputHashOf(catalogDigest, text, record ?? null);
      const { stored } = draftOf(result, inputHash, { runId: RUN_ID, importId, catalogDigest });
      found.push(bytesOf({ sk: `${accountId}#0001`, ...stored }));
    }
  }
  return found.sort();
}
const bytesOf = (item: Record<string, unknown>): string =>
  ['sk', 'runId', 'importId', 'catalogDigest', 'body', 'amountDue', 'inputHash', 'contentHash']
    .map((name) => (item[name] instanceof Uint8Array ? hexOf(item[name]) : String(item[name])))
    .join(' ');

beforeAll(async () => {
  month = await startScenario({ accounts: 60, timeScale: 100, unbillable: ['A0000005'] });
  writeFileSync(join(folder, 'outputs.json'), JSON.stringify({ 'Tr1l-dev': month.runtime.outputs }));
  grants = watchRunsTable(month.runtime, synthesize('dev').template);
  importId = (await runs().importInForce(MONTH)) ?? '';
  await plantConflict(VICTIM, RUN_ID);
  const { gate } = month.runtime;
  gate.intercept(
    faultAt({ functionName: 'settle-shard', operation: 'BatchExecuteStatement' }, { kind: 'delay', ms: LATE_MS }),
  );
  gate.intercept(
    faultAt(
      { functionName: 'settle-shard', operation: 'PutItem', bodyIncludes: 'TALLY#' },
      { kind: 'kill', when: 'before' },
    ),
  );
  month.fire();
  await month.follow.reached('settlement', 'SettleShards');
  month.fire();
  await until(async () => (await waiting()) === 2);
});
afterAll(async () => {
  await month.stop();
  rmSync(folder, { recursive: true });
});

describe('the month', () => {
  it('waits with its conflict, and stores what its import comes to, whatever died, slept or came twice', async () => {
    const { catalogDigest } = (await runs().readRun(MONTH, SETTLE_RUN)) ?? expect.fail('there is no run');
    const stored = await month.invoices();
    const victim = stored.filter(({ sk }) => sk === `${VICTIM}#0001`);
    expect(victim).toMatchObject([{ body: encodeInvoice(planted), amountDue: PLANTED_WON }]);
    expect(
      stored
        .filter((item) => !victim.includes(item))
        .map(bytesOf)
        .sort(),
    ).toEqual(await expectedInvoices(catalogDigest));
    expect(await month.notices()).toEqual([]);
    expect(executions().map(({ status }) => status)).toEqual(['RUNNING', 'RUNNING']);
  });

  it('uses its import, also when another one is in force by now', async () => {
    const before = await month.invoices();
    await expect(month.importCorrected([VICTIM])).rejects.toThrow(/run .* waits for a person/i);
    await put('RunsTable', { pk: `MONTH#${MONTH}`, sk: 'IMPORT', importId: '2026-01-ffffffffffff' });
    month.fire();
    await until(async () => (await waiting()) === 3);
    await put('RunsTable', { pk: `MONTH#${MONTH}`, sk: 'IMPORT', importId });
    expect(await month.invoices()).toEqual(before);
  });

  it('is shown as waiting, and is approved by one word of a person', async () => {
    const shown = await tr1l('run', 'show', MONTH);
    expect(shown.code).toBe(1);
    expect(shown.stdout).toContain(`${RUN_ID}: OPEN, waits for a person since`);
    expect(shown.stdout).toContain(`${VICTIM}     stored 7,000 won, comes to`);
    expect(shown.stdout).toContain('3 executions have come to wait for it');
    const dry = await tr1l('run', 'approve', MONTH, '--reason', 'agreed');
    expect([dry.code, dry.stderr]).toEqual([0, expect.stringContaining('dry run, nothing changed')]);
    expect(executions().map(({ status }) => status)).toEqual(['RUNNING', 'RUNNING', 'RUNNING']);

    const before = await month.invoices();
    const done = await tr1l('run', 'approve', MONTH, '--reason', 'agreed', '--apply', ...proofIn(dry.stderr));
    expect([done.code, done.stderr]).toEqual([0, expect.stringMatching(/^APPROVED, .*3 waiting executions told\n$/)]);
    await month.follow.ended('settlement', 3);
    await month.follow.ended('dispatch', 3);
    await month.follow.quiet();
    expect(await month.invoices()).toEqual(before);
    expect((await month.notices()).filter(({ accountId }) => accountId === VICTIM)).toMatchObject([
      { amountDue: PLANTED_WON, runId: RUN_ID },
    ]);
    const verified = await tr1l('dispatch', 'verify', MONTH, '--json');
    expect([verified.code, JSON.parse(verified.stdout)]).toEqual([
      0,
      expect.objectContaining({ differences: [], invoices: before.length, notices: before.length }),
    ]);
    expect((await tr1l('run', 'show', MONTH)).code).toBe(0);
  });

  it('is decided for good', async () => {
    const again = await tr1l('run', 'approve', MONTH, '--reason', 'agreed', '--apply');
    expect([again.code, again.stderr]).toEqual([0, expect.stringMatching(/is APPROVED since .*; .*, 0 waiting/)]);
    const other = await tr1l('run', 'reject', MONTH, '--reason', 'changed my mind', '--apply');
    expect([other.code, other.stderr]).toEqual([2, expect.stringContaining('is APPROVED since')]);
    month.fire();
    await month.follow.ended('settlement', 4);
    expect(await waiting()).toBe(3);
  });
});

describe('a retry that is rejected', () => {
  it('ends its execution, and nobody is told of its invoices', async () => {
    const [{ accountId } = { accountId: '' }] = (await tr1l('rejections', 'list', MONTH, '--json')).stdout
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line) as { accountId: string });
    await month.importCorrected([accountId]);
    const runId = `${MONTH}-r0002`;
    // Its insert comes late: by then another invoice lies there, planted once the run is open.
    month.runtime.gate.intercept(
      faultAt({ functionName: 'settle-shard', operation: 'BatchExecuteStatement' }, { kind: 'delay', ms: 3_000 }),
    );
    const before = await month.notices();
    const started = await tr1l('rejections', 'retry', MONTH, '--account', accountId, '--reason', 'x', '--apply');
    expect(started.code).toBe(0);
    await until(async () => (await runs().readRun(MONTH, 2)) !== null);
    await plantConflict(accountId, runId);
    await until(async () => (await runs().readTokens(runId)).length === 1);
    const words = ['run', 'reject', MONTH, '--run', '2', '--reason', 'wrong amount'];
    const done = await tr1l(...words, '--apply', ...proofIn((await tr1l(...words)).stderr));
    expect([done.code, done.stderr]).toEqual([0, expect.stringContaining('1 waiting execution told')]);
    await month.follow.ended('settlement', 5);
    await month.runtime.idle();
    expect(executions()[0]).toMatchObject({ status: 'SUCCEEDED' });
    expect(await month.notices()).toEqual(before);
    expect((await tr1l('dispatch', 'verify', MONTH)).code).toBe(0);
  });
});

it('the roles of these functions allow what they asked of the runs table', () => {
  expect(grants.functions()).toEqual(['await-decision', 'close-run', 'open-run', 'settle-shard', 'verify-shard']);
  expect(grants.refused()).toEqual([]);
});
