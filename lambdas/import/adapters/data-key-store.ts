import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { GenerateDataKeyWithoutPlaintextCommand, type KMSClient } from '@aws-sdk/client-kms';
import { executeStatements, insertStatement } from '../../platform/batch-statements.ts';
import { dataKeyItemKey, dataKeys } from '../../platform/data-keys.ts';
import type { DataKey } from '../../platform/seal.ts';

const KEY_VERSION = 1;

export interface DataKeyMaker {
  /**
   * Puts the import's data key beside its accounts, wrapped, unless one is there: an import has one key, however often
   * it is made again, and whoever makes it never sees it open.
   */
  readonly ensure: (importId: string) => Promise<void>;
}

export const dataKeyMaker = (
  dynamo: DynamoDBClient,
  kms: KMSClient,
  accountsTable: string,
  contactKey: string,
): DataKeyMaker => ({
  ensure: async (importId) => {
    const made = await kms.send(
      new GenerateDataKeyWithoutPlaintextCommand({
        KeyId: contactKey,
        KeySpec: 'AES_256',
        EncryptionContext: { importId },
      }),
    );
    if (!made.CiphertextBlob) throw new Error(`KMS returned no key for import ${importId}`);
    const { pk, sk } = dataKeyItemKey(importId);
    const item = {
      pk: { S: pk },
      sk: { S: sk },
      wrappedKey: { B: made.CiphertextBlob },
      keyVersion: { N: String(KEY_VERSION) },
    };
    // DuplicateItem is as good: the key that is there holds.
    await executeStatements(dynamo, [insertStatement(accountsTable, item)]);
  },
});

export interface DataKeyOpener {
  /** The import's data key, open, to seal with. */
  readonly open: (importId: string) => Promise<DataKey>;
}

export function dataKeyOpener(dynamo: DynamoDBClient, kms: KMSClient, accountsTable: string): DataKeyOpener {
  const openKey = dataKeys(dynamo, kms, accountsTable);
  return {
    open: async (importId) => {
      const key = await openKey(importId);
      if (!key) throw new Error(`import ${importId} has no data key`);
      return key;
    },
  };
}
