/**
 * An import comes into force while a run of its month is opened, in every order of their requests: the open run bills
 * what the month points to, or else the import is refused. An import that says "in force" is never passed over.
 */
import { isDeepStrictEqual } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { importStore } from '../../lambdas/import/adapters/import-store.ts';
import { emptySums } from '../../lambdas/import/domain/sums.ts';
import { closeImport } from '../../lambdas/import/import-steps.ts';
import { runStore } from '../../lambdas/settlement/adapters/run-store.ts';
import { MONTH } from '../support/billing-golden.ts';
import {
  accountKey,
  BUCKETS,
  CATALOG_DIGEST,
  execute,
  IMPORT_ID,
  invocation,
  open,
  retryOf,
  startSettlementTables,
  type Item,
  type Opened,
  type SettlementTables,
} from '../support/settlement-tables.ts';
import { everyOrder, takeTurns } from '../support/taking-turns.ts';

const LATER_IMPORT = '2026-02-00000000000a';
const LATER = {
  importId: LATER_IMPORT,
  month: MONTH,
  catalogDigest: CATALOG_DIGEST,
  bucketCount: BUCKETS,
  closedAt: invocation.clock.now(),
  totals: { ...emptySums(), accounts: 1, refused: 0, digest: '0'.repeat(64) },
};
/** Requests of each, where nothing is done again. */
const IMPORTING = 4;
const OPENING = 6;

let tables: SettlementTables;
let pristine: Item[];

/** Puts the runs table back as it was: only what differs. */
const restore = async (): Promise<void> => {
  const items = await tables.items('runs');
  const isIn = (all: readonly Item[], item: Item) => all.some((each) => isDeepStrictEqual(each, item));
  for (const item of items) if (!isIn(pristine, item)) await tables.remove('runs', item);
  for (const item of pristine) if (!isIn(items, item)) await tables.put('runs', item);
};
const inForce = () => tables.deps.runs.importInForce(MONTH);

/** What an opening and an import come to, in an order of their requests. */
async function play(input: unknown, order: readonly (0 | 1)[]) {
  await restore();
  const [opened, imported] = await takeTurns(
    tables.url,
    [
      (client) => open({ ...tables.deps, runs: runStore(client, 'runs') }, 'one', input),
      (client) => closeImport(importStore(client, 'runs'), LATER, { isClosed: false, before: IMPORT_ID }),
    ],
    order,
  );
  return { opened: opened as Opened, imported: imported as Awaited<ReturnType<typeof closeImport>> };
}

/** Plays every order; answers with how often the import came into force, and how often it was refused. */
async function playAll(input: unknown) {
  const outcomes: Record<string, number> = {};
  for (const order of everyOrder(OPENING, IMPORTING)) {
    const { opened, imported } = await play(input, order);
    const name = order.join('');
    const isInForce = (await inForce()) === LATER_IMPORT;
    expect(imported.outcome, name).toBe(isInForce ? 'imported' : 'run-open');
    expect(opened, name).toMatchObject({ outcome: 'open', importId: isInForce ? LATER_IMPORT : IMPORT_ID });
    expect(await tables.deps.runs.readRun(MONTH, Number(opened.runId.slice(-4))), name).toMatchObject({
      importId: opened.importId,
      status: 'OPEN',
    });
    outcomes[imported.outcome] = (outcomes[imported.outcome] ?? 0) + 1;
  }
  return outcomes;
}

const BOTH = { imported: expect.any(Number) as number, 'run-open': expect.any(Number) as number };

beforeAll(async () => {
  tables = await startSettlementTables(12);
});
afterAll(() => tables.stop());

it('an import that is closed while the settle run is opened is what the run bills, or is refused', async () => {
  pristine = await tables.items('runs');
  expect(await playAll({ month: MONTH })).toEqual(BOTH);
  await restore();
});

it('an import that is closed while a retry is opened is what the retry bills, or is refused', async () => {
  await execute(tables.deps);
  pristine = await tables.items('runs');
  const rejected = String((await tables.items('rejections'))[0]?.['sk']);
  await tables.put('accounts', { ...accountKey(rejected, LATER_IMPORT), account: '{}' });
  expect(await playAll(retryOf(rejected))).toEqual(BOTH);
});
