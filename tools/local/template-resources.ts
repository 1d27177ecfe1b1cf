/** Which resources of a template the local runtime knows, which it does not need, and what they are called. */
import { ACCOUNT, REGION } from './aws-json.ts';

/** A resource as the template has it; `Properties` may hold intrinsics. */
export interface RawResource {
  readonly Type: string;
  readonly Properties?: Readonly<Record<string, unknown>>;
  readonly Condition?: string;
}

/** Resource types that do nothing on one machine, and why. */
export const NOT_NEEDED_LOCALLY: Readonly<Record<string, string>> = {
  'AWS::IAM::Role': 'only the use of keys is authorised on one machine, by policies',
  'AWS::IAM::ManagedPolicy': 'only the use of keys is authorised on one machine, by policies',
  'AWS::Lambda::Permission': 'only the use of keys is authorised on one machine, by policies',
  'AWS::SQS::QueuePolicy': 'only the use of keys is authorised on one machine, by policies',
  'AWS::S3::BucketPolicy': 'only the use of keys is authorised on one machine, by policies',
  'AWS::SNS::TopicPolicy': 'only the use of keys is authorised on one machine, by policies',
  'AWS::Events::EventBusPolicy': 'only the use of keys is authorised on one machine, by policies',
  'AWS::Logs::ResourcePolicy': 'only the use of keys is authorised on one machine, by policies',
  'AWS::Logs::LogGroup': 'logs go to out/logs',
  'AWS::Logs::MetricFilter': 'there are no alarms on one machine',
  'AWS::CloudWatch::Alarm': 'there are no alarms on one machine',
  'AWS::CloudWatch::CompositeAlarm': 'there are no alarms on one machine',
  'AWS::CloudWatch::Dashboard': 'the run shows its own progress and report',
  'AWS::SNS::Topic': 'only alarms publish to topics',
  'AWS::SNS::Subscription': 'only alarms publish to topics',
  'AWS::Scheduler::ScheduleGroup': 'schedules have unique names here',
  'AWS::SES::EmailIdentity': 'the simulated provider takes every sender',
  'AWS::CDK::Metadata': 'it tells AWS which constructs are used',
};

/**
 * Properties by type: `used` are carried out here, `ignored` make no difference here. Any other property is refused,
 * as a runtime that overlooks one would show another system than the one that deploys.
 */
export const KNOWN_PROPERTIES: Readonly<Record<string, { used: readonly string[]; ignored: readonly string[] }>> = {
  'AWS::DynamoDB::Table': {
    used: ['TableName', 'KeySchema', 'AttributeDefinitions', 'BillingMode', 'GlobalSecondaryIndexes'],
    // Time to live is the wall clock's: items of a simulated month would all be expired.
    ignored: [
      'DeletionProtectionEnabled',
      'OnDemandThroughput',
      'PointInTimeRecoverySpecification',
      'SSESpecification',
      'TableClass',
      'Tags',
      'TimeToLiveSpecification',
      'WarmThroughput',
    ],
  },
  'AWS::SQS::Queue': {
    used: ['QueueName', 'VisibilityTimeout', 'DelaySeconds', 'RedrivePolicy', 'ReceiveMessageWaitTimeSeconds'],
    ignored: ['KmsMasterKeyId', 'MessageRetentionPeriod', 'RedriveAllowPolicy', 'SqsManagedSseEnabled', 'Tags'],
  },
  'AWS::S3::Bucket': {
    used: ['BucketName'],
    ignored: [
      'BucketEncryption',
      'LifecycleConfiguration',
      'LoggingConfiguration',
      'OwnershipControls',
      'PublicAccessBlockConfiguration',
      'Tags',
      'VersioningConfiguration',
    ],
  },
  'AWS::KMS::Key': {
    used: [],
    ignored: ['Description', 'EnableKeyRotation', 'KeyPolicy', 'PendingWindowInDays', 'RotationPeriodInDays', 'Tags'],
  },
  'AWS::IAM::Policy': { used: ['PolicyDocument', 'Roles'], ignored: ['PolicyName'] },
  'AWS::KMS::Alias': { used: ['AliasName', 'TargetKeyId'], ignored: [] },
  'AWS::Lambda::Function': {
    used: ['FunctionName', 'Code', 'Handler', 'Runtime', 'Environment', 'Timeout', 'MemorySize', 'PackageType', 'Role'],
    ignored: [
      'Architectures',
      'Description',
      'LoggingConfig',
      'RecursiveLoop',
      'ReservedConcurrentExecutions',
      'Tags',
      'TracingConfig',
    ],
  },
  'AWS::Lambda::EventSourceMapping': {
    used: [
      'BatchSize',
      'Enabled',
      'EventSourceArn',
      'FunctionName',
      'FunctionResponseTypes',
      'MaximumBatchingWindowInSeconds',
      'ScalingConfig',
    ],
    ignored: ['Tags', 'MetricsConfig'],
  },
  'AWS::StepFunctions::StateMachine': {
    used: ['StateMachineName', 'DefinitionString', 'DefinitionSubstitutions', 'RoleArn', 'StateMachineType'],
    ignored: ['LoggingConfiguration', 'Tags', 'TracingConfiguration'],
  },
  'AWS::Events::Rule': {
    used: ['Name', 'EventPattern', 'State', 'Targets', 'EventBusName'],
    ignored: ['Description', 'Tags'],
  },
  'AWS::SES::ConfigurationSet': {
    used: ['Name'],
    ignored: ['DeliveryOptions', 'ReputationOptions', 'SendingOptions', 'SuppressionOptions', 'Tags', 'VdmOptions'],
  },
  'AWS::SES::ConfigurationSetEventDestination': { used: ['ConfigurationSetName', 'EventDestination'], ignored: [] },
  'AWS::Scheduler::Schedule': {
    used: ['Name', 'ScheduleExpression', 'ScheduleExpressionTimezone', 'FlexibleTimeWindow', 'State', 'Target'],
    ignored: ['Description', 'GroupName'],
  },
};

