/** `tr1l rejections`: every account of a month without an issued invoice is in a list, and can be retried if a run may take it. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { settleShard } from '../../lambdas/settlement/handlers/settle-shard.ts';
import { verifyShard } from '../../lambdas/settlement/handlers/verify-shard.ts';
import { decideRun, readDeciding } from '../../tools/ops/decide-run.ts';
import { MONTH } from '../support/billing-golden.ts';
import { createTable } from '../support/dynamo-table.ts';
import { startLocalMachine, type LocalMachine } from '../support/local-machine.ts';
import { runTr1lWith } from '../support/run-tr1l.ts';
import {
  accountKey,
  BUCKETS,
  CORRECTED_IMPORT_ID,
  everyShard,
  execute,
  importCorrected,
  invocation,
  open,
  retryOf,
  startSettlementTables,
  type SettlementTables,
} from '../support/settlement-tables.ts';
import { temporaryFiles } from '../support/temporary-files.ts';

const ACCOUNTS = 40;
const outputs = temporaryFiles().file(
  'outputs.json',
  JSON.stringify({
    'Tr1l-dev': {
      ...{ RunsTable: 'runs', AccountsTable: 'accounts', InvoicesTable: 'invoices', RejectionsTable: 'rejections' },
      ...{ AuditTable: 'audit', BucketCount: String(BUCKETS), SettlementRunArn: 'arn:machine' },
    },
  }),
);
let tables: SettlementTables;
let machine: LocalMachine;
/** Accounts that the settle run has rejected, and one that it has billed. */
let rejected: string[];
let billed: string;

const tr1l = (...words: string[]) =>
  runTr1lWith(
    {
      AWS_ENDPOINT_URL_DYNAMODB: tables.url,
      AWS_ENDPOINT_URL_SFN: machine.url,
      AWS_REGION: 'ap-northeast-2',
      AWS_ACCESS_KEY_ID: 'local',
      AWS_SECRET_ACCESS_KEY: 'local',
    },
    ...['rejections', ...words, '--outputs', outputs],
  );
const listed = async (...words: string[]) =>
  (await tr1l('list', MONTH, '--json', ...words)).stdout
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as { accountId: string; why: string });
/** Puts the month's later import in force, with an account that no run has seen; answers with its id. */
const importLate = async (accountId = 'LATE-1'): Promise<string> => {
  await importCorrected(tables, [], ACCOUNTS);
  const account = JSON.stringify({ accountId, dueDay: 5, arrears: { nonTaxable: 900 } });
  await tables.put('accounts', { ...accountKey(accountId, CORRECTED_IMPORT_ID), account });
  return accountId;
};

