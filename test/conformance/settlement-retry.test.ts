/** Retry runs: named rejections are settled again from the import in force, by a run with its own number, scope and proof. */
import { isDeepStrictEqual } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { bucketOf, shardOfBucket } from '../../lambdas/kernel/buckets.ts';
import { closeRun } from '../../lambdas/settlement/handlers/close-run.ts';
import { settleShard } from '../../lambdas/settlement/handlers/settle-shard.ts';
import { verifyShard } from '../../lambdas/settlement/handlers/verify-shard.ts';
import { MONTH } from '../support/billing-golden.ts';
import { Killed, killedAt } from '../support/killed-client.ts';
import {
  ACCOUNT_IDS,
  accountKey,
  BUCKETS,
  CORRECTED_IMPORT_ID,
  everyShard,
  execute,
  IMPORT_ID,
  importCorrected,
  invocation,
  open,
  retryOf,
  startSettlementTables,
  wiredTo,
  type Item,
  type SettlementTables,
} from '../support/settlement-tables.ts';

const ACCOUNTS = 60;
const WRITTEN = ['invoices', 'rejections', 'runs'] as const;
let tables: SettlementTables;
/** Rejected by the settle run, in order. */
let rejected: string[];
let billed: string;

beforeEach(async () => {
  tables = await startSettlementTables(ACCOUNTS);
  await execute(tables.deps);
  rejected = (await tables.items('rejections')).map(({ sk }) => String(sk)).sort();
  billed = accountOf((await tables.items('invoices'))[0] ?? {});
});
afterEach(() => tables.stop());

