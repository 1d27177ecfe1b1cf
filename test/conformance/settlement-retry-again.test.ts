/** The same accounts from the same import, retried once more: a retry that billed somebody is found, another one begins anew. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import { settleShard } from '../../lambdas/settlement/handlers/settle-shard.ts';
import { verifyShard } from '../../lambdas/settlement/handlers/verify-shard.ts';
import { decideRun, readDeciding } from '../../tools/ops/decide-run.ts';
import { MONTH } from '../support/billing-golden.ts';
import {
  accountKey,
  everyShard,
  execute,
  importCorrected,
  invocation,
  open,
  retryOf,
  startSettlementTables,
  type SettlementTables,
} from '../support/settlement-tables.ts';

const ACCOUNTS = 40;
let tables: SettlementTables;
let first: string;
let second: string;

beforeEach(async () => {
  tables = await startSettlementTables(ACCOUNTS);
  await execute(tables.deps);
  [first = '', second = ''] = (await tables.items('rejections')).map(({ sk }) => String(sk));
});
afterEach(() => tables.stop());

it('a retry that billed none of its accounts is tried again as another run, as the code may be mended by now', async () => {
  await execute(tables.deps, 'one', retryOf(first));
  // The record stands for the code: what could not be billed can be now, from the same import.
  const mended = { accountId: first, dueDay: 5, arrears: { nonTaxable: 900 } };
  await tables.put('accounts', { ...accountKey(first), account: JSON.stringify(mended) });
  await tables.remove('usage', accountKey(first));
  expect(await execute(tables.deps, 'two', retryOf(first))).toMatchObject({
    runId: `${MONTH}-r0003`,
    totals: { invoices: 1, rejected: 0 },
  });
  expect(await execute(tables.deps, 'three', retryOf(first))).toMatchObject({
    outcome: 'already-approved',
    runId: `${MONTH}-r0003`,
  });
});

it('a retry that billed some of its accounts is found again, so that its event can be published once more', async () => {
  await importCorrected(tables, [first], ACCOUNTS);
  const closed = await execute(tables.deps, 'one', retryOf(first, second));
  expect(closed).toMatchObject({ totals: { invoices: 1, rejected: 1 } });
  expect(await open(tables.deps, 'two', retryOf(first, second))).toMatchObject({
    outcome: 'already-approved',
    runId: closed.runId,
  });
  expect(await execute(tables.deps, 'three', retryOf(second))).toMatchObject({ runId: `${MONTH}-r0003` });
});

it('a retry that a person rejected before it had billed anybody can be tried again', async () => {
  const run = await open(tables.deps, 'one', retryOf(first));
  await everyShard(tables.deps, run, settleShard);
  await everyShard(tables.deps, run, verifyShard);
  const record = (await tables.deps.runs.readRun(MONTH, 2)) ?? expect.fail('there is no retry');
  const looked = await readDeciding(tables.deps.runs, record);
  const person = { by: 'kim', reason: 'wrong catalog' };
  await decideRun(tables.deps.runs, looked, 'REJECTED', person, invocation.clock.now());
  expect(await open(tables.deps, 'two', retryOf(first))).toMatchObject({ outcome: 'open', runId: `${MONTH}-r0003` });
});
