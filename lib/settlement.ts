/** Settlement: the schedule starts a run, shards write invoices, every shard is proved, and the approval is published. */
import { TimeZone } from 'aws-cdk-lib';
import { Schedule, ScheduleExpression, ScheduleTargetInput, ContextAttribute } from 'aws-cdk-lib/aws-scheduler';
import { StepFunctionsStartExecution } from 'aws-cdk-lib/aws-scheduler-targets';
import {
  Choice,
  Condition,
  DefinitionBody,
  IntegrationPattern,
  LogLevel,
  Pass,
  QueryLanguage,
  StateMachine,
  type IChainable,
} from 'aws-cdk-lib/aws-stepfunctions';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { awaitDecisionEnv, closeRunEnv, openRunEnv, shardEnv } from '../lambdas/settlement/env.ts';
import { RUN_FAULTS } from '../lambdas/contracts/run-faults.ts';
import { acknowledge, MACHINE_FINDINGS } from './shared/acknowledgements.ts';
import { invoke, shardMap } from './shared/invoke.ts';
import { PipelineFunction } from './shared/pipeline-function.ts';
import { publishRunApproved } from './shared/run-approved-event.ts';
import type { Stage } from './shared/stage.ts';
import { RUNS_TABLE_KEYS, type Storage } from './storage.ts';

const READ_ITEM = 'dynamodb:GetItem';
const PUT_ITEM = 'dynamodb:PutItem';
const UPDATE_ITEM = 'dynamodb:UpdateItem';
const QUERY = 'dynamodb:Query';
const { deployment: DEPLOYMENT, imports: IMPORTS, months: MONTHS, runs: RUNS } = RUNS_TABLE_KEYS;

/** What a child of SettleShards and VerifyShards gets: the run as OpenRun pinned it, and its shard. */
const SHARD_OF_RUN = {
  month: '{% $states.input.month %}',
  runId: '{% $states.input.runId %}',
  importId: '{% $states.input.importId %}',
  catalogDigest: '{% $states.input.catalogDigest %}',
  bucketCount: '{% $states.input.bucketCount %}',
  shardCount: '{% $states.input.shardCount %}',
  shard: '{% $states.context.Map.Item.Value %}',
};

/** A retry has accounts in some shards only. */
const SHARDS = '{% [ $states.input.shards ] %}';

export interface SettlementProps {
  readonly stage: Stage;
  readonly storage: Storage;
}

export class Settlement extends Construct {
  readonly run: StateMachine;
  readonly functions: readonly PipelineFunction<string>[];
  /** Invoked whenever an execution begins to wait for a person. */
  readonly awaitDecision: PipelineFunction<string>;

