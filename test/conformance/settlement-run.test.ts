/** Settlement's functions, from OpenRun to CloseRun, on real adapters against the DynamoDB emulator. */
import { BatchExecuteStatementCommand } from '@aws-sdk/client-dynamodb';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openStored } from '../../lambdas/settlement/adapters/invoice-store.ts';
import { closeRun } from '../../lambdas/settlement/handlers/close-run.ts';
import { openRun } from '../../lambdas/settlement/handlers/open-run.ts';
import { settleShard } from '../../lambdas/settlement/handlers/settle-shard.ts';
import { verifyShard } from '../../lambdas/settlement/handlers/verify-shard.ts';
import { expected, MONTH } from '../support/billing-golden.ts';
import {
  accountKey,
  ACCOUNT_IDS,
  BUCKETS,
  CATALOG_DIGEST,
  everyShard,
  execute,
  execution,
  invocation,
  open,
  startSettlementTables,
  type SettlementTables,
} from '../support/settlement-tables.ts';

let tables: SettlementTables;

beforeEach(async () => {
  tables = await startSettlementTables();
});
afterEach(() => tables.stop());

const stored = async () => [await tables.items('invoices'), await tables.items('rejections')];

/** Counts the statements that are sent to write, from now on. */
function countWrites(): () => number {
  let statements = 0;
  tables.dynamo.middlewareStack.add(
    (next, context) => (args) => {
      if (context.commandName === BatchExecuteStatementCommand.name)
        statements += (args.input as { Statements: unknown[] }).Statements.length;
      return next(args);
    },
    { step: 'initialize' },
  );
  return () => statements;
}

describe('a settlement run', () => {
  it('stores the golden invoices and rejections, balances, and is approved once', async () => {
    const closed = await execute(tables.deps);
    expect(closed).toMatchObject({
      outcome: 'approved',
      approvedAt: '2026-03-01T03:00:00.000Z',
      accounts: ACCOUNT_IDS.length,
    });
    const results = new Map<unknown, unknown>();
    for (let bucket = 0; bucket < BUCKETS; bucket++) {
      for (const item of (await tables.deps.invoices.readBucket(MONTH, bucket)).values())
        results.set(item.accountId, openStored(MONTH, item));
      for (const [accountId, { reasons }] of await tables.deps.rejections.readBucket(MONTH, bucket))
        results.set(accountId, { accountId, month: MONTH, rejected: reasons });
    }
    expect(ACCOUNT_IDS.map((accountId) => results.get(accountId))).toEqual(
      expected.filter(({ accountId }) => accountId !== null),
    );
    expect(results.size).toBe(ACCOUNT_IDS.length);

    expect(await closeRun(tables.deps, closed, invocation)).toEqual(closed);
    expect(await open(tables.deps, 'two')).toMatchObject({
      outcome: 'already-approved',
      approvedAt: closed.approvedAt,
    });
  });

  it('keeps with the run what its invoices come to, in won by charge code', async () => {
    await execute(tables.deps);
    const lines = expected.flatMap((result) => (result['lines'] ?? []) as { code: string; amount: number }[]);
    const byCode: Record<string, number> = {};
    for (const { code, amount } of lines) byCode[code] = (byCode[code] ?? 0) + amount;
    const run = await tables.deps.runs.readRun(MONTH, 1);
    expect(run?.totals).toMatchObject({ accounts: ACCOUNT_IDS.length, byCode });
  });

  it('settles again without writing anything, and every item stays as it was', async () => {
    const run = await open(tables.deps);
    await everyShard(tables.deps, run, settleShard);
    const before = await stored();
    const writes = countWrites();
    await everyShard(tables.deps, run, settleShard);
    expect(writes()).toBe(0);
    expect(await stored()).toEqual(before);
  });

  it('may be settled by several executions at once', async () => {
    const closed = await Promise.all(['one', 'two', 'three'].map((name) => execute(tables.deps, name)));
    expect(new Set(closed.map(({ approvedAt }) => approvedAt)).size).toBe(1);
    const attempts = (await tables.items('runs')).filter(({ sk }) => String(sk).startsWith('ATTEMPT#'));
    expect(attempts.map(({ sk }) => sk)).toEqual(['ATTEMPT#one', 'ATTEMPT#three', 'ATTEMPT#two']);
  });

  it('is left as it is once it is approved, whatever runs again', async () => {
    const run = await open(tables.deps);
    await execute(tables.deps);
    const before = [...(await stored()), await tables.items('runs')];
    await tables.put('accounts', { ...accountKey('A-LATE'), account: '{"accountId":"A-LATE","dueDay":1}' });
    for (const work of [settleShard, verifyShard])
      expect(await work(tables.deps, { ...run, shard: 0 }, invocation)).toEqual({
        shard: 0,
        outcome: 'already-decided',
      });
    await closeRun(tables.deps, run, invocation);
    expect([...(await stored()), await tables.items('runs')]).toEqual(before);
  });

  it('cannot be closed before it is verified', async () => {
    const run = await open(tables.deps);
    await everyShard(tables.deps, run, settleShard);
    await expect(closeRun(tables.deps, run, invocation)).rejects.toThrow('shard 0 has no proof');
  });

  it('rejects an account whose record is unreadable, and settles the others', async () => {
    const [victim = ''] = ACCOUNT_IDS;
    await tables.put('accounts', { ...accountKey(victim), account: '{"accountId":' });
    expect(await execute(tables.deps)).toMatchObject({ outcome: 'approved' });
    expect((await tables.items('rejections')).filter(({ sk }) => sk === victim)).toMatchObject([
      { reasons: ['MALFORMED'] },
    ]);
  });

  it('refuses a shard whose payload is not what the run has pinned', async () => {
    const run = await open(tables.deps);
    const edited = { ...run, shard: 0, importId: 'another', bucketCount: 8 };
    for (const work of [settleShard, verifyShard])
      await expect(work(tables.deps, edited, invocation)).rejects.toMatchObject({
        name: 'InvalidRunInput',
        message: expect.stringMatching(/importId 2026-02-0{11}1, not another and bucketCount 4, not 8/) as string,
      });
    expect(await stored()).toEqual([[], []]);
  });
});

