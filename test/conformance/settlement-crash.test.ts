/** A run that is cut at any request, is late, or is doubled ends in the bytes of one that ran undisturbed. */
import { BatchExecuteStatementCommand, PutItemCommand, type DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { closeRun } from '../../lambdas/settlement/handlers/close-run.ts';
import { settleShard } from '../../lambdas/settlement/handlers/settle-shard.ts';
import { verifyShard } from '../../lambdas/settlement/handlers/verify-shard.ts';
import { clientOf } from '../support/dynamo-table.ts';
import { Killed, killedAt } from '../support/killed-client.ts';
import {
  everyShard,
  execute,
  invocation,
  open,
  startSettlementTables,
  wiredTo,
  type Item,
  type SettlementTables,
} from '../support/settlement-tables.ts';

const ACCOUNTS = 40;
const WRITTEN = ['invoices', 'rejections', 'runs'] as const;
const bytesOf = async (tables: SettlementTables): Promise<Item[][]> =>
  Promise.all(WRITTEN.map((table) => tables.items(table)));

describe('an execution that is killed at any of its requests', () => {
  let undisturbed: Item[][];
  let requests: number;

  beforeAll(async () => {
    const tables = await startSettlementTables(ACCOUNTS);
    const counted = killedAt(tables.url, Infinity, 'before');
    await execute(wiredTo(counted.client));
    requests = counted.requests();
    undisturbed = await bytesOf(tables);
    counted.client.destroy();
    await tables.stop();
  });

  it.each(['before', 'after'] as const)(
    'ends in the same bytes when it is redriven (cut %s it took effect)',
    async (cut) => {
      expect(requests).toBeGreaterThan(30);
      const tables = await startSettlementTables(ACCOUNTS);
      const pristine = await Promise.all((['accounts', 'usage', 'runs'] as const).map((table) => tables.items(table)));
      for (let nth = 1; nth <= requests; nth++) {
        const { client } = killedAt(tables.url, nth, cut);
        const end = await execute(wiredTo(client)).catch((error: unknown) => error);
        client.destroy();
        expect(end, `request ${nth}`).toBeInstanceOf(Killed);
        expect(await execute(tables.deps), `request ${nth}`).toMatchObject({ approvedAt: '2026-03-01T03:00:00.000Z' });
        expect(await bytesOf(tables), `request ${nth}`).toEqual(undisturbed);
        for (const table of WRITTEN)
          for (const item of await tables.items(table))
            if (!pristine[2]?.some(({ pk, sk }) => pk === item['pk'] && sk === item['sk']))
              await tables.remove(table, item);
      }
      await tables.stop();
    },
  );
});

describe('a worker', () => {
  let tables: SettlementTables;
  let undisturbed: Item[][];

  beforeAll(async () => {
    const whole = await startSettlementTables(ACCOUNTS);
    await execute(whole.deps);
    undisturbed = await bytesOf(whole);
    await whole.stop();
  });
  beforeEach(async () => {
    tables = await startSettlementTables(ACCOUNTS);
  });
  afterEach(() => tables.stop());

  /** A client whose requests of one kind wait until they are let go: a process that sleeps past its time-out. */
  function sleeper(command: string): { client: DynamoDBClient; asleep: Promise<void>; wake: () => void } {
    const client = clientOf(tables.url);
    const gate = Promise.withResolvers<undefined>();
    const reached = Promise.withResolvers<undefined>();
    client.middlewareStack.add(
      (next, context) => async (args) => {
        if (context.commandName === command) {
          reached.resolve(undefined);
          await gate.promise;
        }
        return next(args);
      },
      { step: 'initialize' },
    );
    return {
      client,
      asleep: reached.promise,
      wake: () => {
        gate.resolve(undefined);
      },
    };
  }

  it.each([
    ['its invoices', BatchExecuteStatementCommand.name],
    ['its tally', PutItemCommand.name],
  ])('that wakes up after its time-out and writes %s late changes nothing', async (_, command) => {
    const run = await open(tables.deps);
    const { client, asleep, wake } = sleeper(command);
    const late = settleShard(wiredTo(client), { ...run, shard: 0 }, invocation);
    await asleep;
    await execute(tables.deps);
    wake();
    await late;
    client.destroy();
    expect(await bytesOf(tables)).toEqual(undisturbed);
  });

  it('that was killed between its inserts and its tally leaves a shard that cannot be closed, and is made good', async () => {
    const run = await open(tables.deps);
    const dead = { ...tables.deps, runs: { ...tables.deps.runs, putTally: () => Promise.reject(new Killed()) } };
    await expect(everyShard(dead, run, settleShard)).rejects.toThrow(Killed);
    expect((await bytesOf(tables))[0]).toEqual(undisturbed[0]);
    await everyShard(tables.deps, run, verifyShard);
    await expect(closeRun(tables.deps, run, invocation)).rejects.toThrow('no-tally shard 0 was not settled');
    await execute(tables.deps);
    expect(await bytesOf(tables)).toEqual(undisturbed);
  });

  it('that finds half of a bucket writes the other half', async () => {
    const run = await open(tables.deps);
    await everyShard(tables.deps, run, settleShard);
    const lost = (undisturbed[0] ?? []).filter((_, index) => index % 3 === 0);
    for (const item of lost) await tables.remove('invoices', item);
    expect(await settleShard(tables.deps, { ...run, shard: 0 }, invocation)).toMatchObject({ drafted: lost.length });
    expect((await bytesOf(tables))[0]).toEqual(undisturbed[0]);
  });
});
