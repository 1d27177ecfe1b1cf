/** The pause of the control table: one item, there while dispatch is paused. */
import { DeleteItemCommand, GetItemCommand, PutItemCommand, type DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import { z } from 'zod';
import { epochMs, type Instant } from '../../kernel/dates.ts';
import { unlessRefused } from '../../platform/conditional-write.ts';
import { decode } from '../../platform/decode.ts';

export interface Pause {
  readonly since: Instant;
  readonly reason: string;
}

export interface DispatchPause {
  /** The pause in force, or null. */
  readonly read: () => Promise<Pause | null>;
  /** Whether dispatch is paused, as it was read at most `CACHED_SECONDS` ago: for workers, which ask with every batch. */
  readonly isPaused: (now: Instant) => Promise<boolean>;
  /** Pauses dispatch; false when it is paused already. */
  readonly pause: (pause: Pause) => Promise<boolean>;
  /** Ends this pause; false when it is over, or another one has begun. */
  readonly resume: (pause: Pause) => Promise<boolean>;
}

const CACHED_SECONDS = 5;
const isTaken = async (write: Promise<unknown>): Promise<boolean> => (await unlessRefused(write)) !== null;

const KEY = { pk: { S: 'PAUSE' }, sk: { S: 'DISPATCH' } };

const pauseSchema = z.object({
  since: z.iso.datetime().transform((text) => text as Instant),
  reason: z.string(),
});

export function dispatchPause(dynamo: DynamoDBClient, controlTable: string): DispatchPause {
  let known: { readonly atMs: number; readonly isPaused: boolean } | null = null;
  const read = async (): Promise<Pause | null> => {
    const { Item } = await dynamo.send(new GetItemCommand({ TableName: controlTable, Key: KEY, ConsistentRead: true }));
    return Item ? decode(pauseSchema, unmarshall(Item), 'the stored pause') : null;
  };
  return {
    read,
    isPaused: async (now) => {
      const atMs = epochMs(now);
      if (known === null || atMs - known.atMs >= CACHED_SECONDS * 1000)
        known = { atMs, isPaused: (await read()) !== null };
      return known.isPaused;
    },
    pause: ({ since, reason }) =>
      isTaken(
        dynamo.send(
          new PutItemCommand({
            TableName: controlTable,
            Item: { ...KEY, ...marshall({ since, reason }) },
            ConditionExpression: 'attribute_not_exists(pk)',
          }),
        ),
      ),
    resume: ({ since }) =>
      isTaken(
        dynamo.send(
          new DeleteItemCommand({
            TableName: controlTable,
            Key: KEY,
            ConditionExpression: 'since = :since',
            ExpressionAttributeValues: marshall({ ':since': since }),
          }),
        ),
      ),
  };
}
