/** Everything an import writes to, empty: tables and a bucket in the emulators, a key in the simulated KMS. */
import { DeleteItemCommand, DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb';
import { KMSClient } from '@aws-sdk/client-kms';
import { CreateBucketCommand, DeleteObjectCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { clockSettings, scaledClock } from '../../tools/local/clock.ts';
import { startQueuesAndObjects } from '../../tools/local/emulators.ts';
import { startGate } from '../../tools/local/gate.ts';
import { localKms } from '../../tools/local/kms.ts';
import { startTable } from './dynamo-table.ts';

const KEY_ARN = 'arn:aws:kms:ap-northeast-2:000000000000:key/contacts';
const PLACE = { accounts: 'accounts', usage: 'usage', runs: 'runs' } as const;
const ALL_TABLES = [...Object.values(PLACE), 'invoices', 'rejections'] as const;

export type ImportPlace = Awaited<ReturnType<typeof startImportPlace>>;

/** Starts it. */
export async function startImportPlace() {
  const die = (problem: Error): void => {
    throw problem;
  };
  const [dynamoServer, objects] = await Promise.all([startTable(...ALL_TABLES), startQueuesAndObjects(die)]);
  const gate = await startGate(scaledClock(clockSettings(Date.parse('2026-02-01T00:00:00Z'), 1)));
  const simulated = localKms('test', () => true);
  simulated.addKey(KEY_ARN, []);
  gate.route('kms', simulated.service);
  gate.route('dynamodb', dynamoServer.url);
  const config = {
    region: 'ap-northeast-2',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  };
  const newClients = () => ({
    dynamo: new DynamoDBClient({ ...config, endpoint: gate.endpoint('import', 'dynamodb') }),
    kms: new KMSClient({ ...config, endpoint: gate.endpoint('import', 'kms') }),
    s3: new S3Client({ ...config, endpoint: objects.url, forcePathStyle: true }),
  });
  const { dynamo, kms, s3 } = newClients();
  for (const Bucket of ['catalogs', 'incoming']) await s3.send(new CreateBucketCommand({ Bucket }));
  const keysIn = async (Bucket: string, Prefix: string): Promise<string[]> => {
    const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket, Prefix }));
    return Contents.map(({ Key }) => String(Key));
  };
  return {
    gate,
    dynamoUrl: dynamoServer.url,
    /** What `importMonth` is told of the place. */
    place: { dynamo, s3, kms, tables: PLACE, catalogsBucket: 'catalogs', contactKey: KEY_ARN, bucketCount: 4 },
    /** Clients of their own, to be cut off; the caller destroys them. */
    newClients,
    keysIn,
    /** Takes out everything that an import has stored or left under way; the files that came in stay. */
    clear: async () => {
      for (const table of Object.values(PLACE)) {
        const { Items = [] } = await dynamo.send(new ScanCommand({ TableName: table, ProjectionExpression: 'pk, sk' }));
        await Promise.all(Items.map((Key) => dynamo.send(new DeleteItemCommand({ TableName: table, Key }))));
      }
      for (const prefix of ['jobs/', 'refused/']) {
        const keys = await keysIn('incoming', prefix);
        await Promise.all(keys.map((Key) => s3.send(new DeleteObjectCommand({ Bucket: 'incoming', Key }))));
      }
    },
    /** All items of a table, by their keys. */
    itemsOf: async (table: (typeof ALL_TABLES)[number]): Promise<Record<string, unknown>[]> => {
      const { Items = [] } = await dynamo.send(new ScanCommand({ TableName: table }));
      const keyOf = ({ pk, sk }: Record<string, unknown>) => `${String(pk)} ${String(sk)}`;
      return Items.map((item) => unmarshall(item)).sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
    },
    stop: async () => {
      for (const client of [dynamo, kms, s3]) client.destroy();
      await gate.stop();
      await Promise.all([dynamoServer.stop(), objects.stop()]);
    },
  };
}
