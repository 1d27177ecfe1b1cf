import { createSecretKey } from 'node:crypto';
import { DecryptCommand, type KMSClient } from '@aws-sdk/client-kms';
import { GetItemCommand, type DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { DataKey } from './seal.ts';

/** The keys of the item in the accounts table that holds an import's wrapped data key. */
export const dataKeyItemKey = (importId: string): { pk: string; sk: string } => ({ pk: `${importId}#KEY`, sk: 'KEY' });

/**
 * Opens the data keys of imports: reads the wrapped key beside the accounts and has KMS unwrap it, once an import.
 * Returns null when the import has no key. KMS and DynamoDB errors are thrown: they are the platform's.
 */
export function dataKeys(
  dynamo: DynamoDBClient,
  kms: KMSClient,
  accountsTable: string,
): (importId: string) => Promise<DataKey | null> {
  const known = new Map<string, DataKey>();
  return async (importId) => {
    const cached = known.get(importId);
    if (cached) return cached;
    const { pk, sk } = dataKeyItemKey(importId);
    const { Item } = await dynamo.send(
      new GetItemCommand({
        TableName: accountsTable,
        Key: { pk: { S: pk }, sk: { S: sk } },
        ConsistentRead: true,
        ProjectionExpression: 'wrappedKey, keyVersion',
      }),
    );
    if (!Item?.['wrappedKey']?.B || !Item['keyVersion']?.N) return null;
    const { Plaintext } = await kms.send(
      new DecryptCommand({ CiphertextBlob: Item['wrappedKey'].B, EncryptionContext: { importId } }),
    );
    if (!Plaintext) throw new Error(`KMS returned no key for import ${importId}`);
    const key: DataKey = { version: Number(Item['keyVersion'].N), secret: createSecretKey(Plaintext) };
    known.set(importId, key);
    return key;
  };
}