const NAME_PROPERTIES: Readonly<Record<string, string>> = {
  'AWS::DynamoDB::Table': 'TableName',
  'AWS::SQS::Queue': 'QueueName',
  'AWS::S3::Bucket': 'BucketName',
  'AWS::KMS::Alias': 'AliasName',
  'AWS::Lambda::Function': 'FunctionName',
  'AWS::StepFunctions::StateMachine': 'StateMachineName',
  'AWS::Events::Rule': 'Name',
  'AWS::Scheduler::Schedule': 'Name',
  'AWS::Scheduler::ScheduleGroup': 'Name',
  'AWS::Logs::LogGroup': 'LogGroupName',
  'AWS::IAM::Role': 'RoleName',
  'AWS::SNS::Topic': 'TopicName',
  'AWS::SES::ConfigurationSet': 'Name',
};

/** The property that names a resource of a type, if it can be named. */
export const namePropertyOf = (type: string): string | undefined => NAME_PROPERTIES[type];

const arn = (service: string, rest: string): string => `arn:aws:${service}:${REGION}:${ACCOUNT}:${rest}`;

/** What `Ref` gives for a resource. */
export function refOf(type: string, name: string): string {
  if (type === 'AWS::SQS::Queue') return `https://sqs.${REGION}.amazonaws.com/${ACCOUNT}/${name}`;
  if (type === 'AWS::StepFunctions::StateMachine') return arn('states', `stateMachine:${name}`);
  if (type === 'AWS::SNS::Topic') return arn('sns', name);
  return name;
}

const ATTRIBUTES: Readonly<Record<string, Readonly<Record<string, (name: string) => string>>>> = {
  'AWS::DynamoDB::Table': { Arn: (name) => arn('dynamodb', `table/${name}`) },
  'AWS::SQS::Queue': {
    Arn: (name) => arn('sqs', name),
    QueueName: (name) => name,
    QueueUrl: (name) => refOf('AWS::SQS::Queue', name),
  },
  'AWS::S3::Bucket': {
    Arn: (name) => `arn:aws:s3:::${name}`,
    RegionalDomainName: (name) => `${name}.s3.${REGION}.amazonaws.com`,
  },
  'AWS::KMS::Key': { Arn: (name) => arn('kms', `key/${name}`), KeyId: (name) => name },
  'AWS::Lambda::Function': { Arn: (name) => arn('lambda', `function:${name}`) },
  'AWS::StepFunctions::StateMachine': {
    Arn: (name) => arn('states', `stateMachine:${name}`),
    Name: (name) => name,
  },
  'AWS::Events::Rule': { Arn: (name) => arn('events', `rule/${name}`) },
  'AWS::Scheduler::Schedule': { Arn: (name) => arn('scheduler', `schedule/default/${name}`) },
  'AWS::Scheduler::ScheduleGroup': { Arn: (name) => arn('scheduler', `schedule-group/${name}`) },
  'AWS::Logs::LogGroup': { Arn: (name) => arn('logs', `log-group:${name}:*`) },
  'AWS::IAM::Role': { Arn: (name) => `arn:aws:iam::${ACCOUNT}:role/${name}` },
  'AWS::SNS::Topic': { TopicArn: (name) => arn('sns', name), TopicName: (name) => name },
  'AWS::CloudWatch::Alarm': { Arn: (name) => arn('cloudwatch', `alarm:${name}`) },
};

/** What `Fn::GetAtt` gives for a resource, if it is known. */
export const attributeOf = (type: string, name: string, attribute: string): string | undefined =>
  ATTRIBUTES[type]?.[attribute]?.(name);
