/** SDK clients of a tool for the local runtime: they find it by the variables that the runtime gives. */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { KMSClient } from '@aws-sdk/client-kms';
import { S3Client } from '@aws-sdk/client-s3';
import { unlogged } from '../../lambdas/platform/clients.ts';
import type { Runtime } from '../local/runtime.ts';

export interface LocalClients {
  readonly dynamo: DynamoDBClient;
  readonly s3: S3Client;
  readonly kms: KMSClient;
}

export function localClients(runtime: Pick<Runtime, 'env'>, caller: string): LocalClients {
  const env = runtime.env(caller);
  const endpoint = (service: string) => {
    const url = env[`AWS_ENDPOINT_URL_${service}`];
    if (url === undefined) throw new Error(`the local runtime has no ${service}`);
    return {
      endpoint: url,
      region: env['AWS_REGION'] ?? 'ap-northeast-2',
      credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    };
  };
  return {
    dynamo: unlogged(new DynamoDBClient(endpoint('DYNAMODB'))),
    s3: new S3Client({ ...endpoint('S3'), forcePathStyle: true }),
    kms: new KMSClient(endpoint('KMS')),
  };
}
