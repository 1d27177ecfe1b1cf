/** `tr1l run approve` and `reject`: a person decides on the proof that was looked at, once every shard is proved. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import { closeRun } from '../../lambdas/settlement/handlers/close-run.ts';
import { settleShard } from '../../lambdas/settlement/handlers/settle-shard.ts';
import { verifyShard } from '../../lambdas/settlement/handlers/verify-shard.ts';
import { MONTH } from '../support/billing-golden.ts';
import { createTable } from '../support/dynamo-table.ts';
import { runTr1lWith } from '../support/run-tr1l.ts';
import {
  accountKey,
  everyShard,
  invocation,
  open,
  startSettlementTables,
  type Item,
  type Opened,
  type SettlementTables,
} from '../support/settlement-tables.ts';
import { temporaryFiles } from '../support/temporary-files.ts';

const outputs = temporaryFiles().file(
  'outputs.json',
  JSON.stringify({ 'Tr1l-dev': { RunsTable: 'runs', AuditTable: 'audit' } }),
);
const withoutAudit = temporaryFiles().file(
  'without.json',
  JSON.stringify({ 'Tr1l-dev': { RunsTable: 'runs', AuditTable: 'nowhere' } }),
);
let tables: SettlementTables;
let run: Opened;

const tr1l = (verb: 'approve' | 'reject', ...words: string[]) =>
  runTr1lWith(
    {
      AWS_ENDPOINT_URL_DYNAMODB: tables.url,
      AWS_REGION: 'ap-northeast-2',
      AWS_ACCESS_KEY_ID: 'local',
      AWS_SECRET_ACCESS_KEY: 'local',
    },
    ...['run', verb, MONTH, '--reason', 'agreed', '--outputs', outputs, ...words],
  );
const auditItems = () => tables.items('audit');
const statusOf = async () => (await tables.deps.runs.readRun(MONTH, 1))?.status;
/** Changes the record of an account that is billed by now, which is a conflict, and proves the run again. */
const plantConflict = async (nth: number): Promise<void> => {
  const billed = (await tables.items('invoices')).map(({ sk }) => String(sk).replace(/#.*/, ''));
  const stored = (await tables.items('accounts')).find(({ sk }) => sk === billed[nth]) ?? {};
  const changed = { ...(JSON.parse(String(stored['account'])) as Item), arrears: { nonTaxable: 123_456 } };
  await tables.put('accounts', { ...accountKey(billed[nth] ?? ''), account: JSON.stringify(changed) });
  await everyShard(tables.deps, run, settleShard);
  await everyShard(tables.deps, run, verifyShard);
  await closeRun(tables.deps, run, invocation);
};
/** The proof that a dry run names. */
const proofIn = (told: string): string => /--proof ([0-9a-f]{12})\b/.exec(told)?.[1] ?? '';

beforeEach(async () => {
  tables = await startSettlementTables(20);
  await createTable(tables.dynamo, 'audit');
  run = await open(tables.deps);
  await everyShard(tables.deps, run, settleShard);
});
afterEach(() => tables.stop());

it('decides on the proof that the dry run named, and on no other', async () => {
  await plantConflict(0);
  const dry = await tr1l('approve');
  expect([dry.code, dry.stderr]).toEqual([0, expect.stringContaining('dry run, nothing changed')]);
  const looked = proofIn(dry.stderr);
  expect(looked).not.toBe('');
  const without = await tr1l('approve', '--apply');
  expect([without.code, without.stderr]).toEqual([2, expect.stringContaining('--apply needs --proof')]);

  await plantConflict(1);
  for (const verb of ['approve', 'reject'] as const) {
    const late = await tr1l(verb, '--apply', '--proof', looked);
    expect([late.code, late.stderr]).toEqual([2, expect.stringContaining(`, not ${looked}`)]);
    expect(late.stderr).toContain(`is ${proofIn((await tr1l(verb)).stderr)} by now`);
    expect(late.stderr.trim().split('\n')).toHaveLength(1);
  }
  expect(await statusOf()).toBe('OPEN');
  const now = proofIn((await tr1l('approve')).stderr);
  const done = await tr1l('approve', '--apply', '--proof', now);
  expect([done.code, done.stderr]).toEqual([0, expect.stringMatching(/^APPROVED, /)]);
  expect(await statusOf()).toBe('APPROVED');
});

it('tells of a decided run who decided what, and writes nothing', async () => {
  await plantConflict(0);
  const proof = proofIn((await tr1l('approve')).stderr);
  expect((await tr1l('approve', '--apply', '--proof', proof)).code).toBe(0);
  const before = [await tables.items('runs'), await auditItems()];
  const { decision } = (await tables.deps.runs.readRun(MONTH, 1)) ?? {};
  const says = `run ${run.runId} is APPROVED since ${decision?.at} by ${decision?.by}: agreed; decided on the proof ${proof}`;
  // Whoever was cut off calls the same again.
  for (const words of [[], ['--apply'], ['--apply', '--proof', proof], ['--proof', proof]]) {
    const again = await tr1l('approve', ...words);
    expect([again.code, again.stderr.trim().split('\n').length]).toEqual([0, 1]);
    expect(again.stderr).toContain(says);
    const other = await tr1l('reject', ...words);
    expect([other.code, other.stderr.trim()]).toEqual([2, `tr1l: ${says}`]);
  }
  const another = await tr1l('approve', '--apply', '--proof', '0'.repeat(12));
  expect([another.code, another.stderr.trim()]).toEqual([2, `tr1l: ${says}, not ${'0'.repeat(12)}`]);
  expect([await tables.items('runs'), await auditItems()]).toEqual(before);
});

it('decides with the entry in the audit log, or not at all', async () => {
  await plantConflict(0);
  const proof = proofIn((await tr1l('approve')).stderr);
  const unlogged = await tr1l('approve', '--apply', '--proof', proof, '--outputs', withoutAudit);
  expect(unlogged.code).toBe(1);
  expect([await statusOf(), await auditItems()]).toEqual(['OPEN', []]);
  expect((await tr1l('approve', '--apply', '--proof', proof)).code).toBe(0);
  const { decision } = (await tables.deps.runs.readRun(MONTH, 1)) ?? {};
  expect(await auditItems()).toMatchObject([
    { command: 'run approve', target: `run ${run.runId}`, reason: 'agreed', at: decision?.at, actor: decision?.by },
  ]);
});

it('rejects no run that may still be settling: a late worker would write invoices under its id', async () => {
  for (const words of [[], ['--apply', '--proof', '0'.repeat(12)]]) {
    const refused = await tr1l('reject', ...words);
    expect([refused.code, refused.stderr.trim().split('\n').length]).toEqual([2, 1]);
    expect(refused.stderr).toContain('0 of 1 shard proved');
    expect(refused.stderr).toMatch(/redrive/);
  }
  expect(await statusOf()).toBe('OPEN');
  await everyShard(tables.deps, run, verifyShard);
  const proof = proofIn((await tr1l('reject')).stderr);
  expect((await tr1l('reject', '--apply', '--proof', proof)).code).toBe(0);
  expect(await statusOf()).toBe('REJECTED');
});
