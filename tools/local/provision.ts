/** Makes the template's tables, queues, buckets and keys in the emulators. */
import { request } from 'node:http';
import { ACCOUNT, authorization, awsJsonClient, REGION } from './aws-json.ts';
import type { Gate } from './gate.ts';
import type { AddKey } from './kms.ts';
import type { Resource } from './template.ts';

/** Under this name the gate counts what the runtime itself asks for. */
export const RUNTIME = '(runtime)';

const pick = (properties: Resource['properties'], keys: readonly string[]): Record<string, unknown> =>
  Object.fromEntries(keys.filter((key) => properties[key] !== undefined).map((key) => [key, properties[key]]));

export async function provision(resources: readonly Resource[], gate: Gate, addKey: AddKey): Promise<void> {
  const of = (type: string): Resource[] => resources.filter((resource) => resource.type === type);
  await makeTables(of('AWS::DynamoDB::Table'), gate);
  await makeQueues(of('AWS::SQS::Queue'), gate);
  for (const { name } of of('AWS::S3::Bucket')) await makeBucket(gate.endpoint(RUNTIME, 's3'), name);
  const aliases = of('AWS::KMS::Alias').map(({ name, properties }) => ({
    name,
    target: String(properties['TargetKeyId']),
  }));
  for (const { name } of of('AWS::KMS::Key')) {
    const arn = `arn:aws:kms:${REGION}:${ACCOUNT}:key/${name}`;
    const own = aliases.filter(({ target }) => target === name || target === arn).map((alias) => alias.name);
    addKey(arn, [name, ...own]);
  }
}

async function makeTables(tables: readonly Resource[], gate: Gate): Promise<void> {
  const dynamo = awsJsonClient('dynamodb', gate.endpoint(RUNTIME, 'dynamodb'));
  for (const { name, properties } of tables) {
    const settings = pick(properties, ['KeySchema', 'AttributeDefinitions', 'GlobalSecondaryIndexes']);
    await dynamo.call('CreateTable', { TableName: name, ...settings, BillingMode: 'PAY_PER_REQUEST' });
  }
  dynamo.close();
}

async function makeQueues(queues: readonly Resource[], gate: Gate): Promise<void> {
  const sqs = awsJsonClient('sqs', gate.endpoint(RUNTIME, 'sqs'));
  for (const { name, properties } of queues) {
    const { RedrivePolicy: redrive, ...plain } = pick(properties, [
      'VisibilityTimeout',
      'DelaySeconds',
      'ReceiveMessageWaitTimeSeconds',
      'RedrivePolicy',
    ]);
    const attributes = Object.entries(plain).map(([key, value]) => [key, String(value)] as const);
    // A policy is text in the API, and its count a number.
    if (redrive !== undefined) attributes.push(['RedrivePolicy', JSON.stringify(redrive)]);
    await sqs.call('CreateQueue', { QueueName: name, Attributes: Object.fromEntries(attributes) });
  }
  sqs.close();
}

function makeBucket(endpoint: string, name: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const headers = { authorization: authorization('s3'), 'content-length': 0 };
    const outgoing = request(`${endpoint}/${name}`, { method: 'PUT', headers, agent: false }, (response) => {
      response.resume();
      response.on('end', () => {
        if (response.statusCode === 200) resolve();
        else reject(new Error(`the S3 emulator answered ${response.statusCode ?? 0} to making ${name}`));
      });
    });
    outgoing.on('error', reject);
    outgoing.end();
  });
}
