/** The channels that failed accounts, in the control table: one small item an account, written by a bounce, read by planning. */
import { DeleteItemCommand, PutItemCommand, type DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { z } from 'zod';
import { isMonth, type Month } from '../../kernel/dates.ts';
import { unlessRefused } from '../../platform/conditional-write.ts';
import { decode } from '../../platform/decode.ts';
import { queryPartition } from '../../platform/query.ts';
import type { FailedChannel } from '../domain/channel-memory.ts';
import { CHANNELS } from '../domain/policy.ts';

export interface AccountKey {
  readonly bucket: number;
  readonly accountId: string;
}

export interface ChannelMemory {
  /** Remembers that a channel failed; what was remembered of a later month stays. */
  readonly remember: (account: AccountKey, failed: FailedChannel) => Promise<void>;
  /** The channel works again. */
  readonly forget: (account: AccountKey) => Promise<void>;
  /** What is remembered of a bucket's accounts, by account id. */
  readonly readBucket: (bucket: number) => Promise<ReadonlyMap<string, FailedChannel>>;
}

const partition = (bucket: number): string => `CHANNELS#${bucket}`;

const stored = z.object({
  sk: z.string(),
  channel: z.enum(CHANNELS),
  month: z.custom<Month>(isMonth),
});

export function channelMemory(dynamo: DynamoDBClient, controlTable: string): ChannelMemory {
  return {
    remember: async ({ bucket, accountId }, { channel, month }) => {
      const put = new PutItemCommand({
        TableName: controlTable,
        Item: marshall({ pk: partition(bucket), sk: accountId, channel, month }),
        ConditionExpression: 'attribute_not_exists(pk) OR #month < :month',
        ExpressionAttributeNames: { '#month': 'month' },
        ExpressionAttributeValues: { ':month': { S: month } },
      });
      // Refused, it is remembered already.
      await unlessRefused(dynamo.send(put));
    },
    forget: async ({ bucket, accountId }) => {
      await dynamo.send(
        new DeleteItemCommand({ TableName: controlTable, Key: marshall({ pk: partition(bucket), sk: accountId }) }),
      );
    },
    readBucket: async (bucket) => {
      const found = new Map<string, FailedChannel>();
      for await (const page of queryPartition(dynamo, { table: controlTable, pk: partition(bucket) }))
        for (const item of page) {
          const { sk, channel, month } = decode(stored, item, 'the stored channel memory');
          found.set(sk, { channel, month });
        }
      return found;
    },
  };
}