describe('opening a run', () => {
  it('pins import and catalog: others that come into force later change nothing', async () => {
    const run = await open(tables.deps);
    await tables.put('runs', { pk: `MONTH#${MONTH}`, sk: 'IMPORT', importId: '2026-02-other' });
    const other = { status: 'CLOSED', month: MONTH, accounts: 5, usageRecords: 0, bucketCount: BUCKETS };
    await tables.put('runs', { pk: 'IMPORT#2026-02-other', sk: 'IMPORT', ...other, catalogDigest: 'f'.repeat(64) });
    expect(await open(tables.deps, 'two')).toEqual(run);
    expect(await execute(tables.deps, 'three')).toMatchObject({
      outcome: 'approved',
      catalogDigest: CATALOG_DIGEST,
      accounts: ACCOUNT_IDS.length,
    });
  });

  it('joins the open run of the month, as an attempt of its own', async () => {
    expect(await open(tables.deps, 'two')).toEqual(await open(tables.deps, 'one'));
    const runs = await tables.items('runs');
    expect(runs.filter(({ sk }) => String(sk).startsWith('RUN#'))).toHaveLength(1);
    expect(runs.filter(({ sk }) => String(sk).startsWith('ATTEMPT#'))).toHaveLength(2);
  });

  it('refuses a deployment whose bucket count changed', async () => {
    await expect(open({ ...tables.deps, bucketCount: 8 })).rejects.toMatchObject({ name: 'BucketCountDiffers' });
    await open(tables.deps);
    await expect(open({ ...tables.deps, bucketCount: 8 }, 'two')).rejects.toMatchObject({ name: 'BucketCountDiffers' });
  });

  const refusal = (input: unknown) =>
    openRun(tables.deps, { input, executionId: execution('x') }, invocation).then(
      () => null,
      (error: unknown) => error as Error,
    );

  it('says which month has no import', async () => {
    expect(await refusal({ scheduledAt: '2026-01-31T15:30:00Z' })).toMatchObject({
      name: 'InvalidRunInput',
      message: expect.stringContaining('2026-01') as string,
    });
  });

  it('refuses an import that is not closed, or is of another month', async () => {
    const record = { accounts: 1, usageRecords: 0, bucketCount: BUCKETS, catalogDigest: CATALOG_DIGEST };
    for (const other of [
      { status: 'WRITING', month: MONTH },
      { status: 'CLOSED', month: '2026-03' },
    ]) {
      await tables.put('runs', { pk: `MONTH#${MONTH}`, sk: 'IMPORT', importId: 'other' });
      await tables.put('runs', { pk: 'IMPORT#other', sk: 'IMPORT', ...record, ...other });
      expect((await refusal({ month: MONTH }))?.message).toContain('not a closed import of that month');
    }
  });

  it('names every problem of its input at once, and writes nothing', async () => {
    const before = await tables.items('runs');
    const error = await refusal({ month: '2026-13', mode: 'dry', moth: 1 });
    expect(error?.name).toBe('InvalidRunInput');
    for (const part of ['month: must be', 'mode: must be', 'moth', 'Allowed is'])
      expect(error?.message).toContain(part);
    expect(await tables.items('runs')).toEqual(before);
  });
});
