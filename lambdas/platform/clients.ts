/**
 * SDK clients, one of each a process, made at first use. The standard AWS_ENDPOINT_URL_<SERVICE> variables route them
 * to emulators; nothing else differs between AWS and one machine.
 */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { KMSClient } from '@aws-sdk/client-kms';
import { S3Client } from '@aws-sdk/client-s3';
import { SFNClient } from '@aws-sdk/client-sfn';
import { SESv2Client } from '@aws-sdk/client-sesv2';
import { SNSClient } from '@aws-sdk/client-sns';
import { SQSClient } from '@aws-sdk/client-sqs';
import { once } from './env.ts';

/** How long a provider may take for one send. It is never retried by the SDK: a retry of a send is a second send. */
export interface ProviderTimeout {
  readonly timeoutMs: number;
}

const sendOnce = ({ timeoutMs }: ProviderTimeout) => ({
  maxAttempts: 1,
  requestHandler: {
    requestTimeout: timeoutMs,
    connectionTimeout: Math.min(timeoutMs, 3000),
    throwOnRequestTimeout: true,
  },
});

/**
 * Takes the SDK's log of inputs and outputs away: it is put together for every call even where nothing is logged (a
 * twelfth of the work of a batch of writes), and what a call carries belongs in no log.
 */
export function unlogged<T extends { readonly middlewareStack: { remove: (name: string) => boolean } }>(client: T): T {
  client.middlewareStack.remove('loggerMiddleware');
  return client;
}

export const clients = {
  dynamo: once(() => unlogged(new DynamoDBClient({}))),
  /** For what must not be done twice and nothing tells that it was: the SDK sends it once. */
  dynamoUnrepeated: once(() => unlogged(new DynamoDBClient({ maxAttempts: 1 }))),
  sqs: once(() => unlogged(new SQSClient({ useQueueUrlAsEndpoint: !process.env['AWS_ENDPOINT_URL_SQS'] }))),
  s3: once(() => unlogged(new S3Client({ forcePathStyle: process.env['TR1L_S3_PATH_STYLE'] === 'true' }))),
  kms: once(() => unlogged(new KMSClient({}))),
  sfn: once(() => unlogged(new SFNClient({}))),
  sesv2: (timeout: ProviderTimeout): SESv2Client => unlogged(new SESv2Client(sendOnce(timeout))),
  sns: (timeout: ProviderTimeout): SNSClient => unlogged(new SNSClient(sendOnce(timeout))),
};
