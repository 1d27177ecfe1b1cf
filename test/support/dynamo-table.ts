/** Tables with the keys that all of ours have, in an emulator of their own. */
import { CreateTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { startDynamo } from '../../tools/local/emulators.ts';

export interface DynamoTable {
  readonly dynamo: DynamoDBClient;
  readonly stop: () => Promise<void>;
}

export async function startTable(...names: string[]): Promise<DynamoTable> {
  const emulator = await startDynamo(() => undefined);
  const dynamo = new DynamoDBClient({
    endpoint: emulator.url,
    region: 'ap-northeast-2',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  });
  for (const TableName of names)
    await dynamo.send(
      new CreateTableCommand({
        TableName,
        BillingMode: 'PAY_PER_REQUEST',
        AttributeDefinitions: ['pk', 'sk'].map((AttributeName) => ({ AttributeName, AttributeType: 'S' as const })),
        KeySchema: [
          { AttributeName: 'pk', KeyType: 'HASH' },
          { AttributeName: 'sk', KeyType: 'RANGE' },
        ],
      }),
    );
  return {
    dynamo,
    stop: async () => {
      dynamo.destroy();
      await emulator.stop();
    },
  };
}
