/** How many notices the releases of a 10-minute slot may still hand to a channel's queue: one item a channel (dispatch rules §5). */
import { GetItemCommand, PutItemCommand, UpdateItemCommand, type DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { GetQueueAttributesCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { z } from 'zod';
import type { Instant } from '../../kernel/dates.ts';
import { unlessRefused } from '../../platform/conditional-write.ts';
import { decode } from '../../platform/decode.ts';
import type { Channel } from '../domain/policy.ts';
import { releaseCap } from '../domain/release.ts';
import { slotOf } from '../domain/slots.ts';

export interface ReleaseAllowance {
  /** What is left of the slot's allowance. */
  readonly left: (channel: Channel, rate: number, now: Instant) => Promise<number>;
  /** Takes up to `wanted` of it, for good; answers with how many. */
  readonly take: (channel: Channel, wanted: number, rate: number, now: Instant) => Promise<number>;
}

const QUEUED = [
  'ApproximateNumberOfMessages',
  'ApproximateNumberOfMessagesNotVisible',
  'ApproximateNumberOfMessagesDelayed',
] as const;

const allowanceSchema = z.object({ slot: z.string(), left: z.int() });

export function releaseAllowance(
  dynamo: DynamoDBClient,
  controlTable: string,
  sqs: SQSClient,
  queueUrls: Readonly<Record<Channel, string>>,
): ReleaseAllowance {
  const keyOf = (channel: Channel) => ({ pk: { S: 'RELEASE' }, sk: { S: channel } });
  const queued = async (channel: Channel): Promise<number> => {
    const { Attributes = {} } = await sqs.send(
      new GetQueueAttributesCommand({ QueueUrl: queueUrls[channel], AttributeNames: [...QUEUED] }),
    );
    return QUEUED.reduce((sum, name) => sum + Number(Attributes[name] ?? 0), 0);
  };
  /** The first release of a slot counts what the queue has; all others of the slot take from what it left. */
  const left = async (channel: Channel, rate: number, now: Instant): Promise<number> => {
    const slot = slotOf(now);
    const { Item } = await dynamo.send(
      new GetItemCommand({ TableName: controlTable, Key: keyOf(channel), ConsistentRead: true }),
    );
    const stored = Item && decode(allowanceSchema, unmarshall(Item), `the stored allowance of ${channel}`);
    if (stored && stored.slot >= slot) return stored.left;
    const fresh = Math.max(0, releaseCap(rate) - (await queued(channel)));
    const isFirst = await unlessRefused(
      dynamo.send(
        new PutItemCommand({
          TableName: controlTable,
          Item: { ...keyOf(channel), slot: { S: slot }, left: { N: String(fresh) } },
          ConditionExpression: 'attribute_not_exists(pk) OR #slot < :slot',
          ExpressionAttributeNames: { '#slot': 'slot' },
          ExpressionAttributeValues: { ':slot': { S: slot } },
        }),
      ),
    );
    return isFirst ? fresh : left(channel, rate, now);
  };
  return {
    left,
    take: async (channel, wanted, rate, now) => {
      let asked = wanted;
      while (asked > 0) {
        asked = Math.min(asked, await left(channel, rate, now));
        if (asked <= 0) return 0;
        const isTaken = await unlessRefused(
          dynamo.send(
            new UpdateItemCommand({
              TableName: controlTable,
              Key: keyOf(channel),
              UpdateExpression: 'SET #left = #left - :asked',
              ConditionExpression: '#left >= :asked',
              ExpressionAttributeNames: { '#left': 'left' },
              ExpressionAttributeValues: { ':asked': { N: String(asked) } },
            }),
          ),
        );
        if (isTaken) return asked;
      }
      return 0;
    },
  };
}
