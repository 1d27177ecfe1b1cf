import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { queryPartition, readPartition } from '../../platform/query.ts';
import { accountOfUsage } from '../domain/settle-account.ts';

/** The records of one bucket of an import, by account id, as the JSON texts that the import wrote. */
export interface StoredRecords {
  readBucket: (importId: string, bucket: number) => Promise<Map<string, string>>;
  /** The keys of a bucket's records, and nothing of what is in them: a tenth of the bytes. */
  readKeys: (importId: string, bucket: number) => Promise<string[]>;
  /** How many records an account has there, those of another month included. */
  countOf: (importId: string, bucket: number, accountId: string) => Promise<number>;
}

const recordsIn = (dynamo: DynamoDBClient, table: string, attribute: string): StoredRecords => ({
  async readBucket(importId, bucket) {
    const texts = new Map<string, string>();
    for await (const page of queryPartition(dynamo, {
      table,
      pk: `${importId}#${bucket}`,
      attributes: ['sk', attribute],
    })) {
      for (const item of page) {
        const text = item[attribute];
        texts.set(String(item['sk']), typeof text === 'string' ? text : ''); // no text is no JSON: its account is rejected
      }
    }
    return texts;
  },
  async readKeys(importId, bucket) {
    const found = await readPartition(dynamo, { table, pk: `${importId}#${bucket}`, attributes: ['sk'] });
    return found.map(({ sk }) => String(sk));
  },
  async countOf(importId, bucket, accountId) {
    const found = await readPartition(dynamo, { table, pk: `${importId}#${bucket}`, skPrefix: accountId });
    return found.filter(({ sk }) => accountOfUsage(String(sk)) === accountId).length;
  },
});

/** The accounts table. Contacts stand sealed beside the accounts: they are not asked for, and settlement could not open them. */
export const accountRecords = (dynamo: DynamoDBClient, table: string): StoredRecords =>
  recordsIn(dynamo, table, 'account');

/** The usage table. */
export const usageRecords = (dynamo: DynamoDBClient, table: string): StoredRecords => recordsIn(dynamo, table, 'usage');
