/** The rejections of a month that count: those whose account has no invoice of it (an invoice resolves them by existing). */
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { Month } from '../../lambdas/kernel/dates.ts';
import { invoiceStore } from '../../lambdas/settlement/adapters/invoice-store.ts';
import { rejectionStore, type StoredRejection } from '../../lambdas/settlement/adapters/rejection-store.ts';

export interface OpenRejection extends StoredRejection {
  readonly accountId: string;
  readonly bucket: number;
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
  const rejections = rejectionStore(dynamo, tables.rejections);
  const invoices = invoiceStore(dynamo, tables.invoices);
  for (const bucket of buckets)
    for (const [accountId, rejection] of await rejections.readBucket(month, bucket))
      if (!(await invoices.isBilled(month, bucket, accountId))) yield { accountId, bucket, ...rejection };
}
