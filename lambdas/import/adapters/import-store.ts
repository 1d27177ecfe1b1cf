/** The items of the runs table that an import reads and writes. */
import { GetItemCommand, PutItemCommand, type DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import type { Instant, Month } from '../../kernel/dates.ts';
import { unlessRefused } from '../../platform/conditional-write.ts';
import { readPartition } from '../../platform/query.ts';
import { isMembers } from '../../settlement/domain/form.ts';
import type { OpenRun } from '../domain/sentences.ts';
import type { ControlTotals } from '../domain/sums.ts';

export interface ImportRecord {
  readonly importId: string;
  readonly month: Month;
  readonly catalogDigest: string;
  readonly bucketCount: number;
  readonly closedAt: Instant;
  readonly totals: ControlTotals;
}

/** What a month points to, and the last run that was opened from it: it changes with either. */
export interface ImportPointer {
  readonly importId: string;
  readonly lastRun: string | null;
}

export interface ImportStore {
  /** The deployment's bucket count; writes `bucketCount` down if none is written yet. */
  readonly pinBuckets: (bucketCount: number) => Promise<number>;
  readonly isClosed: (importId: string) => Promise<boolean>;
  readonly inForce: (month: Month) => Promise<ImportPointer | null>;
  /** A run of the month that is not decided yet, and whether it waits for a person to do so; or null. */
  readonly openRun: (month: Month) => Promise<OpenRun | null>;
  /** Closes the import: from now on it is immutable. */
  readonly close: (record: ImportRecord) => Promise<void>;
  /** Points the month to the import, if the pointer still is what was seen; false when somebody moved it, or opened a run. */
  readonly putInForce: (month: Month, importId: string, seen: ImportPointer | null) => Promise<boolean>;
}

export function importStore(dynamo: DynamoDBClient, runsTable: string): ImportStore {
  const get = async (pk: string, sk: string): Promise<Record<string, unknown> | null> => {
    const Key = marshall({ pk, sk });
    const { Item } = await dynamo.send(new GetItemCommand({ TableName: runsTable, Key, ConsistentRead: true }));
    return Item ? unmarshall(Item) : null;
  };
  /** Puts an item under a condition; false when it did not hold. */
  const putIf = async (
    item: Record<string, unknown>,
    ConditionExpression: string,
    values: Record<string, unknown> = {},
  ): Promise<boolean> => {
    const written = await unlessRefused(
      dynamo.send(
        new PutItemCommand({
          TableName: runsTable,
          Item: marshall(item),
          ConditionExpression,
          ...(Object.keys(values).length > 0 ? { ExpressionAttributeValues: marshall(values) } : {}),
        }),
      ),
    );
    return written !== null;
  };

  return {
    async pinBuckets(bucketCount) {
      await putIf({ pk: 'DEPLOYMENT', sk: 'BUCKETS', bucketCount }, 'attribute_not_exists(pk)');
      return Number((await get('DEPLOYMENT', 'BUCKETS'))?.['bucketCount']);
    },
    async isClosed(importId) {
      return (await get(`IMPORT#${importId}`, 'IMPORT'))?.['status'] === 'CLOSED';
    },
    async inForce(month) {
      const { importId, lastRun } = (await get(`MONTH#${month}`, 'IMPORT')) ?? {};
      if (typeof importId !== 'string') return null;
      return { importId, lastRun: typeof lastRun === 'string' ? lastRun : null };
    },
    async openRun(month) {
      const runs = await readPartition(dynamo, { table: runsTable, pk: `MONTH#${month}`, skPrefix: 'RUN#' });
      const open = runs.find(({ status }) => status === 'OPEN');
      return open ? { runId: String(open['runId']), waits: isMembers(open['waits']) } : null;
    },
    async close({ importId, totals, ...record }) {
      const { accounts, usageRecords, digest, ...sums } = totals;
      const item = { ...record, importId, status: 'CLOSED', accounts, usageRecords, digest, totals: sums };
      await putIf({ pk: `IMPORT#${importId}`, sk: 'IMPORT', ...item }, 'attribute_not_exists(pk)');
    },
    putInForce(month, importId, seen) {
      const pointer = { pk: `MONTH#${month}`, sk: 'IMPORT', importId };
      if (seen === null) return putIf(pointer, 'attribute_not_exists(pk)');
      const { importId: before, lastRun } = seen;
      return lastRun === null
        ? putIf(pointer, 'importId = :before AND attribute_not_exists(lastRun)', { ':before': before })
        : putIf({ ...pointer, lastRun }, 'importId = :before AND lastRun = :lastRun', {
            ':before': before,
            ':lastRun': lastRun,
          });
    },
  };
}
