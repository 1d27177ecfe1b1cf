/** The issued invoices, read only: those that carry the runId of an approved run. */
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { z } from 'zod';
import { decodeInvoice, STORED_FORM } from '../../contracts/stored-invoice.ts';
import type { Month } from '../../kernel/dates.ts';
import { won } from '../../kernel/money.ts';
import { decode } from '../../platform/decode.ts';
import { queryPartition } from '../../platform/query.ts';
import type { BilledInvoice, IssuedInvoice } from '../domain/plan-notice.ts';

export interface IssuedInvoices {
  /** The invoices of a bucket that this run issued. */
  readonly readBucket: (month: Month, bucket: number, runId: string) => Promise<IssuedInvoice[]>;
  /** The same invoices, where it is enough to know what they bill: their bodies stay where they are. */
  readonly readBilled: (month: Month, bucket: number, runId: string) => Promise<BilledInvoice[]>;
}

const sortKey = z.string().regex(/^[A-Za-z0-9_-]+#\d{4}$/);

const issuedSchema = z.object({
  sk: sortKey,
  form: z.literal(STORED_FORM),
  runId: z.string(),
  importId: z.string(),
  body: z.string(),
});

// Every form has this amount beside its body.
const billedSchema = z.object({ sk: sortKey, runId: z.string(), amountDue: z.int().transform(won) });

export function issuedInvoices(dynamo: DynamoDBClient, table: string): IssuedInvoices {
  /** The run's items of a bucket, decoded. Only the attributes that the schema names are fetched; `runId` among them, to tell whose they are. */
  const read = async <T extends z.ZodObject>(
    schema: T,
    { month, bucket, runId }: { readonly month: Month; readonly bucket: number; readonly runId: string },
  ): Promise<z.output<T>[]> => {
    const found: z.output<T>[] = [];
    const partition = { table, pk: `${month}#${bucket}`, attributes: Object.keys(schema.shape) };
    for await (const page of queryPartition(dynamo, partition))
      for (const item of page) if (item['runId'] === runId) found.push(decode(schema, item, 'the stored invoice'));
    return found;
  };
  return {
    readBucket: async (month, bucket, runId) =>
      (await read(issuedSchema, { month, bucket, runId })).map(({ sk, importId, body }) => {
        const { accountId, version } = readSortKey(sk);
        return { invoice: decodeInvoice(month, accountId, body), version, bucket, runId, importId };
      }),
    readBilled: async (month, bucket, runId) =>
      (await read(billedSchema, { month, bucket, runId })).map(({ sk, amountDue }) => ({
        ...readSortKey(sk),
        amountDue,
      })),
  };
}

/** `<accountId>#<version>`. */
function readSortKey(sk: string): Pick<BilledInvoice, 'accountId' | 'version'> {
  const [accountId = '', version = ''] = sk.split('#');
  return { accountId, version: Number(version) };
}
