/**
 * Addresses that no email goes to any more, since their owner called one spam. The control table knows an address by a
 * keyed hash alone (HMAC-SHA256, 128 bits of it), whose key belongs to the deployment: no address stands in it, and
 * nobody without the key can tell whether a known address is among them.
 */
import { createHmac, createSecretKey, randomBytes, type KeyObject } from 'node:crypto';
import {
  BatchGetItemCommand,
  GetItemCommand,
  PutItemCommand,
  type AttributeValue,
  type BatchGetItemCommandOutput,
  type DynamoDBClient,
} from '@aws-sdk/client-dynamodb';
import type { Instant } from '../../kernel/dates.ts';
import { unlessRefused } from '../../platform/conditional-write.ts';

export interface Suppressions {
  /** An address as events and the table name it: 22 characters that say nothing of it. */
  readonly recipientOf: (address: string) => Promise<string>;
  /** Whether no email may go to it. Questions that come at once are asked in one request. */
  readonly has: (recipient: string) => Promise<boolean>;
  /** Stops email to it, for good. */
  readonly add: (recipient: string, at: Instant) => Promise<void>;
}

type Key = Record<'pk' | 'sk', { S: string }>;

const SECRET: Key = { pk: { S: 'SUPPRESSED' }, sk: { S: 'KEY' } };
const keyOf = (recipient: string): Key => ({ pk: { S: `SUPPRESSED#${recipient}` }, sk: { S: 'EMAIL' } });
/** 128 bits. */
const HASH_CHARACTERS = 22;
/** BatchGetItem's limit. */
const READ_BATCH = 100;

export function suppressions(dynamo: DynamoDBClient, controlTable: string): Suppressions {
  let secret: Promise<KeyObject> | undefined;
  const secretOnce = (): Promise<KeyObject> =>
    (secret ??= readSecret(dynamo, controlTable).catch((error: unknown) => {
      secret = undefined;
      throw error;
    }));
  const ask = coalesced((recipients) => readBatches(dynamo, controlTable, recipients));
  return {
    recipientOf: async (address) =>
      createHmac('sha256', await secretOnce())
        .update(address.trim().toLowerCase())
        .digest('base64url')
        .slice(0, HASH_CHARACTERS),
    has: ask,
    add: async (recipient, at) => {
      await putIfAbsent(dynamo, controlTable, { ...keyOf(recipient), at: { S: at } });
    },
  };
}

/** The deployment's key: whoever needs it first makes it. */
async function readSecret(dynamo: DynamoDBClient, table: string): Promise<KeyObject> {
  for (;;) {
    const { Item } = await dynamo.send(new GetItemCommand({ TableName: table, Key: SECRET, ConsistentRead: true }));
    if (Item?.['key']?.B) return createSecretKey(Item['key'].B);
    await putIfAbsent(dynamo, table, { ...SECRET, key: { B: randomBytes(32) } });
  }
}

async function putIfAbsent(dynamo: DynamoDBClient, table: string, item: Record<string, AttributeValue>): Promise<void> {
  const put = new PutItemCommand({ TableName: table, Item: item, ConditionExpression: 'attribute_not_exists(pk)' });
  await unlessRefused(dynamo.send(put));
}

/** Which of them are stored. Eventually consistent: a complaint comes hours after the email, and the next email weeks later. */
async function readBatches(dynamo: DynamoDBClient, table: string, recipients: readonly string[]): Promise<Set<string>> {
  const found = new Set<string>();
  for (let start = 0; start < recipients.length; start += READ_BATCH) {
    let waiting: Record<string, AttributeValue>[] | undefined = recipients.slice(start, start + READ_BATCH).map(keyOf);
    while (waiting && waiting.length > 0) {
      const answer: BatchGetItemCommandOutput = await dynamo.send(
        new BatchGetItemCommand({ RequestItems: { [table]: { Keys: waiting, ProjectionExpression: 'pk' } } }),
      );
      for (const { pk } of answer.Responses?.[table] ?? []) found.add(String(pk?.S).slice('SUPPRESSED#'.length));
      waiting = answer.UnprocessedKeys?.[table]?.Keys;
    }
  }
  return found;
}

/** Gathers the questions of one turn of the event loop: the emails of a batch are sent at once. */
function coalesced(read: (asked: readonly string[]) => Promise<Set<string>>): (asked: string) => Promise<boolean> {
  let gathering: { readonly asked: Set<string>; readonly answer: Promise<Set<string>> } | undefined;
  return async (recipient) => {
    if (!gathering) {
      const asked = new Set<string>();
      const answer = new Promise((resolve) => setImmediate(resolve)).then(() => {
        gathering = undefined;
        return read([...asked]);
      });
      gathering = { asked, answer };
    }
    gathering.asked.add(recipient);
    return (await gathering.answer).has(recipient);
  };
}
