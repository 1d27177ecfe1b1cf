/** The orders of the control table: one item a month, written by people and by the month's first plan. */
import { GetItemCommand, PutItemCommand, type DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import { z } from 'zod';
import { epochMs, type Instant, type Month } from '../../kernel/dates.ts';
import { unlessRefused } from '../../platform/conditional-write.ts';
import { decode } from '../../platform/decode.ts';
import { NO_ORDER, type MonthOrder } from '../domain/month-order.ts';

/** An order as it was read; a write is refused when it has changed since. */
export interface ReadOrder {
  readonly order: MonthOrder;
  readonly revision: number;
}

export interface MonthOrders {
  readonly read: (month: Month) => Promise<ReadOrder>;
  /** The order as it was read at most `CACHED_SECONDS` ago: for workers, which ask with every notice. */
  readonly recent: (month: Month, now: Instant) => Promise<MonthOrder>;
  /** Writes the order; false when another write came between. */
  readonly write: (month: Month, order: MonthOrder, seen: ReadOrder) => Promise<boolean>;
  /** Notes that the month is being planned, so that whoever changes the order knows; answers with the order that holds. */
  readonly beginPlan: (month: Month) => Promise<MonthOrder>;
}

const CACHED_SECONDS = 5;

const orderSchema = z.object({
  revision: z.int().min(1),
  reservedAt: z.iso
    .datetime()
    .transform((text) => text as Instant)
    .nullable(),
  isPlanned: z.boolean(),
  isCancelled: z.boolean(),
  pilot: z.array(z.string()).nullable(),
});

export function monthOrders(dynamo: DynamoDBClient, controlTable: string): MonthOrders {
  const known = new Map<Month, { readonly atMs: number; readonly order: MonthOrder }>();
  const keyOf = (month: Month) => ({ pk: { S: `MONTH#${month}` }, sk: { S: 'ORDER' } });
  const read = async (month: Month): Promise<ReadOrder> => {
    const { Item } = await dynamo.send(
      new GetItemCommand({ TableName: controlTable, Key: keyOf(month), ConsistentRead: true }),
    );
    if (!Item) return { order: NO_ORDER, revision: 0 };
    const { revision, ...order } = decode(orderSchema, unmarshall(Item), `the stored order of ${month}`);
    return { order, revision };
  };
  const write = async (month: Month, order: MonthOrder, { revision }: ReadOrder): Promise<boolean> => {
    const written = await unlessRefused(
      dynamo.send(
        new PutItemCommand({
          TableName: controlTable,
          Item: { ...keyOf(month), ...marshall({ ...order, revision: revision + 1 }) },
          ...(revision === 0
            ? { ConditionExpression: 'attribute_not_exists(pk)' }
            : {
                ConditionExpression: 'revision = :seen',
                ExpressionAttributeValues: marshall({ ':seen': revision }),
              }),
        }),
      ),
    );
    return written !== null;
  };
  return {
    read,
    write,
    recent: async (month, now) => {
      const cached = known.get(month);
      const atMs = epochMs(now);
      if (cached && atMs - cached.atMs < CACHED_SECONDS * 1000) return cached.order;
      const { order } = await read(month);
      known.set(month, { atMs, order });
      return order;
    },
    beginPlan: async (month) => {
      for (;;) {
        const seen = await read(month);
        if (seen.order.isPlanned) return seen.order;
        const order = { ...seen.order, isPlanned: true };
        if (await write(month, order, seen)) return order;
      }
    },
  };
}