  constructor(scope: Construct, id: string, { stage, storage }: SettlementProps) {
    super(scope, id);
    const tables = {
      ACCOUNTS_TABLE: storage.accounts.tableName,
      USAGE_TABLE: storage.usage.tableName,
      INVOICES_TABLE: storage.invoices.tableName,
      REJECTIONS_TABLE: storage.rejections.tableName,
      RUNS_TABLE: storage.runs.tableName,
      CATALOGS_BUCKET: storage.catalogs.bucketName,
      BUCKET_COUNT: String(stage.bucketCount),
    };
    const common = { stage, context: 'settlement', environment: tables } as const;
    const runs = storage.runs.tableArn;
    const catalogs = storage.catalogs.arnForObjects('catalogs/*');
    const read = [storage.accounts, storage.usage, storage.invoices, storage.rejections].map((each) => each.tableArn);

    const openRun = new PipelineFunction(this, 'open-run', {
      ...common,
      env: openRunEnv,
      // A retry looks up each of its accounts, 5,000 at most.
      timeoutSeconds: 300,
      memoryMb: 1769,
    })
      .allow([QUERY], ...read)
      // It puts the run and notes it on the month's pointer to the import, in one transaction (ADR 0023).
      .allowKeys([READ_ITEM], [DEPLOYMENT, IMPORTS, MONTHS], runs)
      .allowKeys([QUERY], [MONTHS], runs)
      .allowKeys([PUT_ITEM], [MONTHS, RUNS], runs)
      .allowKeys([UPDATE_ITEM], [MONTHS], runs)
      .allow(['s3:GetObject'], catalogs);
    const settleShard = new PipelineFunction(this, 'settle-shard', {
      ...common,
      env: shardEnv,
      timeoutSeconds: 300,
      memoryMb: 1769,
    })
      .allow([QUERY], ...read)
      // An INSERT cannot overwrite: this is the whole of what may be written to invoices (ADR 0003).
      .allow(['dynamodb:PartiQLInsert'], storage.invoices.tableArn)
      .allow(['dynamodb:PartiQLInsert', 'dynamodb:PartiQLUpdate'], storage.rejections.tableArn)
      .allowKeys([READ_ITEM], [MONTHS, RUNS], runs)
      .allowKeys([PUT_ITEM], [RUNS], runs)
      .allow(['s3:GetObject'], catalogs);
    const verifyShard = new PipelineFunction(this, 'verify-shard', {
      ...common,
      env: shardEnv,
      timeoutSeconds: 300,
      memoryMb: 1769,
    })
      .allow([QUERY], ...read)
      .allowKeys([READ_ITEM], [MONTHS, RUNS], runs)
      .allowKeys([PUT_ITEM], [RUNS], runs)
      // It bills a shard anew when its tally differs, to name what was changed.
      .allow(['s3:GetObject'], catalogs);
    const closeRun = new PipelineFunction(this, 'close-run', {
      ...common,
      env: closeRunEnv,
      timeoutSeconds: 60,
      memoryMb: 512,
    })
      .allowKeys([READ_ITEM, UPDATE_ITEM], [MONTHS], runs)
      .allowKeys([QUERY], [RUNS], runs);
    const stateMachineName = `tr1l-${stage.name}-settlement-run`;
    // By its name: the machine itself refers to the function.
    closeRun.allow(['states:SendTaskSuccess'], closeRun.arnOf('states', `stateMachine:${stateMachineName}`));
    this.awaitDecision = new PipelineFunction(this, 'await-decision', {
      ...common,
      env: awaitDecisionEnv,
      timeoutSeconds: 60,
      memoryMb: 512,
    })
      .allowKeys([READ_ITEM], [MONTHS], runs)
      .allowKeys([PUT_ITEM], [RUNS], runs);
    this.functions = [openRun, settleShard, verifyShard, closeRun, this.awaitDecision];

    const shards = {
      atOnce: stage.shardsAtOnce,
      items: SHARDS,
      itemSelector: SHARD_OF_RUN,
      outputs: '{% $states.input %}',
    };
    const open = invoke(this, 'OpenRun', openRun, {
      input: '{% $states.input %}',
      executionId: '{% $states.context.Execution.Id %}',
    });
    const settle = shardMap(this, 'SettleShards', { ...shards, lambdaFunction: settleShard });
    const verify = shardMap(this, 'VerifyShards', { ...shards, lambdaFunction: verifyShard });
    const close = invoke(this, 'CloseRun', closeRun, {
      month: '{% $states.input.month %}',
      runId: '{% $states.input.runId %}',
    });
    const publish = publishRunApproved(this);
    publish.next(Pass.jsonata(this, 'Settled'));
    // However the wait ends, the decision is read from the run's record.
    const wait = invoke(
      this,
      'WaitForDecision',
      this.awaitDecision,
      {
        month: '{% $states.input.month %}',
        runId: '{% $states.input.runId %}',
        token: '{% $states.context.Task.Token %}',
        executionId: '{% $states.context.Execution.Id %}',
      },
      { integrationPattern: IntegrationPattern.WAIT_FOR_TASK_TOKEN, outputs: '{% $states.input %}' },
    );
    wait.addCatch(close, { errors: [RUN_FAULTS.isDecided], outputs: '{% $states.input %}' });
    wait.next(close);
    close.next(
      Choice.jsonata(this, 'IsDecided')
        .when(Condition.jsonata("{% $states.input.outcome = 'approved' %}"), publish)
        .when(Condition.jsonata("{% $states.input.outcome = 'rejected' %}"), Pass.jsonata(this, 'Rejected'))
        .otherwise(wait),
    );
    const approve: IChainable = settle.next(verify).next(close);
    const choose = Choice.jsonata(this, 'IsApprovedAlready')
      // Published again: the event may have been lost after the decision, and everybody left out with it (ADR 0008).
      .when(Condition.jsonata("{% $states.input.outcome = 'already-approved' %}"), publish)
      .otherwise(approve);

    this.run = new StateMachine(this, 'settlement-run', {
      stateMachineName,
      queryLanguage: QueryLanguage.JSONATA,
      definitionBody: DefinitionBody.fromChainable(open.next(choose)),
      tracingEnabled: true,
      logs: {
        level: LogLevel.ALL,
        includeExecutionData: false,
        destination: new LogGroup(this, 'settlement-run-logs', {
          logGroupName: `/aws/vendedlogs/states/tr1l-${stage.name}-settlement-run`,
          retention: stage.logRetention,
        }),
      },
    });

    acknowledge(this.run, MACHINE_FINDINGS);
    for (const reader of [openRun, settleShard, verifyShard])
      if (reader.role)
        acknowledge(reader.role, { IAM5: 'Every catalog is read by its digest: any object below catalogs/.' });

    new Schedule(this, 'monthly', {
      scheduleName: `tr1l-${stage.name}-settlement`,
      description: 'Settles the month before',
      schedule: ScheduleExpression.expression(stage.settlementSchedule, TimeZone.ASIA_SEOUL),
      target: new StepFunctionsStartExecution(this.run, {
        input: ScheduleTargetInput.fromObject({ scheduledAt: ContextAttribute.scheduledTime }),
      }),
    });
  }
}
