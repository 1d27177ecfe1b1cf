/** A month that the stack imports by itself, from files that a person uploads, and settles. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { GetObjectCommand, ListObjectsV2Command } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { epochMs, seoulInstant, type LocalDate } from '../../lambdas/kernel/dates.ts';
import { readPartition } from '../../lambdas/platform/query.ts';
import { importStore } from '../../lambdas/import/adapters/import-store.ts';
import { runStore } from '../../lambdas/settlement/adapters/run-store.ts';
import { faultAt } from '../../tools/local/gate-faults.ts';
import type { Runtime } from '../../tools/local/runtime.ts';
import { CATALOG_JSON } from '../../tools/population/tariff.ts';
import { localClients, type LocalClients } from '../../tools/start/local-clients.ts';
import { followMonth } from '../../tools/start/run-month.ts';
import { tallyMonth } from '../../tools/start/month-tally.ts';
import { watchRunsTable } from '../support/key-grants.ts';
import { operators } from '../support/operator.ts';
import { MONTH, scenarioPeople, startStack } from '../support/scenario.ts';
import { synthesize } from '../support/synth.ts';

/** Above 1,000 lines the accounts are two parts; the usage is one, as its lines are short. */
const ACCOUNTS = 1100;
const folder = mkdtempSync(join(tmpdir(), 'tr1l-import-'));
const operator = operators();
let runtime: Runtime;
let clients: LocalClients;
let grants: ReturnType<typeof watchRunsTable>;

const file = (name: string, lines: readonly string[]): string => {
  const path = join(folder, name);
  writeFileSync(path, lines.map((line) => `${line}\n`).join(''));
  return path;
};
const people = [...scenarioPeople(ACCOUNTS)];
const accounts = people.map(({ account }) => JSON.stringify(account));
const usage = people.flatMap((each) => (each.usage ? [JSON.stringify(each.usage)] : []));

beforeAll(async () => {
  runtime = await startStack({ timeScale: 100 });
  grants = watchRunsTable(runtime, synthesize('dev').template);
  clients = localClients(runtime, 'scenario');
});
afterAll(async () => {
  await runtime.stop();
  rmSync(folder, { recursive: true });
});

/** Uploads files with the command, and starts their import. */
async function start(files: { readonly accounts: string; readonly usage: string }): Promise<string> {
  const catalogs = join(folder, 'catalogs.json');
  writeFileSync(catalogs, JSON.stringify(CATALOG_JSON));
  const words = ['--month', MONTH, '--accounts', files.accounts, '--usage', files.usage, '--catalogs', catalogs];
  const { code, stdout, stderr } = await operator({ runtime })('import', '--on-aws', '--json', ...words);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return (JSON.parse(stdout) as { executionArn: string }).executionArn;
}

/** How an execution ended. */
async function ended(arn: string) {
  const { status, outputText, error, cause } = await runtime.machines.settled(arn);
  return { status, output: JSON.parse(outputText ?? 'null') as unknown, error, cause };
}

const items = async (table: 'AccountsTable' | 'UsageTable', importId: string): Promise<unknown[]> => {
  const found: unknown[] = [];
  for (let bucket = 0; bucket < Number(runtime.resource('BucketCount')); bucket++)
    found.push(
      ...(await readPartition(clients.dynamo, { table: runtime.resource(table), pk: `${importId}#${bucket}` })),
    );
  return found;
};
const inForce = async () =>
  (await importStore(clients.dynamo, runtime.resource('RunsTable')).inForce(MONTH))?.importId ?? null;

