/** The SMS budgets of the control table: how many notices a run has, how many SMS were reserved, and what a person raised it to. */
import { GetItemCommand, PutItemCommand, UpdateItemCommand, type DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { z } from 'zod';
import { unlessRefused } from '../../platform/conditional-write.ts';
import { decode } from '../../platform/decode.ts';
import { readPartition } from '../../platform/query.ts';

/** What a run's budget stands on. Counts are of SMS. */
export interface SmsBudget {
  /** Notices of the run that its plan has counted. */
  readonly notices: number;
  readonly reserved: number;
  /** What a person raised the budget to, or null. */
  readonly raisedTo: number | null;
}

export interface SmsBudgets {
  /** Notes how many notices a shard of the run has: the same again is the same. */
  readonly countShard: (runId: string, shard: number, notices: number) => Promise<void>;
  readonly read: (runId: string) => Promise<SmsBudget>;
  /** Reserves up to `wanted` SMS below the limit; answers with how many. What is reserved and not sent stays reserved. */
  readonly reserve: (runId: string, wanted: number, limit: number) => Promise<number>;
  /** A person's decision; never below what it was raised to before. False when it was higher already. */
  readonly raise: (runId: string, to: number) => Promise<boolean>;
}

/** Gives back what was reserved for claims that another worker won. */
export type GiveBackSms = (runId: string, reserved: number) => Promise<void>;

const TOTAL = 'TOTAL';
const totalSchema = z.object({ reserved: z.int().default(0), raisedTo: z.int().nullable().default(null) });
const shardSchema = z.object({ notices: z.int() });

const pkOf = (runId: string): string => `BUDGET#${runId}`;
const totalKey = (runId: string) => ({ pk: { S: pkOf(runId) }, sk: { S: TOTAL } });

/** A conditional update of a run's total; whether its condition held. */
const updates =
  (dynamo: DynamoDBClient, controlTable: string) =>
  async (runId: string, expression: string, condition: string, values: Record<string, number>): Promise<boolean> => {
    const written = await unlessRefused(
      dynamo.send(
        new UpdateItemCommand({
          TableName: controlTable,
          Key: totalKey(runId),
          UpdateExpression: expression,
          ConditionExpression: condition,
          ExpressionAttributeValues: Object.fromEntries(
            Object.entries(values).map(([name, value]) => [name, { N: String(value) }]),
          ),
        }),
      ),
    );
    return written !== null;
  };

/**
 * `unrepeated` must send each request once: one that is repeated after its answer was lost would give back twice, and let
 * more SMS through than the budget. An answer that is lost is an error here, and what it gave back stays given back.
 */
export function giveBackSms(unrepeated: DynamoDBClient, controlTable: string): GiveBackSms {
  const update = updates(unrepeated, controlTable);
  return async (runId, reserved) => {
    await update(runId, 'ADD reserved :back', 'reserved >= :least', { ':back': -reserved, ':least': reserved });
  };
}

export function smsBudgets(dynamo: DynamoDBClient, controlTable: string): SmsBudgets {
  const update = updates(dynamo, controlTable);
  const totalOf = async (runId: string) => {
    const { Item } = await dynamo.send(
      new GetItemCommand({ TableName: controlTable, Key: totalKey(runId), ConsistentRead: true }),
    );
    return decode(totalSchema, Item ? unmarshall(Item) : {}, `the stored SMS budget of ${runId}`);
  };
  return {
    countShard: async (runId, shard, notices) => {
      await dynamo.send(
        new PutItemCommand({
          TableName: controlTable,
          Item: {
            pk: { S: pkOf(runId) },
            sk: { S: `SHARD#${String(shard).padStart(5, '0')}` },
            notices: { N: String(notices) },
          },
        }),
      );
    },
    read: async (runId) => {
      const shards = await readPartition(dynamo, { table: controlTable, pk: pkOf(runId), skPrefix: 'SHARD#' });
      const notices = shards.reduce<number>(
        (sum, item) => sum + decode(shardSchema, item, 'the stored count of a shard').notices,
        0,
      );
      return { notices, ...(await totalOf(runId)) };
    },
    reserve: async (runId, wanted, limit) => {
      let asked = Math.min(wanted, limit);
      while (asked > 0) {
        const condition = 'attribute_not_exists(reserved) OR reserved <= :most';
        if (await update(runId, 'ADD reserved :asked', condition, { ':asked': asked, ':most': limit - asked }))
          return asked;
        asked = Math.min(asked - 1, limit - (await totalOf(runId)).reserved);
      }
      return 0;
    },
    raise: (runId, to) =>
      update(runId, 'SET raisedTo = :to', 'attribute_not_exists(raisedTo) OR raisedTo < :to', { ':to': to }),
  };
}
