/** Tables with the keys that all of ours have, in an emulator of their own. */
import { CreateTableCommand, DynamoDBClient, type DynamoDBClientConfig } from '@aws-sdk/client-dynamodb';
import { startDynamo } from '../../tools/local/emulators.ts';

export interface DynamoTable {
  readonly url: string;
  readonly dynamo: DynamoDBClient;
  readonly stop: () => Promise<void>;
}

/** A client of an emulator. */
export const clientOf = (url: string, config: DynamoDBClientConfig = {}): DynamoDBClient =>
  new DynamoDBClient({
    endpoint: url,
    region: 'ap-northeast-2',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    ...config,
  });

/** Makes a table as the stack's are. */
export const createTable = (dynamo: DynamoDBClient, TableName: string): Promise<unknown> =>
  dynamo.send(
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

export async function startTable(...names: string[]): Promise<DynamoTable> {
  const emulator = await startDynamo(() => undefined);
  const dynamo = clientOf(emulator.url);
  for (const name of names) await createTable(dynamo, name);
  return {
    url: emulator.url,
    dynamo,
    stop: async () => {
      dynamo.destroy();
      await emulator.stop();
    },
  };
}
