/** A small stack, as `cdk synth` would write it, with one of everything that the local runtime runs. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';
import { ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { startRuntime, type Runtime, type RuntimeOptions } from '../../tools/local/runtime.ts';

const BUNDLE = fileURLToPath(new URL('../fixtures/local-runtime/', import.meta.url));
export const STACK = 'Fixture';

const arnOf = (logicalId: string) => ({ 'Fn::GetAtt': [logicalId, 'Arn'] });

const queueOf = (name: string, redrive?: { readonly to: string; readonly after: number }) => ({
  Type: 'AWS::SQS::Queue',
  Properties: {
    QueueName: name,
    VisibilityTimeout: 60,
    ...(redrive && { RedrivePolicy: { deadLetterTargetArn: arnOf(redrive.to), maxReceiveCount: redrive.after } }),
  },
  DeletionPolicy: 'Delete',
});

const functionOf = (exported: string, timeoutSeconds = 20) => ({
  Type: 'AWS::Lambda::Function',
  Properties: {
    FunctionName: `fixture-${exported}`,
    Code: { S3Bucket: { 'Fn::Sub': 'assets-${AWS::AccountId}-${AWS::Region}' }, S3Key: 'bundle.zip' },
    Handler: `index.${exported === 'fallback' ? 'consume' : exported}`,
    Runtime: 'nodejs24.x',
    Architectures: ['arm64'],
    Timeout: timeoutSeconds,
    MemorySize: 512,
    Role: arnOf('Role'),
    Environment: {
      Variables: {
        TABLE: { Ref: 'Table' },
        BUCKET: { Ref: 'Bucket' },
        KEY_ARN: arnOf('Key'),
        QUEUE_URL: { Ref: 'Email' },
      },
    },
  },
});

const sourceOf = (queue: string, target: string, batch: number) => ({
  Type: 'AWS::Lambda::EventSourceMapping',
  Properties: {
    EventSourceArn: arnOf(queue),
    FunctionName: { Ref: target },
    BatchSize: batch,
    FunctionResponseTypes: ['ReportBatchItemFailures'],
    ScalingConfig: { MaximumConcurrency: 2 },
  },
});

const invoke = (functionId: string, payload: string, next: object) => ({
  Type: 'Task',
  Resource: 'arn:aws:states:::lambda:invoke',
  Arguments: { FunctionName: `\${${functionId}}`, Payload: payload },
  Output: '{% $states.result.Payload %}',
  ...next,
});

const machineOf = (name: string, states: object, startAt: string, functionId: string) => ({
  Type: 'AWS::StepFunctions::StateMachine',
  Properties: {
    StateMachineName: name,
    RoleArn: arnOf('Role'),
    DefinitionString: JSON.stringify({ QueryLanguage: 'JSONata', StartAt: startAt, States: states }),
    DefinitionSubstitutions: { [functionId]: arnOf(functionId) },
  },
});

const runStates = {
  Shards: {
    Type: 'Map',
    Items: [0, 1, 2],
    ItemSelector: { shard: '{% $states.context.Map.Item.Value %}', month: '2026-01' },
    MaxConcurrency: 2,
    ItemProcessor: {
      ProcessorConfig: { Mode: 'DISTRIBUTED', ExecutionType: 'STANDARD' },
      StartAt: 'Work',
      States: { Work: invoke('Work', '{% $states.input %}', { End: true, TimeoutSeconds: 60 }) },
    },
    Assign: { scheduledAt: '{% $states.context.Execution.Input.scheduledAt %}' },
    Next: 'Publish',
  },
  Publish: {
    Type: 'Task',
    Resource: 'arn:aws:states:::events:putEvents',
    Arguments: {
      Entries: [{ Source: 'fixture.run', DetailType: 'RunDone', Detail: { scheduledAt: '{% $scheduledAt %}' } }],
    },
    End: true,
  },
};

const sendStates = {
  Queue: invoke('Queue', '{% {"instructions": [{"id": $states.input.scheduledAt, "act": "none"}]} %}', { End: true }),
};

/** The template; a test may change it before it is written. */
export const fixtureTemplate = (): { Resources: Record<string, Record<string, unknown>>; Outputs: object } => ({
  Resources: {
    Table: {
      Type: 'AWS::DynamoDB::Table',
      Properties: {
        TableName: 'fixture-items',
        BillingMode: 'PAY_PER_REQUEST',
        KeySchema: [
          { AttributeName: 'pk', KeyType: 'HASH' },
          { AttributeName: 'sk', KeyType: 'RANGE' },
        ],
        AttributeDefinitions: [
          { AttributeName: 'pk', AttributeType: 'S' },
          { AttributeName: 'sk', AttributeType: 'S' },
        ],
      },
      DeletionPolicy: 'Retain',
    },
    Bucket: { Type: 'AWS::S3::Bucket', Properties: { BucketName: 'fixture-objects' } },
    Key: { Type: 'AWS::KMS::Key', Properties: { KeyPolicy: {}, EnableKeyRotation: true } },
    Role: { Type: 'AWS::IAM::Role', Properties: { AssumeRolePolicyDocument: {} } },
    Policy: {
      Type: 'AWS::IAM::Policy',
      Properties: {
        PolicyName: 'fixture',
        Roles: [{ Ref: 'Role' }],
        PolicyDocument: { Statement: [{ Effect: 'Allow', Action: 'kms:*', Resource: arnOf('Key') }] },
      },
    },
    Email: queueOf('fixture-email', { to: 'Sms', after: 3 }),
    Sms: queueOf('fixture-sms', { to: 'Final', after: 5 }),
    Final: queueOf('fixture-final'),
    Work: functionOf('work'),
    Queue: functionOf('queue'),
    Consume: functionOf('consume', 1),
    Fallback: functionOf('fallback'),
    Text: functionOf('text'),
    Read: functionOf('read'),
    EmailSource: sourceOf('Email', 'Consume', 10),
    SmsSource: sourceOf('Sms', 'Fallback', 10),
    Run: machineOf('fixture-run', runStates, 'Shards', 'Work'),
    Send: machineOf('fixture-send', sendStates, 'Queue', 'Queue'),
    Monthly: {
      Type: 'AWS::Scheduler::Schedule',
      Properties: {
        Name: 'fixture-monthly',
        ScheduleExpression: 'cron(0 12 1 * ? *)',
        ScheduleExpressionTimezone: 'Asia/Seoul',
        FlexibleTimeWindow: { Mode: 'OFF' },
        Target: {
          Arn: { Ref: 'Run' },
          RoleArn: arnOf('Role'),
          Input: '{"scheduledAt":"<aws.scheduler.scheduled-time>"}',
        },
      },
    },
    OnRunDone: {
      Type: 'AWS::Events::Rule',
      Properties: {
        EventPattern: { source: ['fixture.run'], 'detail-type': ['RunDone'] },
        State: 'ENABLED',
        Targets: [{ Arn: { Ref: 'Send' }, Id: 'Target0', InputPath: '$.detail', RoleArn: arnOf('Role') }],
      },
    },
  },
  Outputs: {
    TableName: { Value: { Ref: 'Table' } },
    RunArn: { Value: { Ref: 'Run' } },
    EmailUrl: { Value: { Ref: 'Email' } },
  },
});

