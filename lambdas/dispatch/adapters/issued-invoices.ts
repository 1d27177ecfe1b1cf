/** The issued invoices, read only: those that carry the runId of an approved run. */
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { z } from 'zod';
import { decodeInvoice, STORED_FORM } from '../../contracts/stored-invoice.ts';
import type { Month } from '../../kernel/dates.ts';
import { decode } from '../../platform/decode.ts';
import { queryPartition } from '../../platform/query.ts';
import type { IssuedInvoice } from '../domain/plan-notice.ts';

export interface IssuedInvoices {
  /** The invoices of a bucket that this run issued. */
  readonly readBucket: (month: Month, bucket: number, runId: string) => Promise<IssuedInvoice[]>;
}

const storedSchema = z.object({
  sk: z.string().regex(/^[A-Za-z0-9_-]+#\d{4}$/),
  form: z.literal(STORED_FORM),
  runId: z.string(),
  importId: z.string(),
  body: z.string(),
});

const ATTRIBUTES = Object.keys(storedSchema.shape);

export function issuedInvoices(dynamo: DynamoDBClient, table: string): IssuedInvoices {
  return {
    readBucket: async (month, bucket, runId) => {
      const issued: IssuedInvoice[] = [];
      for await (const page of queryPartition(dynamo, { table, pk: `${month}#${bucket}`, attributes: ATTRIBUTES })) {
        for (const item of page) {
          if (item['runId'] !== runId) continue;
          const { sk, importId, body } = decode(storedSchema, item, 'the stored invoice');
          const [accountId = '', version = ''] = sk.split('#');
          const invoice = decodeInvoice(month, accountId, body);
          issued.push({ invoice, version: Number(version), bucket, runId, importId });
        }
      }
      return issued;
    },
  };
}