beforeEach(async () => {
  [tables, machine] = await Promise.all([startSettlementTables(ACCOUNTS), startLocalMachine()]);
  await createTable(tables.dynamo, 'audit');
  await execute(tables.deps);
  rejected = (await tables.items('rejections')).map(({ sk }) => String(sk));
  billed = String((await tables.items('invoices'))[0]?.['sk']).replace(/#.*/, '');
});
afterEach(async () => {
  await Promise.all([tables.stop(), machine.stop()]);
});

describe('an account that came with a later import', () => {
  it('is listed under its own heading, shown, and retried when it is named', async () => {
    expect((await listed()).map(({ why }) => why)).toEqual(rejected.map(() => 'rejected'));
    const late = await importLate();
    const rows = await listed();
    expect(rows.filter(({ why }) => why !== 'rejected')).toEqual([
      { accountId: late, why: 'in-no-run', importId: CORRECTED_IMPORT_ID },
    ]);
    expect(rows).toHaveLength(rejected.length + 1);
    const text = await tr1l('list', MONTH);
    expect(text.stdout).toContain(`\ncame with a later import, in no run:\n${late}`);
    expect(text.stderr).toContain('1 account came with a later import and is in no run');
    expect((await tr1l('show', MONTH, late)).stdout).toContain(`came with import ${CORRECTED_IMPORT_ID}`);

    const done = await tr1l('retry', MONTH, '--account', `${late},${rejected[0]}`, '--reason', 'late', '--apply');
    expect([done.code, done.stderr]).toEqual([0, expect.stringContaining('started a retry of 2 accounts')]);
    expect(machine.started).toMatchObject([{ mode: 'retry', accounts: [rejected[0], late].sort() }]);
    await execute(tables.deps, 'retry', machine.started[0]);
    expect((await listed()).map(({ why }) => why)).not.toContain('in-no-run');
  });

  it('is not listed while a retry that has it is open', async () => {
    const late = await importLate();
    await open(tables.deps, 'retry', retryOf(late));
    expect((await listed()).map(({ accountId }) => accountId)).not.toContain(late);
  });
});

describe('an account whose only invoice is of a rejected run', () => {
  it('is listed, shown, and cannot be retried', async () => {
    const late = await importLate();
    const run = await open(tables.deps, 'retry', retryOf(late));
    await everyShard(tables.deps, run, settleShard);
    await everyShard(tables.deps, run, verifyShard);
    const record = (await tables.deps.runs.readRun(MONTH, 2)) ?? expect.fail('there is no retry');
    const looked = await readDeciding(tables.deps.runs, record);
    const person = { by: 'kim', reason: 'wrong amount' };
    await decideRun(tables.deps.runs, looked, 'REJECTED', person, invocation.clock.now());
    expect((await listed()).filter(({ why }) => why !== 'rejected')).toEqual([
      { accountId: late, why: 'never-issued', runId: run.runId },
    ]);
    const text = await tr1l('list', MONTH);
    expect(text.stdout).toContain(`\nhas an invoice of a rejected run, never issued:\n${late}`);
    expect((await tr1l('show', MONTH, late)).stdout).toContain(`has an invoice of ${run.runId}, which was rejected`);
    const retry = await tr1l('retry', MONTH, '--account', late, '--reason', 'x');
    expect([retry.code, retry.stderr]).toEqual([2, expect.stringContaining(`${late} has an invoice of ${run.runId}`)]);
  });
});

describe('an account that is billed', () => {
  it('is in no list, and cannot be retried', async () => {
    await importLate();
    expect((await listed()).map(({ accountId }) => accountId)).not.toContain(billed);
    const retry = await tr1l('retry', MONTH, '--account', billed, '--account', 'NOBODY', '--reason', 'x');
    expect([retry.code, retry.stderr]).toEqual([
      2,
      expect.stringMatching(new RegExp(`${billed} has no open rejection[^]*NOBODY has no open rejection`)),
    ]);
  });
});

describe('a retry that its first state would refuse', () => {
  it('is refused by the command, dry run or not, when an account is not in the import in force', async () => {
    const [gone = '', other = ''] = rejected;
    await importCorrected(tables, [], ACCOUNTS);
    await tables.remove('accounts', accountKey(gone, CORRECTED_IMPORT_ID));
    for (const which of [['--account', `${gone},${other}`], ['--all']])
      for (const apply of [[], ['--apply']]) {
        const { code, stderr, stdout } = await tr1l('retry', MONTH, ...which, '--reason', 'x', ...apply);
        expect([code, stdout, stderr.trim().split('\n').length]).toEqual([2, '', 1]);
        expect(stderr).toContain(`${gone} is not in ${CORRECTED_IMPORT_ID}, the import in force`);
        expect(stderr).not.toContain(`${other} `);
      }
    expect(machine.started).toEqual([]);
    expect(await tables.items('audit')).toEqual([]);
  });

  it('is refused while a retry of others is open, also when its accounts are not named', async () => {
    const [first = ''] = rejected;
    const run = await open(tables.deps, 'one', retryOf(first));
    const { code, stderr } = await tr1l('retry', MONTH, '--all', '--reason', 'x', '--apply');
    expect([code, stderr]).toEqual([2, expect.stringContaining(`run ${run.runId} is open`)]);
    expect(machine.started).toEqual([]);
  });

  it('is told as refused when only the first state could know', async () => {
    const cause = JSON.stringify({ errorType: 'InvalidRunInput', errorMessage: 'Run 2 comes first.' });
    machine.end({ status: 'FAILED', error: 'InvalidRunInput', cause });
    const words = ['retry', MONTH, '--account', rejected[0] ?? '', '--reason', 'x', '--apply'];
    const refused = await tr1l(...words);
    expect([refused.code, refused.stderr]).toEqual([2, expect.stringContaining('was refused: Run 2 comes first.')]);
    machine.end({ status: 'FAILED', error: 'Lambda.Unknown', cause: 'it broke' });
    const failed = await tr1l(...words);
    expect([failed.code, failed.stderr]).toEqual([1, expect.stringContaining('has failed: Lambda.Unknown, it broke')]);
  });

  it.each<[string, string, string]>([
    ['REJECTED', 'was rejected', 'there is no run yet that can bill its accounts'],
    ['OPEN', 'is not approved yet', 'only what it has left can be retried'],
  ])('is refused in a month whose settle run is %s, with what is so', async (status, ...says) => {
    const [run = {}] = (await tables.items('runs')).filter(({ sk }) => sk === 'RUN#0001');
    await tables.put('runs', { ...run, status });
    const { code, stderr } = await tr1l('retry', MONTH, '--all', '--reason', 'x');
    expect(code).toBe(2);
    for (const each of says) expect(stderr).toContain(each);
  });
});

describe('a retry that did not come to its end', () => {
  it('is started again by its accounts, and by no others', async () => {
    const [first = '', second = '', third = ''] = rejected;
    const late = await importLate();
    const run = await open(tables.deps, 'one', retryOf(first, second, late));
    await everyShard(tables.deps, run, settleShard);
    // The execution has died here: the late account has a drafted invoice by now.
    expect((await tables.items('invoices')).some(({ sk }) => sk === `${late}#0001`)).toBe(true);
    const other = await tr1l('retry', MONTH, '--account', third, '--reason', 'x');
    expect([other.code, other.stderr]).toEqual([2, expect.stringContaining(`run ${run.runId} is open`)]);
    const words = ['retry', MONTH, '--account', [late, second, first].join(), '--reason', 'again'];
    expect((await tr1l(...words)).stderr).toContain(`dry run, nothing started; with --apply: run ${run.runId} again`);
    const done = await tr1l(...words, '--apply');
    expect([done.code, done.stderr]).toEqual([0, expect.stringContaining(`started run ${run.runId} again`)]);
    expect(await execute(tables.deps, 'two', machine.started[0])).toMatchObject({ runId: run.runId });
    expect(await tables.deps.runs.readRuns(MONTH)).toHaveLength(2);
  });

  it('is started again by --all when it has billed none of them yet', async () => {
    const run = await open(tables.deps, 'one', retryOf(...rejected));
    const done = await tr1l('retry', MONTH, '--all', '--reason', 'again', '--apply');
    expect([done.code, done.stderr]).toEqual([0, expect.stringContaining(`started run ${run.runId} again`)]);
  });
});

it('the list is in the order of ids, and counts those of a reason as such', async () => {
  const late = await importLate('A-LATE');
  const rows = await listed();
  expect(rows.map(({ accountId }) => accountId)).toEqual([...rejected.toSorted(), late]);
  expect((await tr1l('list', MONTH)).stderr).toMatch(
    new RegExp(`^${MONTH}: ${rejected.length} accounts without an invoice\n`),
  );
  const none = await tr1l('list', MONTH, '--reason', 'NO_CATALOG');
  expect([none.code, none.stdout, none.stderr]).toEqual([0, '', `${MONTH}: 0 accounts with reason NO_CATALOG\n`]);
  const dry = await tr1l('retry', MONTH, '--all', '--reason', 'x');
  expect(dry.stdout.split('\n').filter(Boolean)).toEqual([...dry.stdout.split('\n').filter(Boolean)].toSorted());
});

it('a reason that there is not is refused with those that there are', async () => {
  for (const words of [
    ['list', MONTH, '--reason', 'FOO'],
    ['retry', MONTH, '--reason-code', 'FOO', '--reason', 'x'],
  ]) {
    const { code, stderr } = await tr1l(...words);
    expect([code, stderr]).toEqual([2, expect.stringMatching(/must be INVALID_AMOUNT or .*, not "FOO"/)]);
  }
  expect((await listed('--reason', 'MALFORMED')).length).toBeLessThanOrEqual(rejected.length);
});
