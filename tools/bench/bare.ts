/**
 * The limits that the pipeline is held against: the same items through the same client into the same emulator, with
 * nothing in between. No rules, no proof, no claims: what no pipeline on this machine could be faster than.
 */
import { CreateTableCommand, type AttributeValue, type DynamoDBClient } from '@aws-sdk/client-dynamodb';
import {
  CreateQueueCommand,
  DeleteMessageBatchCommand,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import { executeStatements, insertStatement, type Statement } from '../../lambdas/platform/batch-statements.ts';

type Item = Record<string, AttributeValue>;

/** Loops that work at once: as many as the pipeline has workers. */
const AT_ONCE = 4;
const WRITES = 25;
const MESSAGES = 10;

async function makeTable(dynamo: DynamoDBClient, name: string): Promise<void> {
  await dynamo.send(
    new CreateTableCommand({
      TableName: name,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: [
        { AttributeName: 'pk', AttributeType: 'S' },
        { AttributeName: 'sk', AttributeType: 'S' },
      ],
      KeySchema: [
        { AttributeName: 'pk', KeyType: 'HASH' },
        { AttributeName: 'sk', KeyType: 'RANGE' },
      ],
    }),
  );
}

const inChunks = <T>(items: readonly T[], size: number): T[][] =>
  Array.from({ length: Math.ceil(items.length / size) }, (_, index) => items.slice(index * size, (index + 1) * size));

/** Works through the chunks with so many loops at once. */
async function each<T>(chunks: T[], work: (chunk: T) => Promise<unknown>): Promise<void> {
  const waiting = [...chunks];
  const loop = async (): Promise<void> => {
    for (let chunk = waiting.shift(); chunk !== undefined; chunk = waiting.shift()) await work(chunk);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, loop));
}

const perSecond = (count: number, from: number): number => count / ((performance.now() - from) / 1000);

/** Items a second of nothing but conditional puts, 25 a request, into an empty table of that name. */
export async function barePuts(dynamo: DynamoDBClient, items: readonly Item[], table: string): Promise<number> {
  await makeTable(dynamo, table);
  const from = performance.now();
  await each(inChunks(items, WRITES), (chunk) =>
    executeStatements(
      dynamo,
      chunk.map((item) => insertStatement(table, item)),
    ),
  );
  return perSecond(items.length, from);
}

/** Notices a second of nothing but: written, queued, received, written twice, deleted, in an empty table and a queue of that name. */
export async function bareNotices(
  dynamo: DynamoDBClient,
  sqs: SQSClient,
  items: readonly Item[],
  table: string,
): Promise<number> {
  await makeTable(dynamo, table);
  const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: table }));
  if (QueueUrl === undefined) throw new Error('the queue emulator made no queue');
  const from = performance.now();
  await each(inChunks(items, WRITES), (chunk) =>
    executeStatements(
      dynamo,
      chunk.map((item) => insertStatement(table, item)),
    ),
  );
  await each(inChunks(items, MESSAGES), (chunk) =>
    sqs.send(
      new SendMessageBatchCommand({
        QueueUrl,
        Entries: chunk.map(({ pk, sk }, index) => ({ Id: String(index), MessageBody: JSON.stringify({ pk, sk }) })),
      }),
    ),
  );
  let left = items.length;
  const worker = async (): Promise<void> => {
    while (left > 0) {
      const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: MESSAGES }));
      if (Messages.length === 0) continue;
      left -= Messages.length;
      const keys = Messages.map(({ Body = '{}' }) => JSON.parse(Body) as { pk: AttributeValue; sk: AttributeValue });
      for (const state of ['SENDING', 'SENT'])
        await executeStatements(
          dynamo,
          keys.map(({ pk, sk }): Statement => ({
            Statement: `UPDATE "${table}" SET "state" = ? WHERE pk = ? AND sk = ? RETURNING ALL NEW *`,
            Parameters: [{ S: state }, pk, sk],
          })),
        );
      await sqs.send(
        new DeleteMessageBatchCommand({
          QueueUrl,
          Entries: Messages.map(({ ReceiptHandle = '' }, index) => ({ Id: String(index), ReceiptHandle })),
        }),
      );
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  return perSecond(items.length, from);
}
