/** What the accounts table says of an import's customers for planning. The contact is passed on sealed: nothing here can open it. */
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { z } from 'zod';
import { preferencesSchema, type Preferences } from '../../contracts/preferences.ts';
import { decode } from '../../platform/decode.ts';
import { queryPartition } from '../../platform/query.ts';
import type { Recipient } from '../domain/plan-notice.ts';

export interface Recipients {
  /** The recipients of one bucket of an import, by account id. */
  readonly readBucket: (importId: string, bucket: number) => Promise<Map<string, Recipient>>;
}

const recipientSchema = z.object({
  locale: z.enum(['ko', 'en']).catch('ko'),
  preferences: z.string().optional(),
  contact: z.instanceof(Uint8Array).optional(),
});

const ATTRIBUTES = ['sk', ...Object.keys(recipientSchema.shape)];

export function recipients(dynamo: DynamoDBClient, accountsTable: string): Recipients {
  return {
    readBucket: async (importId, bucket) => {
      const found = new Map<string, Recipient>();
      for await (const page of queryPartition(dynamo, {
        table: accountsTable,
        pk: `${importId}#${bucket}`,
        attributes: ATTRIBUTES,
      })) {
        for (const item of page) {
          const { locale, preferences, contact } = decode(recipientSchema, item, 'the stored recipient');
          found.set(String(item['sk']), {
            locale,
            preferences: preferencesOf(preferences),
            contact: contact ?? null,
          });
        }
      }
      return found;
    },
  };
}

/** Preferences that cannot be read are none: a customer's typing error must not keep the bill from going. */
function preferencesOf(text: string | undefined): Preferences {
  if (text === undefined) return {};
  try {
    return preferencesSchema.safeParse(JSON.parse(text)).data ?? {};
  } catch {
    return {};
  }
}