describe('a month that is imported on AWS', () => {
  const whole = { accounts: file('accounts.jsonl', accounts), usage: file('usage.jsonl', usage) };
  let importId: string;

  it('fails when a part dies half-way, and redriven it goes on from what is stored', async () => {
    const heal = runtime.gate.intercept(
      faultAt(
        { functionName: 'write-part', operation: 'BatchExecuteStatement', nth: 60, times: Infinity },
        { kind: 'kill', when: 'after' },
      ),
    );
    const arn = await start(whole);
    expect(await ended(arn)).toMatchObject({ status: 'FAILED' });
    expect(await inForce()).toBeNull();
    heal();
    runtime.machines.redrive(arn);
    const end = await ended(arn);
    expect(end).toMatchObject({ status: 'SUCCEEDED', output: { outcome: 'imported', totals: { accounts: ACCOUNTS } } });
    importId = (end.output as { importId: string }).importId;
    expect(await inForce()).toBe(importId);
    expect(runtime.machines.mapRuns(arn).map(({ spec }) => spec.items.length)).toEqual([3, 3]);
    expect(await items('AccountsTable', importId)).toHaveLength(ACCOUNTS);
    expect(await items('UsageTable', importId)).toHaveLength(usage.length);
  });

  it('again changes nothing, and neither does the import from the command line', async () => {
    const before = [await items('AccountsTable', importId), await items('UsageTable', importId)];
    const again = await ended(await start(whole));
    expect(again).toMatchObject({ status: 'SUCCEEDED', output: { outcome: 'unchanged', importId } });
    const words = ['--accounts', whole.accounts, '--usage', whole.usage, '--catalogs', join(folder, 'catalogs.json')];
    const here = await operator({ runtime })('import', '--json', '--month', MONTH, ...words);
    expect(JSON.parse(here.stdout)).toEqual({ outcome: 'unchanged', importId, totals: totalsOf(again.output) });
    expect([await items('AccountsTable', importId), await items('UsageTable', importId)]).toEqual(before);
  });

  it('is settled, and balances', async () => {
    const follow = followMonth(runtime, { month: MONTH }, clients);
    runtime.schedules.fire('settlement', epochMs(seoulInstant('2026-02-01' as LocalDate, '12:00')));
    await follow.ended('settlement');
    const run = await runStore(clients.dynamo, runtime.resource('RunsTable')).readRun(MONTH, 1);
    expect(run).toMatchObject({ status: 'APPROVED', importId, accounts: ACCOUNTS });
    const tables = {
      invoices: runtime.resource('InvoicesTable'),
      rejections: runtime.resource('RejectionsTable'),
      notices: runtime.resource('NoticesTable'),
      bucketCount: Number(runtime.resource('BucketCount')),
    };
    const { invoices, rejections, amountDue } = await tallyMonth(clients.dynamo, tables, MONTH);
    expect(invoices + rejections).toBe(ACCOUNTS);
    expect(amountDue).toBe(run?.totals?.amountDue);
  });

  it('of broken files keeps the import it has: the failure counts them, and S3 lists each line', async () => {
    const broken = [...accounts];
    broken[3] = '{"accountId":';
    broken[1050] = '{"accountId":"no/id"}';
    const arn = await start({ ...whole, accounts: file('broken.jsonl', broken) });
    const end = await ended(arn);
    expect(end).toMatchObject({ status: 'FAILED', error: 'RecordsRefused' });
    const bucket = runtime.resource('IncomingBucket');
    expect(end.cause).toContain(
      `The import in force for ${MONTH} is as it was: 2 records were refused; each is listed with its line, field and reason below s3://${bucket}/refused/${MONTH}-`,
    );
    expect(await inForce()).toBe(importId);
    const { Contents = [] } = await clients.s3.send(new ListObjectsV2Command({ Bucket: bucket, Prefix: 'refused/' }));
    const lines = await Promise.all(
      Contents.map(async ({ Key }) => {
        const { Body } = await clients.s3.send(new GetObjectCommand({ Bucket: bucket, Key: String(Key) }));
        return (await Body?.transformToString())?.trim();
      }),
    );
    expect(lines.map((line) => JSON.parse(String(line)) as unknown)).toMatchObject([
      { file: 'accounts', line: 4, field: '(whole)' },
      { file: 'accounts', line: 1051, field: 'accountId' },
    ]);
  });
});

const totalsOf = (output: unknown): unknown => (output as { totals: unknown }).totals;

it('the roles of these functions allow what they asked of the runs table', () => {
  const settling = ['close-run', 'open-run', 'settle-shard', 'verify-shard'];
  expect(grants.functions()).toEqual(['accept-import', 'close-import', ...settling, 'write-part']);
  expect(grants.refused()).toEqual([]);
});
