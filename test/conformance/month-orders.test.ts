/** A month's order on the emulator: of two that write at once one wins, and a plan that begins is noticed. */
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { monthOrders } from '../../lambdas/dispatch/adapters/month-orders.ts';
import { NO_ORDER } from '../../lambdas/dispatch/domain/month-order.ts';
import type { Month } from '../../lambdas/kernel/dates.ts';
import { startTable } from '../support/dynamo-table.ts';
import { minutesAfterNoon, NOON } from '../support/notices.ts';

let dynamo: DynamoDBClient;
let stop: () => Promise<unknown>;

beforeAll(async () => {
  ({ dynamo, stop } = await startTable('control'));
});
afterAll(() => stop());

it('of two orders that were made from the same look, one is written', async () => {
  const month = '2026-01' as Month;
  const orders = monthOrders(dynamo, 'control');
  const seen = await orders.read(month);
  expect(seen).toEqual({ order: NO_ORDER, revision: 0 });
  const written = await Promise.all(
    [1, 2].map((minutes) => orders.write(month, { ...NO_ORDER, reservedAt: minutesAfterNoon(minutes) }, seen)),
  );
  expect(written.filter(Boolean)).toHaveLength(1);
  const again = await orders.read(month);
  expect(again.revision).toBe(1);
  expect(await orders.write(month, { ...again.order, pilot: ['A1'] }, again)).toBe(true);
  expect((await orders.read(month)).order).toEqual({ ...again.order, pilot: ['A1'] });
});

it('a plan that begins keeps the reservation, and shuts out whoever looked before it', async () => {
  const month = '2026-02' as Month;
  const orders = monthOrders(dynamo, 'control');
  const reserved = { ...NO_ORDER, reservedAt: NOON };
  await orders.write(month, reserved, await orders.read(month));
  const seen = await orders.read(month);
  const planned = { ...reserved, isPlanned: true };
  expect(await Promise.all([1, 2, 3].map(() => orders.beginPlan(month)))).toEqual([planned, planned, planned]);
  expect(await orders.write(month, { ...seen.order, reservedAt: null }, seen)).toBe(false);
});
