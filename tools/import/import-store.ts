/** The items of the runs table that an import writes, and the data key that it seals with. */
import {
  ConditionalCheckFailedException,
  GetItemCommand,
  PutItemCommand,
  type DynamoDBClient,
} from '@aws-sdk/client-dynamodb';
import { GenerateDataKeyCommand, type KMSClient } from '@aws-sdk/client-kms';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import type { Instant, Month } from '../../lambdas/kernel/dates.ts';
import { dataKeyItemKey, dataKeys } from '../../lambdas/platform/data-keys.ts';
import { readPartition } from '../../lambdas/platform/query.ts';
import type { DataKey } from '../../lambdas/platform/seal.ts';
import type { ControlTotals } from './control-totals.ts';

/** What the import writes to, by physical names. */
export interface ImportTables {
  readonly accounts: string;
  readonly usage: string;
  readonly runs: string;
}

export interface ImportRecord {
  readonly importId: string;
  readonly month: Month;
  readonly catalogDigest: string;
  readonly bucketCount: number;
  readonly closedAt: Instant;
  readonly totals: ControlTotals;
}

export interface ImportStore {
  /** The deployment's bucket count; writes `bucketCount` down if none is written yet. */
  readonly pinBuckets: (bucketCount: number) => Promise<number>;
  readonly isClosed: (importId: string) => Promise<boolean>;
  readonly inForce: (month: Month) => Promise<string | null>;
  /** A run of the month that is not decided yet, or null. */
  readonly openRun: (month: Month) => Promise<string | null>;
  /** The import's data key: made once, found again by an import that was cut off and is made again. */
  readonly dataKey: (importId: string) => Promise<DataKey>;
  /** Closes the import: from now on it is immutable. */
  readonly close: (record: ImportRecord) => Promise<void>;
  /** Points the month to the import, if it still points to `before`; false when somebody else moved it. */
  readonly putInForce: (month: Month, importId: string, before: string | null) => Promise<boolean>;
}

const KEY_VERSION = 1;

export function importStore(
  dynamo: DynamoDBClient,
  kms: KMSClient,
  tables: ImportTables,
  contactKey: string,
): ImportStore {
  const get = async (pk: string, sk: string): Promise<Record<string, unknown> | null> => {
    const Key = marshall({ pk, sk });
    const { Item } = await dynamo.send(new GetItemCommand({ TableName: tables.runs, Key, ConsistentRead: true }));
    return Item ? unmarshall(Item) : null;
  };
  /** Puts an item under a condition; false when it did not hold. */
  const putIf = async (
    TableName: string,
    item: Record<string, unknown>,
    ConditionExpression: string,
    values: Record<string, unknown> = {},
  ): Promise<boolean> => {
    try {
      await dynamo.send(
        new PutItemCommand({
          TableName,
          Item: marshall(item),
          ConditionExpression,
          ...(Object.keys(values).length > 0 ? { ExpressionAttributeValues: marshall(values) } : {}),
        }),
      );
      return true;
    } catch (error) {
      if (error instanceof ConditionalCheckFailedException) return false;
      throw error;
    }
  };
  const openKey = dataKeys(dynamo, kms, tables.accounts);

  return {
    async pinBuckets(bucketCount) {
      await putIf(tables.runs, { pk: 'DEPLOYMENT', sk: 'BUCKETS', bucketCount }, 'attribute_not_exists(pk)');
      return Number((await get('DEPLOYMENT', 'BUCKETS'))?.['bucketCount']);
    },
    async isClosed(importId) {
      return (await get(`IMPORT#${importId}`, 'IMPORT'))?.['status'] === 'CLOSED';
    },
    async inForce(month) {
      const importId = (await get(`MONTH#${month}`, 'IMPORT'))?.['importId'];
      return typeof importId === 'string' ? importId : null;
    },
    async openRun(month) {
      const runs = await readPartition(dynamo, { table: tables.runs, pk: `MONTH#${month}`, skPrefix: 'RUN#' });
      const open = runs.find(({ status }) => status === 'OPEN');
      return open ? String(open['runId']) : null;
    },
    async dataKey(importId) {
      const there = await openKey(importId);
      if (there) return there;
      const made = await kms.send(
        new GenerateDataKeyCommand({ KeyId: contactKey, KeySpec: 'AES_256', EncryptionContext: { importId } }),
      );
      const item = { ...dataKeyItemKey(importId), wrappedKey: made.CiphertextBlob, keyVersion: KEY_VERSION };
      // Another import of the same files may have put its own key first: then that one holds for both.
      await putIf(tables.accounts, item, 'attribute_not_exists(pk)');
      const key = await openKey(importId);
      if (!key) throw new Error(`the data key of import ${importId} was written, yet it is not there`);
      return key;
    },
    async close({ importId, totals, ...record }) {
      const { accounts, usageRecords, digest, ...sums } = totals;
      const item = { ...record, importId, status: 'CLOSED', accounts, usageRecords, digest, totals: sums };
      await putIf(tables.runs, { pk: `IMPORT#${importId}`, sk: 'IMPORT', ...item }, 'attribute_not_exists(pk)');
    },
    putInForce: (month, importId, before) =>
      before === null
        ? putIf(tables.runs, { pk: `MONTH#${month}`, sk: 'IMPORT', importId }, 'attribute_not_exists(pk)')
        : putIf(tables.runs, { pk: `MONTH#${month}`, sk: 'IMPORT', importId }, 'importId = :before', {
            ':before': before,
          }),
  };
}
