/** Tables with the keys that all of ours have, in an emulator of their own. */
import { CreateTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { startDynamo } from '../../tools/local/emulators.ts';

export interface DynamoTable {
  readonly dynamo: DynamoDBClient;
  /** Another client of the same tables, whose SDK tries so often. */
  readonly clientTrying: (maxAttempts: number) => DynamoDBClient;
  readonly stop: () => Promise<void>;
}

export async function startTable(...names: string[]): Promise<DynamoTable> {
  const emulator = await startDynamo(() => undefined);
  const place = {
    endpoint: emulator.url,
    region: 'ap-northeast-2',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  };
  const dynamo = new DynamoDBClient(place);
  const others: DynamoDBClient[] = [];
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
    clientTrying: (maxAttempts) => {
      const client = new DynamoDBClient({ ...place, maxAttempts });
      others.push(client);
      return client;
    },
    stop: async () => {
      for (const client of [dynamo, ...others]) client.destroy();
      await emulator.stop();
    },
  };
}
