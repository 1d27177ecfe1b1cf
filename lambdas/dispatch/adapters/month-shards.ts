/** How a month's buckets are parted into shards, pinned in the control table by its first plan: all its due markers name these. */
import { GetItemCommand, PutItemCommand, type DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { z } from 'zod';
import type { Month } from '../../kernel/dates.ts';
import { unlessRefused } from '../../platform/conditional-write.ts';
import { decode } from '../../platform/decode.ts';

export interface Sharding {
  readonly shardCount: number;
  readonly bucketCount: number;
}

export interface MonthShards {
  /** Pins the sharding if the month has none; answers with the one that holds. */
  readonly pin: (month: Month, sharding: Sharding) => Promise<Sharding>;
  /** The month's sharding, read once a process; null for a month that was never planned. */
  readonly find: (month: Month) => Promise<Sharding | null>;
  /** The same. Throws for a month that was never planned. */
  readonly of: (month: Month) => Promise<Sharding>;
}

const shardingSchema = z.object({ shardCount: z.int().min(1), bucketCount: z.int().min(1) });

export function monthShards(dynamo: DynamoDBClient, controlTable: string): MonthShards {
  const known = new Map<Month, Sharding>();
  const keyOf = (month: Month) => ({ pk: { S: `MONTH#${month}` }, sk: { S: 'SHARDS' } });
  const find = async (month: Month): Promise<Sharding | null> => {
    const cached = known.get(month);
    if (cached) return cached;
    const { Item } = await dynamo.send(
      new GetItemCommand({ TableName: controlTable, Key: keyOf(month), ConsistentRead: true }),
    );
    if (!Item) return null;
    const sharding = decode(shardingSchema, unmarshall(Item), `the stored sharding of ${month}`);
    known.set(month, sharding);
    return sharding;
  };
  const of = async (month: Month): Promise<Sharding> => {
    const sharding = await find(month);
    if (!sharding) throw new Error(`no plan of ${month} is known: its notices have no shards`);
    return sharding;
  };
  return {
    find,
    of,
    pin: async (month, { shardCount, bucketCount }) => {
      await unlessRefused(
        dynamo.send(
          new PutItemCommand({
            TableName: controlTable,
            Item: { ...keyOf(month), shardCount: { N: String(shardCount) }, bucketCount: { N: String(bucketCount) } },
            ConditionExpression: 'attribute_not_exists(pk)',
          }),
        ),
      );
      return of(month);
    },
  };
}