/** Writes the assembly of a template; answers with its folder and how to remove it. */
export function writeAssembly(template: object = fixtureTemplate()): { folder: string; remove: () => void } {
  const folder = mkdtempSync(join(tmpdir(), 'tr1l-fixture-'));
  const files = { bundle: { source: { path: relative(folder, BUNDLE), packaging: 'zip' } } };
  writeFileSync(join(folder, `${STACK}.template.json`), JSON.stringify(template));
  writeFileSync(join(folder, `${STACK}.assets.json`), JSON.stringify({ version: '1', files }));
  return {
    folder,
    remove: () => {
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Starts the fixture's stack a minute before its schedule is due, sixty times faster than the wall clock. */
export async function startFixture(options: Partial<RuntimeOptions> = {}): Promise<Runtime> {
  const { folder, remove } = writeAssembly();
  try {
    return await startRuntime({
      template: folder,
      stackName: STACK,
      startAt: '2026-02-01T02:59:00Z',
      timeScale: 60,
      seed: 1,
      schedules: false,
      ...options,
    });
  } finally {
    remove();
  }
}

/** Invokes a function of the fixture and answers with what it returned; a failure is thrown. */
export async function call(runtime: Runtime, name: string, payload: unknown): Promise<unknown> {
  const result = await runtime.functions.get(`fixture-${name}`)?.invoke(payload);
  if (result?.kind === 'returned') return result.payload;
  throw new Error(`${name}: ${JSON.stringify(result)}`);
}

export type Item = Readonly<Record<string, unknown>>;

const clientOf = (runtime: Runtime, service: 'DYNAMODB' | 'SQS') => ({
  endpoint: runtime.env('test')[`AWS_ENDPOINT_URL_${service}`] ?? '',
  region: 'ap-northeast-2',
  credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
});

/** An item of the fixture's table. */
export async function itemOf(runtime: Runtime, pk: string, sk: string): Promise<Item | null> {
  const dynamo = new DynamoDBClient(clientOf(runtime, 'DYNAMODB'));
  try {
    const key = { pk: { S: pk }, sk: { S: sk } };
    const { Item: item } = await dynamo.send(
      new GetItemCommand({ TableName: runtime.resource('TableName'), Key: key }),
    );
    return item ? unmarshall(item) : null;
  } finally {
    dynamo.destroy();
  }
}

/** Takes what a queue without a consumer holds. */
export async function receive(runtime: Runtime, name: string): Promise<{ readonly body: unknown }[]> {
  const sqs = new SQSClient({ ...clientOf(runtime, 'SQS'), useQueueUrlAsEndpoint: false });
  try {
    const QueueUrl = runtime.resource('EmailUrl').replace('fixture-email', name);
    const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 }));
    return Messages.map(({ Body = 'null' }) => ({ body: JSON.parse(Body) as unknown }));
  } finally {
    sqs.destroy();
  }
}
