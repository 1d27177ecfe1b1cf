/** What outlasts a month, on the emulator: channels that failed, and addresses that no email goes to. */
import { ScanCommand, type DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { channelMemory } from '../../lambdas/dispatch/adapters/channel-memory.ts';
import { suppressions } from '../../lambdas/dispatch/adapters/suppressions.ts';
import type { Month } from '../../lambdas/kernel/dates.ts';
import { startTable } from '../support/dynamo-table.ts';
import { NOON } from '../support/notices.ts';

let dynamo: DynamoDBClient;
let stop: () => Promise<void>;
beforeAll(async () => {
  ({ dynamo, stop } = await startTable('control'));
});
afterAll(() => stop());

describe('the memory of channels', () => {
  const failed = (month: string) => ({ channel: 'email' as const, month: month as Month });
  const account = (accountId: string) => ({ bucket: 3, accountId });

  it('keeps the latest month in whatever order it is told, and forgets', async () => {
    const memory = channelMemory(dynamo, 'control');
    await memory.remember(account('A'), failed('2026-02'));
    await memory.remember(account('A'), failed('2026-01'));
    await memory.remember(account('A'), failed('2026-02'));
    await memory.remember(account('B'), failed('2026-01'));
    await memory.remember({ bucket: 4, accountId: 'C' }, failed('2026-01'));
    expect([...(await memory.readBucket(3))]).toEqual([
      ['A', failed('2026-02')],
      ['B', failed('2026-01')],
    ]);
    await memory.forget(account('A'));
    await memory.forget(account('A'));
    expect([...(await memory.readBucket(3)).keys()]).toEqual(['B']);
  });
});

describe('addresses that no email goes to', () => {
  it('are the same however they are written, in every process, and stand nowhere in the open', async () => {
    const [one, two] = [suppressions(dynamo, 'control'), suppressions(dynamo, 'control')];
    const [recipient, other, again] = await Promise.all([
      one.recipientOf('Doyeon.Kim@Example.com '),
      one.recipientOf('someone@example.com'),
      two.recipientOf('doyeon.kim@example.com'),
    ]);
    expect(recipient).toMatch(/^[\w-]{22}$/);
    expect(again).toBe(recipient);
    expect(other).not.toBe(recipient);
    expect(await one.has(recipient)).toBe(false);
    await one.add(recipient, NOON);
    await two.add(recipient, NOON);
    expect(await Promise.all([two.has(recipient), two.has(other), two.has(recipient)])).toEqual([true, false, true]);
    const { Items } = await dynamo.send(new ScanCommand({ TableName: 'control' }));
    expect(JSON.stringify(Items).toLowerCase()).not.toContain('doyeon');
  });

  it('asks for the emails of a batch in one request', async () => {
    const requests: string[] = [];
    dynamo.middlewareStack.add(
      (next, context) => (args) => {
        requests.push(String(context.commandName));
        return next(args);
      },
      { step: 'initialize', name: 'counted' },
    );
    const { has } = suppressions(dynamo, 'control');
    await Promise.all(Array.from({ length: 10 }, (_, index) => has(`hash-${index}`)));
    dynamo.middlewareStack.remove('counted');
    expect(requests).toEqual(['BatchGetItemCommand']);
  });
});
