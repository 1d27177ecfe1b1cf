/** What people do about accounts that could not be billed, on the whole stack: look, correct, ignore, retry. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { readPartition } from '../../lambdas/platform/query.ts';
import { runTr1lWith } from '../support/run-tr1l.ts';
import { MONTH, startScenario, type Scenario } from '../support/scenario.ts';

const folder = mkdtempSync(join(tmpdir(), 'tr1l-rejections-'));
let month: Scenario;
let accounts: string[];

beforeAll(async () => {
  month = await startScenario({ accounts: 60, timeScale: 100, unbillable: ['A0000002', 'A0000005', 'A0000007'] });
  writeFileSync(join(folder, 'outputs.json'), JSON.stringify({ 'Tr1l-dev': month.runtime.outputs }));
  await month.run();
  accounts = (await rejections()).map(({ accountId }) => accountId);
});
afterAll(async () => {
  await month.stop();
  rmSync(folder, { recursive: true });
});

const tr1l = (...words: string[]) =>
  runTr1lWith(month.runtime.env('operator'), ...words, '--outputs', join(folder, 'outputs.json'));
const rejections = async () =>
  (await tr1l('rejections', 'list', MONTH, '--json')).stdout
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as { accountId: string; ignoredFor: string | null });
const audited = async (): Promise<unknown[]> => {
  const day = new Date().toISOString().slice(0, 10);
  const items = await readPartition(month.clients.dynamo, { table: month.runtime.resource('AuditTable'), pk: day });
  return items.map(({ command, target, reason, outcome }) => [command, target, reason, outcome]);
};

it('a call that cannot be meant is refused, and nothing is changed by a dry run', async () => {
  const wrong = await tr1l('rejections', 'retry', MONTH, '--all', '--reason-code', 'MALFORMED');
  expect([wrong.code, wrong.stderr]).toEqual([2, expect.stringContaining('one of --account, --all and --reason-code')]);
  expect(wrong.stderr).toContain('--reason must be given');
  const strangers = await tr1l('rejections', 'ignore', MONTH, '--account', 'NOBODY,NOONE', '--reason', 'x', '--apply');
  expect([strangers.code, strangers.stderr]).toEqual([
    2,
    expect.stringMatching(/NOBODY has no open rejection of 2026-01\n.*NOONE has no open rejection/),
  ]);
  for (const what of ['ignore', 'retry']) {
    const dry = await tr1l('rejections', what, MONTH, '--account', accounts[0] ?? '', '--reason', 'x');
    expect([dry.code, dry.stderr]).toEqual([0, expect.stringContaining('dry run, nothing')]);
  }
  expect(await audited()).toEqual([]);
  expect((await rejections()).every(({ ignoredFor }) => ignoredFor === null)).toBe(true);
});

it('an ignored account is listed as such, and left out of a retry that does not name it', async () => {
  const [ignored = '', ...others] = accounts;
  const done = await tr1l('rejections', 'ignore', MONTH, '--account', ignored, '--reason', 'test line', '--apply');
  expect(done.code).toBe(0);
  expect((await rejections()).filter(({ ignoredFor }) => ignoredFor === 'test line')).toHaveLength(1);
  expect((await tr1l('rejections', 'show', MONTH, ignored)).stdout).toContain('left out of retries: test line');
  const dry = await tr1l('rejections', 'retry', MONTH, '--all', '--reason', 'x');
  expect(dry.stderr).toContain(`a retry of ${others.length} account`);
  expect(dry.stdout).not.toContain(ignored);
  const entry = ['rejections ignore', `rejection ${MONTH} ${ignored}`, 'test line'];
  expect(await audited()).toEqual([
    [...entry, 'begun: ignored'],
    [...entry, 'ignored'],
  ]);
});

it('corrected accounts are retried: billed and notified once, by a run with its own proof', async () => {
  const [ignored = '', first = '', second = ''] = accounts;
  const before = await month.invoices();
  await month.importCorrected([first, second]);
  const words = ['--account', first, '--account', second, '--reason', 'data corrected'];
  const started = await tr1l('rejections', 'retry', MONTH, ...words, '--apply');
  expect([started.code, started.stderr]).toEqual([0, expect.stringContaining('started a retry of 2 accounts')]);
  await month.follow.ended('dispatch', 2);
  await month.follow.quiet();

  const after = await month.invoices();
  const added = after.filter(({ sk }) => !before.some((item) => item['sk'] === sk));
  expect(added.map(({ sk }) => String(sk).split('#')[0]).sort()).toEqual([first, second].sort());
  expect(after.filter((item) => !added.includes(item))).toEqual(before);
  const counted = await month.tally();
  expect([counted.invoices + counted.rejections, counted.rejections]).toEqual([60, accounts.length - 2]);
  const notices = (await month.notices()).filter(({ runId }) => runId === `${MONTH}-r0002`);
  expect(notices.map(({ accountId }) => accountId).sort()).toEqual([first, second].sort());
  expect((await rejections()).map(({ accountId }) => accountId)).toContain(ignored);

  const shown = await tr1l('run', 'show', MONTH, '--run', '2');
  expect(shown.stdout).toContain(`${MONTH}-r0002: APPROVED`);
  expect(shown.stdout).toContain('2 accounts = 2 invoices + 0 rejections');
  expect((await tr1l('run', 'show', MONTH)).stdout).toContain(
    `${MONTH}-r0002  retry of 2 accounts, APPROVED: data corrected`,
  );
  const verified = await tr1l('dispatch', 'verify', MONTH, '--json');
  expect([verified.code, JSON.parse(verified.stdout)]).toEqual([
    0,
    expect.objectContaining({ differences: [], invoices: after.length, notices: after.length }),
  ]);
  const again = await tr1l('rejections', 'retry', MONTH, ...words, '--apply');
  expect([again.code, again.stderr]).toEqual([2, expect.stringContaining(`${first} has no open rejection`)]);
});

it('the same retry started once more, past the command, bills and sends nothing', async () => {
  const [, first = '', second = ''] = accounts;
  const before = [await month.invoices(), await month.notices(), month.runtime.providers.inbox.messages().length];
  month.runtime.machines.start({
    stateMachineArn: month.runtime.resource('SettlementRunArn'),
    input: JSON.stringify({ month: MONTH, mode: 'retry', accounts: [second, first], reason: 'again' }),
  });
  await month.follow.ended('settlement', 3);
  await month.follow.ended('dispatch', 3);
  await month.follow.quiet();
  expect([await month.invoices(), await month.notices(), month.runtime.providers.inbox.messages().length]).toEqual(
    before,
  );
});
