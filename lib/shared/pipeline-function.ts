/** A function of the pipeline: arm64, Node 24, its log group, and an environment that its handler declares. */
import { Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Effect, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Architecture, Code, Function, LoggingFormat, Runtime } from 'aws-cdk-lib/aws-lambda';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import { bundleOf } from './lambda-code.ts';
import type { Stage } from './stage.ts';

export interface PipelineFunctionProps<Key extends string> {
  readonly stage: Stage;
  readonly context: 'import' | 'settlement' | 'dispatch';
  /** The keys that the handler reads, from `lambdas/<context>/env.ts`: one left out does not compile. */
  readonly env: readonly Key[];
  readonly environment: Readonly<Record<Key, string>>;
  readonly timeoutSeconds: number;
  readonly memoryMb: number;
}

/** The id of the construct is the name of the handler's file. */
export class PipelineFunction<Key extends string> extends Function {
  constructor(scope: Construct, id: string, props: PipelineFunctionProps<Key>) {
    const { stage, context } = props;
    const functionName = `tr1l-${stage.name}-${id}`;
    const logGroup = new LogGroup(scope, `${id}-logs`, {
      logGroupName: `/aws/lambda/${functionName}`,
      retention: stage.logRetention,
      removalPolicy: stage.isDisposable ? RemovalPolicy.DESTROY : RemovalPolicy.RETAIN,
    });
    const role = new Role(scope, `${id}-role`, { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
    super(scope, id, {
      functionName,
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      code: Code.fromAsset(bundleOf(context, id)),
      handler: 'index.handler',
      timeout: Duration.seconds(props.timeoutSeconds),
      memorySize: props.memoryMb,
      environment: {
        ...Object.fromEntries(props.env.map((key) => [key, props.environment[key]])),
        POWERTOOLS_SERVICE_NAME: id,
        LOG_LEVEL: 'INFO',
        NODE_OPTIONS: '--enable-source-maps',
      },
      loggingFormat: LoggingFormat.JSON,
      logGroup,
      role,
    });
    // Its own log group and nothing else: the managed policy would allow every group.
    logGroup.grantWrite(role);
  }

  /** Allows these actions on these resources: named ones, no wildcard of a service. */
  allow(actions: readonly string[], ...resources: readonly string[]): this {
    this.addToRolePolicy(
      new PolicyStatement({ effect: Effect.ALLOW, actions: [...actions], resources: [...resources] }),
    );
    return this;
  }

  /** Allows these actions on the items of a table whose partition keys are like one of these, and on no others. */
  allowKeys(actions: readonly string[], keys: readonly string[], table: string): this {
    this.addToRolePolicy(
      new PolicyStatement({
        effect: Effect.ALLOW,
        actions: [...actions],
        resources: [table],
        conditions: {
          'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': [...keys] },
          Null: { 'dynamodb:LeadingKeys': 'false' },
        },
      }),
    );
    return this;
  }

  /** Allows these actions on a key, for data keys of imports alone: those that are bound to an import's id. */
  allowWithContext(actions: readonly string[], key: string): this {
    this.addToRolePolicy(
      new PolicyStatement({
        effect: Effect.ALLOW,
        actions: [...actions],
        resources: [key],
        conditions: {
          'ForAllValues:StringEquals': { 'kms:EncryptionContextKeys': ['importId'] },
          Null: { 'kms:EncryptionContextKeys': 'false' },
        },
      }),
    );
    return this;
  }

  /** Allows reading these attributes of the items of tables, and no others: a request must name what it wants. */
  allowAttributes(actions: readonly string[], attributes: readonly string[], tables: readonly string[]): this {
    this.addToRolePolicy(
      new PolicyStatement({
        effect: Effect.ALLOW,
        actions: [...actions],
        resources: [...tables],
        conditions: {
          'ForAllValues:StringEquals': { 'dynamodb:Attributes': [...attributes] },
          StringEqualsIfExists: { 'dynamodb:Select': 'SPECIFIC_ATTRIBUTES' },
        },
      }),
    );
    return this;
  }

  /** The region's ARN of a resource of this account. */
  arnOf(service: string, rest: string): string {
    const { partition, region, account } = Stack.of(this);
    return `arn:${partition}:${service}:${region}:${account}:${rest}`;
  }
}
