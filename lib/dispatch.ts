/** Dispatch: an approved run is planned, verified and released; queues feed the senders; waves release what comes due. */
import { Duration, TimeZone } from 'aws-cdk-lib';
import { Rule, RuleTargetInput } from 'aws-cdk-lib/aws-events';
import { SfnStateMachine } from 'aws-cdk-lib/aws-events-targets';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { SqsEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { ContextAttribute, Schedule, ScheduleExpression, ScheduleTargetInput } from 'aws-cdk-lib/aws-scheduler';
import { StepFunctionsStartExecution } from 'aws-cdk-lib/aws-scheduler-targets';
import {
  Choice,
  Condition,
  DefinitionBody,
  LogLevel,
  QueryLanguage,
  StateMachine,
} from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { RUN_APPROVED, SETTLEMENT_EVENT_SOURCE } from '../lambdas/contracts/run-approved.ts';
import {
  finalDeadLetterEnv,
  findDueEnv,
  listShardsEnv,
  planShardEnv,
  releaseShardEnv,
  retimeShardEnv,
  sendEmailEnv,
  sendSmsEnv,
  sweepShardEnv,
  verifyPlanEnv,
} from '../lambdas/dispatch/env.ts';
import { Feedback } from './feedback.ts';
import { NoticeQueues } from './queues.ts';
import { acknowledge, MACHINE_FINDINGS } from './shared/acknowledgements.ts';
import { invoke, shardMap } from './shared/invoke.ts';
import { PipelineFunction } from './shared/pipeline-function.ts';
import { SENDING, type Stage } from './shared/stage.ts';
import type { Storage } from './storage.ts';

/** What a child of PlanShards and VerifyPlan gets: the event RunApproved, and its shard. */
const SHARD_OF_APPROVED = {
  version: '{% $states.input.version %}',
  month: '{% $states.input.month %}',
  runId: '{% $states.input.runId %}',
  importId: '{% $states.input.importId %}',
  catalogDigest: '{% $states.input.catalogDigest %}',
  bucketCount: '{% $states.input.bucketCount %}',
  shardCount: '{% $states.input.shardCount %}',
  accounts: '{% $states.input.accounts %}',
  approvedAt: '{% $states.input.approvedAt %}',
  shard: '{% $states.context.Map.Item.Value %}',
};

/** What a child of ReleaseShards gets: one due marker. */
const DUE_MARKER = {
  slot: '{% $states.context.Map.Item.Value.slot %}',
  month: '{% $states.context.Map.Item.Value.month %}',
  shard: '{% $states.context.Map.Item.Value.shard %}',
  shardCount: '{% $states.context.Map.Item.Value.shardCount %}',
  bucketCount: '{% $states.context.Map.Item.Value.bucketCount %}',
};

/** What a child of SweepShards gets: one shard of a month. */
const PLANNED_SHARD = {
  month: '{% $states.context.Map.Item.Value.month %}',
  shard: '{% $states.context.Map.Item.Value.shard %}',
};

/** What a child of RetimeShards gets: one shard of the month, and the instant that a person gave. */
const RETIMED_SHARD = {
  ...PLANNED_SHARD,
  at: '{% $states.input.at %}',
};

/** A retry has accounts in some shards only. */
const SHARDS = '{% [ $states.input.shards ] %}';

export interface DispatchProps {
  readonly stage: Stage;
  readonly storage: Storage;
}

export class Dispatch extends Construct {
  readonly run: StateMachine;
  readonly queues: NoticeQueues;
  readonly feedback: Feedback;
  readonly functions: readonly PipelineFunction<string>[];

  constructor(scope: Construct, id: string, { stage, storage }: DispatchProps) {
    super(scope, id);
    const queues = new NoticeQueues(this, 'queues', { stage });
    this.queues = queues;
    const feedback = new Feedback(this, 'feedback', { stage, storage, queues });
    this.feedback = feedback;
    const environment = {
      ACCOUNTS_TABLE: storage.accounts.tableName,
      INVOICES_TABLE: storage.invoices.tableName,
      NOTICES_TABLE: storage.notices.tableName,
      CONTROL_TABLE: storage.control.tableName,
      EMAIL_QUEUE_URL: queues.email.queueUrl,
      SMS_QUEUE_URL: queues.sms.queueUrl,
      FINAL_QUEUE_URL: queues.final.queueUrl,
      SENDER_ADDRESS: stage.sender,
      CONFIGURATION_SET: feedback.configurationSet,
      LEASE_SECONDS: String(SENDING.lease),
      PROVIDER_TIMEOUT_SECONDS: String(SENDING.providerTimeout),
      EMAIL_WORKERS: String(stage.workers.email),
      SMS_WORKERS: String(stage.workers.sms),
      SMS_PRICE_WON: String(stage.smsPriceWon),
    };
    const shardWork = { stage, context: 'dispatch', environment, timeoutSeconds: 300, memoryMb: 1024 } as const;
    const short = { ...shardWork, timeoutSeconds: 60, memoryMb: 512 } as const;
    const sending = { ...shardWork, timeoutSeconds: SENDING.functionTimeout, memoryMb: 512 } as const;
    const [accounts, invoices] = [storage.accounts.tableArn, storage.invoices.tableArn];
    const [notices, control] = [storage.notices.tableArn, storage.control.tableArn];
    const [email, sms, final] = [queues.email.queueArn, queues.sms.queueArn, queues.final.queueArn];

    const planShard = new PipelineFunction(this, 'plan-shard', { ...shardWork, env: planShardEnv })
      .allow(['dynamodb:Query'], accounts, invoices)
      .allow(['dynamodb:PartiQLInsert', 'dynamodb:PartiQLUpdate', 'dynamodb:BatchGetItem', 'dynamodb:Query'], notices)
      .allow(['dynamodb:Query', 'dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:UpdateItem'], control);
    const verifyPlan = new PipelineFunction(this, 'verify-plan', { ...shardWork, env: verifyPlanEnv }).allow(
      ['dynamodb:Query'],
      invoices,
      notices,
    );
    const findDue = new PipelineFunction(this, 'find-due', { ...short, env: findDueEnv }).allow(
      ['dynamodb:Query', 'dynamodb:DeleteItem'],
      control,
    );
    const releaseShard = new PipelineFunction(this, 'release-shard', { ...shardWork, env: releaseShardEnv })
      .allow(['dynamodb:Query'], notices)
      .allow(
        ['dynamodb:Query', 'dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:UpdateItem', 'dynamodb:DeleteItem'],
        control,
      )
      .allow(['sqs:SendMessage', 'sqs:GetQueueAttributes'], email, sms);
    const listShards = new PipelineFunction(this, 'list-shards', { ...short, env: listShardsEnv }).allow(
      ['dynamodb:GetItem'],
      control,
    );
    const sweepShard = new PipelineFunction(this, 'sweep-shard', { ...shardWork, env: sweepShardEnv })
      .allow(['dynamodb:Query'], notices)
      .allow(['dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:UpdateItem'], control);
    const retimeShard = new PipelineFunction(this, 'retime-shard', { ...shardWork, env: retimeShardEnv })
      .allow(['dynamodb:Query', 'dynamodb:PartiQLUpdate'], notices)
      .allow(['dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:UpdateItem'], control);
    const sweep = new PipelineFunction(this, 'final-dead-letter', { ...short, env: finalDeadLetterEnv })
      .allow(['sqs:ReceiveMessage', 'sqs:ChangeMessageVisibility'], final)
      .allow(['dynamodb:BatchGetItem', 'dynamodb:PartiQLUpdate'], notices);

    const sendEmail = new PipelineFunction(this, 'send-email', { ...sending, env: sendEmailEnv });
    const sendSms = new PipelineFunction(this, 'send-sms', { ...sending, env: sendSmsEnv });
    for (const sender of [sendEmail, sendSms]) {
      sender
        .allow(['dynamodb:BatchGetItem', 'dynamodb:PartiQLUpdate'], notices)
        .allow(['dynamodb:Query', 'dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:UpdateItem'], control)
        .allow(['dynamodb:GetItem'], accounts)
        .allow(['kms:Decrypt'], storage.contactKey.keyArn)
        .allow(['sqs:SendMessage'], email, sms, final);
    }
    const domain = stage.sender.slice(stage.sender.indexOf('@') + 1);
    sendEmail.allow(['dynamodb:BatchGetItem'], control);
    sendEmail.allow(['ses:SendEmail'], sendEmail.arnOf('ses', `identity/${domain}`), feedback.configurationSetArn);
    // A publish to a phone number has no resource of its own; topics are shut out (Amazon SNS, "Using identity-based policies").
    sendSms.addToRolePolicy(
      new PolicyStatement({ actions: ['sns:Publish'], notResources: [sendSms.arnOf('sns', '*')] }),
    );
    const source = { batchSize: 10, reportBatchItemFailures: true };
    sendEmail.addEventSource(new SqsEventSource(queues.email, { ...source, maxConcurrency: stage.workers.email }));
    sendSms.addEventSource(new SqsEventSource(queues.sms, { ...source, maxConcurrency: stage.workers.sms }));
    this.functions = [
      planShard,
      verifyPlan,
      findDue,
      listShards,
      sweepShard,
      retimeShard,
      releaseShard,
      sweep,
      sendEmail,
      sendSms,
      feedback.deliveryFeedback,
    ];

    const approvedShards = {
      atOnce: stage.shardsAtOnce,
      items: SHARDS,
      itemSelector: SHARD_OF_APPROVED,
      outputs: '{% $states.input %}',
    };
    const plan = shardMap(this, 'PlanShards', { ...approvedShards, lambdaFunction: planShard });
    const verify = shardMap(this, 'VerifyPlan', { ...approvedShards, lambdaFunction: verifyPlan });
    // A wave asks for every month's markers, a plan for its own.
    const find = invoke(this, 'FindDue', findDue, '{% $states.input.month ? {"month": $states.input.month} : {} %}');
    const release = shardMap(this, 'ReleaseShards', {
      atOnce: stage.shardsAtOnce,
      items: '{% [ $states.input.due ] %}',
      itemSelector: DUE_MARKER,
      outputs: '{% {"released": $count($states.result)} %}',
      lambdaFunction: releaseShard,
    });
    const sweepFinal = invoke(this, 'SweepFinalQueue', sweep, {}, { outputs: '{% $states.input %}' });
    const due = find.next(release).next(sweepFinal);
    const listOverdue = invoke(this, 'ListOverdue', listShards, {});
    const shardsOfMonths = {
      atOnce: stage.shardsAtOnce,
      items: '{% [ $states.input.shards ] %}',
      outputs: '{% {} %}',
    };
    const sweepShards = shardMap(this, 'SweepShards', {
      ...shardsOfMonths,
      itemSelector: PLANNED_SHARD,
      lambdaFunction: sweepShard,
    });
    const listMonth = invoke(
      this,
      'ListMonth',
      listShards,
      { month: '{% $states.input.retime.month %}' },
      {
        outputs: {
          shards: '{% $states.result.Payload.shards %}',
          at: '{% $exists($states.input.retime.at) ? $states.input.retime.at : null %}',
        },
      },
    );
    const retimeShards = shardMap(this, 'RetimeShards', {
      ...shardsOfMonths,
      itemSelector: RETIMED_SHARD,
      lambdaFunction: retimeShard,
    });
    const start = Choice.jsonata(this, 'IsWave')
      .when(Condition.jsonata('{% $exists($states.input.sweep) %}'), listOverdue.next(sweepShards).next(due))
      .when(Condition.jsonata('{% $exists($states.input.retime) %}'), listMonth.next(retimeShards).next(due))
      .when(Condition.jsonata('{% $exists($states.input.wave) %}'), due)
      .otherwise(plan.next(verify).next(due));

    this.run = new StateMachine(this, 'dispatch-run', {
      stateMachineName: `tr1l-${stage.name}-dispatch-run`,
      queryLanguage: QueryLanguage.JSONATA,
      definitionBody: DefinitionBody.fromChainable(start),
      tracingEnabled: true,
      logs: {
        level: LogLevel.ALL,
        includeExecutionData: false,
        destination: new LogGroup(this, 'dispatch-run-logs', {
          logGroupName: `/aws/vendedlogs/states/tr1l-${stage.name}-dispatch-run`,
          retention: stage.logRetention,
        }),
      },
    });

    acknowledge(this.run, MACHINE_FINDINGS);

    new Rule(this, 'run-approved', {
      ruleName: `tr1l-${stage.name}-run-approved`,
      description: 'When a settlement run is approved, its notices are planned',
      eventPattern: { source: [SETTLEMENT_EVENT_SOURCE], detailType: [RUN_APPROVED] },
      targets: [
        new SfnStateMachine(this.run, {
          input: RuleTargetInput.fromEventPath('$.detail'),
          maxEventAge: Duration.hours(24),
          retryAttempts: 185,
        }),
      ],
    });
    new Schedule(this, 'sweep', {
      scheduleName: `tr1l-${stage.name}-sweep`,
      description: 'Brings back the notices whose marker or message was lost',
      schedule: ScheduleExpression.expression('cron(5 9 * * ? *)', TimeZone.ASIA_SEOUL),
      target: new StepFunctionsStartExecution(this.run, {
        input: ScheduleTargetInput.fromObject({ sweep: ContextAttribute.scheduledTime }),
      }),
    });
    new Schedule(this, 'waves', {
      scheduleName: `tr1l-${stage.name}-waves`,
      description: 'Releases the notices that have come due',
      schedule: ScheduleExpression.expression('cron(0/10 * * * ? *)', TimeZone.ASIA_SEOUL),
      target: new StepFunctionsStartExecution(this.run, {
        input: ScheduleTargetInput.fromObject({ wave: ContextAttribute.scheduledTime }),
      }),
    });
  }
}
