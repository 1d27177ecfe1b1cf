/** The rejections of a month that count: those whose account has no invoice of it (an invoice resolves them by existing). */
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { Month } from '../../lambdas/kernel/dates.ts';
import { readPartition } from '../../lambdas/platform/query.ts';
import { rejectionStore } from '../../lambdas/settlement/adapters/rejection-store.ts';

export interface OpenRejection {
  readonly accountId: string;
  readonly bucket: number;
  readonly reasons: readonly string[];
}

export interface RejectionTables {
  readonly invoices: string;
  readonly rejections: string;
}

/** Bucket by bucket, account by account: memory holds one bucket's rejections. */
export async function* openRejections(
  dynamo: DynamoDBClient,
  tables: RejectionTables,
  month: Month,
  buckets: Iterable<number>,
): AsyncGenerator<OpenRejection> {
  const store = rejectionStore(dynamo, tables.rejections);
  for (const bucket of buckets)
    for (const [accountId, reasons] of await store.readBucket(month, bucket)) {
      const query = { table: tables.invoices, pk: `${month}#${bucket}`, skPrefix: `${accountId}#` };
      if ((await readPartition(dynamo, query)).length === 0) yield { accountId, bucket, reasons };
    }
}
