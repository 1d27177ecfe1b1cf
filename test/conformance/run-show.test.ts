/** The story of a run tells what is wrong with it: planted faults are counted and named. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import { settleShard } from '../../lambdas/settlement/handlers/settle-shard.ts';
import { verifyShard } from '../../lambdas/settlement/handlers/verify-shard.ts';
import { readRunStory } from '../../tools/ops/run-story.ts';
import { runText } from '../../tools/ops/run-text.ts';
import { MONTH } from '../support/billing-golden.ts';
import {
  everyShard,
  execute,
  open,
  startSettlementTables,
  type Opened,
  type SettlementTables,
} from '../support/settlement-tables.ts';

let tables: SettlementTables;
beforeEach(async () => {
  tables = await startSettlementTables(60);
});
afterEach(() => tables.stop());

const story = async () => (await readRunStory(tables.deps.runs, MONTH, 1)) ?? expect.fail('the run is not known');
const settled = async (): Promise<Opened> => {
  const run = await open(tables.deps);
  await everyShard(tables.deps, run, settleShard);
  return run;
};

it('an approved run balances, and says on which proof it was approved', async () => {
  await execute(tables.deps);
  const found = await story();
  expect(found).toMatchObject({ outcome: 'balanced', problemCount: 0, conflicts: [], totals: { accounts: 60 } });
  expect(found.totals).toEqual(found.run.totals);
  const text = runText(found);
  expect(text).toContain(`APPROVED since ${found.run.approvedAt ?? ''}`);
  expect(text).toContain(found.run.proofDigest?.slice(0, 12));
  expect(text).not.toContain('✘');
});

it('a run that was not verified does not balance', async () => {
  await settled();
  const found = await story();
  expect([found.outcome, found.shardsProved]).toEqual(['unbalanced', 0]);
  expect(runText(found)).toContain('It cannot be approved: Run 2026-02-r0001 does not balance');
});

it('an invoice too few is named', async () => {
  const run = await settled();
  const [invoice] = await tables.items('invoices');
  await tables.remove('invoices', invoice ?? {});
  await everyShard(tables.deps, run, verifyShard);
  const found = await story();
  expect(found.outcome).toBe('unbalanced');
  expect(runText(found)).toContain(
    `missing ${String(invoice?.['sk']).replace(/#.*/, '')} neither invoice nor rejection`,
  );
});

it('a month without a run has no story', async () => {
  expect(await readRunStory(tables.deps.runs, MONTH, 1)).toBeNull();
});