const keyOf = ({ pk, sk }: Item): string => `${String(pk)} ${String(sk)}`;
const accountOf = ({ sk }: Item): string => String(sk).replace(/#\d+$/, '');
const invoicesOf = async (runId: string): Promise<Item[]> =>
  (await tables.items('invoices')).filter((item) => item['runId'] === runId);
const stored = async () => Promise.all(WRITTEN.map((table) => tables.items(table)));
const refusal = (input: unknown) =>
  open(tables.deps, 'x', input).then(
    () => expect.fail('it was opened'),
    (error: unknown) => error as Error,
  );

describe('a retry', () => {
  it('bills the named accounts from the import in force, and touches nothing else', async () => {
    const [first = '', second = '', ...others] = rejected;
    await importCorrected(tables, [first, second, ...others], ACCOUNTS);
    const before = await stored();
    const closed = await execute(tables.deps, 'retry', retryOf(second, first));
    const shards = [first, second].map((id) => shardOfBucket(bucketOf(id, BUCKETS), closed.shardCount, BUCKETS));
    expect(closed).toMatchObject({
      outcome: 'approved',
      runId: `${MONTH}-r0002`,
      importId: CORRECTED_IMPORT_ID,
      accounts: 2,
      totals: { invoices: 2, rejected: 0, amountDue: 2 * 910 }, // 900 of arrears and their late fee, rounded down
    });
    expect(closed.shards).toEqual([...new Set(shards)].sort());
    expect((await invoicesOf(closed.runId)).map(accountOf).sort()).toEqual([first, second].sort());
    const [invoices = [], rejections] = await stored();
    expect(invoices.filter((item) => item['runId'] !== closed.runId)).toEqual(before[0]);
    expect(rejections).toEqual(before[1]);
    expect(await tables.deps.runs.readRun(MONTH, 1)).toMatchObject({
      status: 'APPROVED',
      totals: { accounts: ACCOUNTS },
    });
    expect(await tables.deps.runs.readRun(MONTH, 2)).toMatchObject({
      reason: 'data corrected',
      approvedBefore: [`${MONTH}-r0001`],
    });
  });

  it('leaves an account that still cannot be billed rejected, for the reasons of now', async () => {
    const [first = '', second = ''] = rejected;
    await importCorrected(tables, [first], ACCOUNTS);
    const broken = { ...accountKey(second, CORRECTED_IMPORT_ID), account: `{"accountId":"${second}","dueDay":77}` };
    await tables.put('accounts', broken);
    const closed = await execute(tables.deps, 'retry', retryOf(first, second));
    expect(closed).toMatchObject({ totals: { invoices: 1, rejected: 1 } });
    const [item] = (await tables.items('rejections')).filter(({ sk }) => sk === second);
    expect(item).toMatchObject({ reasons: ['MALFORMED'], runId: closed.runId });
    // A worker of the settle run that wakes up now has nothing to say any more.
    await tables.deps.rejections.put(MONTH, bucketOf(second, BUCKETS), [
      { accountId: second, reasons: ['NO_CATALOG'], runId: `${MONTH}-r0001` },
    ]);
    expect((await tables.items('rejections')).filter(({ sk }) => sk === second)).toEqual([item]);
  });

  it('takes an account that came with a later import: no run has billed or rejected it', async () => {
    const [late = ''] = rejected;
    for (const item of await tables.items('rejections'))
      if (item['sk'] === late) await tables.remove('rejections', item);
    await importCorrected(tables, [late], ACCOUNTS);
    const closed = await execute(tables.deps, 'retry', retryOf(late));
    expect(closed).toMatchObject({ outcome: 'approved', totals: { invoices: 1, rejected: 0 } });
    expect((await invoicesOf(closed.runId)).map(accountOf)).toEqual([late]);
  });

  it('is one run when it is started twice, at once or later, whatever the order of its accounts', async () => {
    const [first = '', second = ''] = rejected;
    await importCorrected(tables, [first, second], ACCOUNTS);
    const closed = await Promise.all(
      [retryOf(first, second), retryOf(second, first), retryOf(first, first, second)].map((input, index) =>
        execute(tables.deps, `at-once-${index}`, input),
      ),
    );
    expect(new Set(closed.map(({ runId }) => runId))).toEqual(new Set([`${MONTH}-r0002`]));
    const after = await stored();
    const again = await open(tables.deps, 'at-once-0', retryOf(first, second));
    expect(again).toMatchObject({ outcome: 'already-approved', runId: `${MONTH}-r0002`, shards: closed[0]?.shards });
    expect(await stored()).toEqual(after);
  });

  it('uses what it has pinned, whatever comes into force while it is open', async () => {
    const [first = ''] = rejected;
    await importCorrected(tables, [first], ACCOUNTS);
    const run = await open(tables.deps, 'one', retryOf(first));
    await tables.put('runs', { pk: `MONTH#${MONTH}`, sk: 'IMPORT', importId: IMPORT_ID });
    expect(await open(tables.deps, 'two', retryOf(first))).toEqual(run);
    expect(await execute(tables.deps, 'three', retryOf(first))).toMatchObject({
      importId: CORRECTED_IMPORT_ID,
      totals: { invoices: 1 },
    });
  });

  it('of the same accounts from another import is another run', async () => {
    const [first = ''] = rejected;
    const unchanged = await execute(tables.deps, 'one', retryOf(first));
    expect(unchanged).toMatchObject({ runId: `${MONTH}-r0002`, totals: { invoices: 0, rejected: 1 } });
    await importCorrected(tables, [first], ACCOUNTS);
    expect(await execute(tables.deps, 'two', retryOf(first))).toMatchObject({
      runId: `${MONTH}-r0003`,
      totals: { invoices: 1, rejected: 0 },
    });
  });

  it('writes nothing for an account that an approved run has billed meanwhile', async () => {
    const [first = '', second = ''] = rejected;
    await importCorrected(tables, [first, second], ACCOUNTS);
    const run = await open(tables.deps, 'one', retryOf(first, second));
    const [like = {}] = await tables.items('invoices');
    const late = { ...like, pk: `${MONTH}#${bucketOf(first, BUCKETS)}`, sk: `${first}#0001` };
    await tables.put('invoices', late);
    await everyShard(tables.deps, run, settleShard);
    await everyShard(tables.deps, run, verifyShard);
    await closeRun(tables.deps, run, invocation);
    expect((await tables.deps.runs.readRun(MONTH, 2))?.totals).toMatchObject({
      accounts: 2,
      billedBefore: 1,
      invoices: 1,
    });
    expect((await tables.items('invoices')).filter(({ sk }) => sk === late.sk)).toEqual([late]);
    expect((await invoicesOf(run.runId)).map(accountOf)).toEqual([second]);
  });
});

describe('a retry that is killed at any of its requests', () => {
  it.each(['before', 'after'] as const)(
    'ends in the same bytes when it is started again (cut %s it took effect)',
    async (cut) => {
      const [first = '', second = ''] = rejected;
      await importCorrected(tables, [first], ACCOUNTS);
      const pristine = await stored();
      /** Puts the tables back as they were: only what differs, as most invoices never do. */
      const restore = async (): Promise<void> => {
        for (const [index, table] of WRITTEN.entries()) {
          const before = new Map((pristine[index] ?? []).map((item) => [keyOf(item), item]));
          for (const item of await tables.items(table)) {
            const was = before.get(keyOf(item));
            if (!was) await tables.remove(table, item);
            else if (!isDeepStrictEqual(was, item)) await tables.put(table, was);
          }
        }
      };
      const counted = killedAt(tables.url, Infinity, 'before');
      await execute(wiredTo(counted.client), 'one', retryOf(first, second));
      counted.client.destroy();
      const undisturbed = await stored();
      expect(counted.requests()).toBeGreaterThan(20);
      for (let nth = 1; nth <= counted.requests(); nth++) {
        await restore();
        const { client } = killedAt(tables.url, nth, cut);
        const end = await execute(wiredTo(client), 'one', retryOf(first, second)).catch((error: unknown) => error);
        client.destroy();
        expect(end, `request ${nth}`).toBeInstanceOf(Killed);
        await execute(tables.deps, 'one', retryOf(first, second));
        expect(await stored(), `request ${nth}`).toEqual(undisturbed);
      }
    },
  );
});

describe('the proof of a retry', () => {
  const refused = async (name: string, plant: (runId: string, account: string) => Promise<void>): Promise<string> => {
    const [first = ''] = rejected;
    await importCorrected(tables, [first], ACCOUNTS);
    const run = await open(tables.deps, 'one', retryOf(first));
    await everyShard(tables.deps, run, settleShard);
    await plant(run.runId, first);
    await everyShard(tables.deps, run, verifyShard);
    const error = await closeRun(tables.deps, run, invocation).catch((thrown: unknown) => thrown as Error);
    expect(error).toMatchObject({ name });
    return (error as Error).message;
  };

  it('finds an invoice that carries its id and is none of its accounts', async () => {
    const sentence = await refused('RunDoesNotBalance', async (runId) => {
      const [like = {}] = await tables.items('invoices');
      await tables.put('invoices', { ...like, runId });
    });
    expect(sentence).toContain(`strange-invoice ${billed}`);
  });

  it('finds an account that has neither invoice nor rejection', async () => {
    const sentence = await refused('RunDoesNotBalance', async (runId, account) => {
      for (const item of await invoicesOf(runId)) await tables.remove('invoices', item);
      for (const item of await tables.items('rejections'))
        if (item['sk'] === account) await tables.remove('rejections', item);
    });
    expect(sentence).toContain(`missing ${String(rejected[0])}`);
  });

  it('finds usage that came or went', async () => {
    const sentence = await refused('RunDoesNotBalance', (_, account) =>
      tables.put('usage', {
        ...accountKey(account, CORRECTED_IMPORT_ID),
        usage: `{"accountId":"${account}","month":"${MONTH}"}`,
      }),
    );
    expect(sentence).toContain('usage records: 1 found, 0 expected');
  });
});

describe('a retry is refused in its first state', () => {
  it('for accounts that are unknown, billed, or gone from the import, all at once', async () => {
    const [gone = '', fine = ''] = rejected;
    await importCorrected(tables, [], ACCOUNTS);
    await tables.remove('accounts', accountKey(gone, CORRECTED_IMPORT_ID));
    const before = await stored();
    const { name, message } = await refusal(retryOf(fine, 'NOBODY', billed, gone));
    expect(name).toBe('InvalidRunInput');
    expect(message).toContain(`${gone} is not in ${CORRECTED_IMPORT_ID}`);
    expect(message).toContain(`NOBODY is not in ${CORRECTED_IMPORT_ID}`);
    expect(message).toContain(`${billed} has an invoice`);
    expect(message).not.toContain(`${fine} `);
    expect(message).toContain('Allowed are accounts');
    expect(await stored()).toEqual(before);
  });

  it('while another run of the month is open', async () => {
    const [first = '', second = ''] = rejected;
    await open(tables.deps, 'one', retryOf(first));
    const { name, message } = await refusal(retryOf(second));
    expect(name).toBe('InvalidRunInput');
    expect(message).toContain(`Run ${MONTH}-r0002 of ${MONTH} comes first`);
  });

  it('in a month whose settle run is not approved', async () => {
    const fresh = await startSettlementTables(ACCOUNTS);
    try {
      for (const prepare of [() => Promise.resolve(), () => open(fresh.deps).then(() => undefined)]) {
        await prepare();
        await expect(open(fresh.deps, 'x', retryOf(ACCOUNT_IDS[0] ?? ''))).rejects.toThrow(
          'has no approved settle run',
        );
      }
    } finally {
      await fresh.stop();
    }
  });
});
