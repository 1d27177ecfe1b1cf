/** Who can open what is sealed: on the stack, with the roles that it deploys, each function tries. */
import { DecryptCommand, KMSClient } from '@aws-sdk/client-kms';
import { GetItemCommand } from '@aws-sdk/client-dynamodb';
import { expect, it } from 'vitest';
import { dataKeyItemKey } from '../../lambdas/platform/data-keys.ts';
import { importStore } from '../../lambdas/import/adapters/import-store.ts';
import { MONTH, playScenario } from '../support/scenario.ts';

it('no function but the senders and the import opens the key of an import', async () => {
  await playScenario({ accounts: 20 }, async ({ runtime, clients }) => {
    const pointer = await importStore(clients.dynamo, runtime.resource('RunsTable')).inForce(MONTH);
    const importId = pointer?.importId ?? '';
    const { pk, sk } = dataKeyItemKey(importId);
    const { Item } = await clients.dynamo.send(
      new GetItemCommand({ TableName: runtime.resource('AccountsTable'), Key: { pk: { S: pk }, sk: { S: sk } } }),
    );
    const wrapped = Item?.['wrappedKey']?.B;
    expect(wrapped).toBeDefined();

    const opens = async (functionName: string): Promise<string> => {
      const env = runtime.env(functionName);
      const kms = new KMSClient({
        endpoint: String(env['AWS_ENDPOINT_URL_KMS']),
        region: String(env['AWS_REGION']),
        credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
      });
      try {
        await kms.send(new DecryptCommand({ CiphertextBlob: wrapped, EncryptionContext: { importId } }));
        return 'opens';
      } catch (thrown) {
        return (thrown as Error).name;
      } finally {
        kms.destroy();
      }
    };
    const found: Record<string, string> = {};
    for (const name of runtime.functions.keys()) found[name.replace('tr1l-dev-', '')] = await opens(name);
    const able = Object.keys(found).filter((name) => found[name] === 'opens');
    expect(able.toSorted()).toEqual(['send-email', 'send-sms', 'write-part']);
    for (const name of ['open-run', 'settle-shard', 'verify-shard', 'close-run', 'plan-shard', 'delivery-feedback'])
      expect([name, found[name]]).toEqual([name, 'AccessDeniedException']);
  });
});
