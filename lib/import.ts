/** The import of a month's files: cut into parts, checked whole, then sealed and stored, closed and put in force. */
import {
  Choice,
  Condition,
  DefinitionBody,
  LogLevel,
  Pass,
  QueryLanguage,
  StateMachine,
} from 'aws-cdk-lib/aws-stepfunctions';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { acceptImportEnv, checkPartEnv, closeImportEnv, openImportEnv, writePartEnv } from '../lambdas/import/env.ts';
import { acknowledge, MACHINE_FINDINGS } from './shared/acknowledgements.ts';
import { invoke, shardMap } from './shared/invoke.ts';
import { PipelineFunction } from './shared/pipeline-function.ts';
import type { Stage } from './shared/stage.ts';
import { RUNS_TABLE_KEYS, type Storage } from './storage.ts';

const GET_OBJECT = 's3:GetObject';
const PUT_OBJECT = 's3:PutObject';
const READ_ITEM = 'dynamodb:GetItem';
const PUT_ITEM = 'dynamodb:PutItem';
const QUERY = 'dynamodb:Query';
const INSERT = 'dynamodb:PartiQLInsert';
const { deployment: DEPLOYMENT, imports: IMPORTS, months: MONTHS } = RUNS_TABLE_KEYS;

/** What a child of CheckParts gets; one of WriteParts, beside it, the import. A child cannot read its parent's input. */
const PART_OF_JOB = {
  month: '{% $states.input.month %}',
  jobId: '{% $states.input.jobId %}',
  part: '{% $states.context.Map.Item.Value %}',
};
const ALL_PARTS = '{% [0..$states.input.partCount - 1] %}';

export interface ImportProps {
  readonly stage: Stage;
  readonly storage: Storage;
}

export class Import extends Construct {
  readonly run: StateMachine;
  readonly functions: readonly PipelineFunction<string>[];

  constructor(scope: Construct, id: string, { stage, storage }: ImportProps) {
    super(scope, id);
    const { accounts, usage, runs, incoming } = storage;
    const environment = {
      INCOMING_BUCKET: incoming.bucketName,
      CATALOGS_BUCKET: storage.catalogs.bucketName,
      ACCOUNTS_TABLE: accounts.tableName,
      USAGE_TABLE: usage.tableName,
      RUNS_TABLE: runs.tableName,
      CONTACT_KEY: storage.contactKey.keyArn,
      BUCKET_COUNT: String(stage.bucketCount),
      PART_BYTES: String(stage.importPartBytes),
    };
    const small = { stage, context: 'import', environment, timeoutSeconds: 60, memoryMb: 512 } as const;
    const large = { ...small, timeoutSeconds: 300, memoryMb: 1769 } as const;
    const under = (...prefixes: string[]) => prefixes.map((prefix) => incoming.arnForObjects(`${prefix}/*`));

    const openImport = new PipelineFunction(this, 'open-import', {
      ...large,
      // It reads both files through, once: some minutes for 10 million accounts.
      timeoutSeconds: 900,
      env: openImportEnv,
    })
      .allow([GET_OBJECT], ...under('incoming'))
      .allow([PUT_OBJECT], ...under('jobs'), storage.catalogs.arnForObjects('catalogs/*'));
    const checkPart = new PipelineFunction(this, 'check-part', { ...large, env: checkPartEnv })
      .allow([GET_OBJECT], ...under('incoming', 'jobs'))
      .allow([PUT_OBJECT], ...under('jobs', 'refused'));
    const acceptImport = new PipelineFunction(this, 'accept-import', { ...small, env: acceptImportEnv })
      .allow([GET_OBJECT], ...under('jobs'))
      .allowKeys([READ_ITEM], [DEPLOYMENT, IMPORTS, MONTHS], runs.tableArn)
      .allowKeys([QUERY], [MONTHS], runs.tableArn)
      .allowKeys([PUT_ITEM], [DEPLOYMENT], runs.tableArn)
      .allow([INSERT], accounts.tableArn)
      .allowWithContext(['kms:GenerateDataKeyWithoutPlaintext'], storage.contactKey.keyArn);
    const writePart = new PipelineFunction(this, 'write-part', { ...large, env: writePartEnv })
      .allow([GET_OBJECT], ...under('incoming', 'jobs'))
      .allow([PUT_OBJECT], ...under('jobs'))
      .allowKeys([READ_ITEM], [IMPORTS], runs.tableArn)
      // An INSERT cannot overwrite: what is stored of an import never changes.
      .allow([INSERT], accounts.tableArn, usage.tableArn)
      .allowAttributes(
        [READ_ITEM, 'dynamodb:BatchGetItem'],
        ['pk', 'sk', 'line', 'wrappedKey', 'keyVersion'],
        [accounts.tableArn, usage.tableArn],
      )
      .allowWithContext(['kms:Decrypt'], storage.contactKey.keyArn);
    const closeImport = new PipelineFunction(this, 'close-import', { ...small, env: closeImportEnv })
      .allow([GET_OBJECT], ...under('jobs'))
      .allow([PUT_OBJECT], ...under('refused'))
      .allowKeys([READ_ITEM], [IMPORTS, MONTHS], runs.tableArn)
      .allowKeys([QUERY], [MONTHS], runs.tableArn)
      .allowKeys([PUT_ITEM], [IMPORTS, MONTHS], runs.tableArn);
    this.functions = [openImport, checkPart, acceptImport, writePart, closeImport];
    // Without it S3 answers that a file which is missing is forbidden. A condition on the prefix would take it away: the
    // question whether an object is there has none.
    for (const fn of [openImport, checkPart, writePart]) fn.allow(['s3:ListBucket'], incoming.bucketArn);
    for (const { role } of this.functions)
      if (role)
        acknowledge(role, { IAM5: 'Files, parts and catalogs have names of their own: any object below a prefix.' });

    const maps = { atOnce: stage.partsAtOnce, item: 'part', items: ALL_PARTS, outputs: '{% $states.input %}' };
    const open = invoke(this, 'OpenImport', openImport, '{% $states.input %}');
    const check = shardMap(this, 'CheckParts', { ...maps, itemSelector: PART_OF_JOB, lambdaFunction: checkPart });
    const accept = invoke(this, 'AcceptImport', acceptImport, '{% $states.input %}');
    const write = shardMap(this, 'WriteParts', {
      ...maps,
      itemSelector: { ...PART_OF_JOB, importId: '{% $states.input.importId %}' },
      lambdaFunction: writePart,
    });
    const close = invoke(this, 'CloseImport', closeImport, '{% $states.input %}');
    const imported = Pass.jsonata(this, 'Imported');
    const whatIsLeft = Choice.jsonata(this, 'WhatIsLeft')
      .when(Condition.jsonata("{% $states.input.outcome = 'unchanged' %}"), imported)
      .when(Condition.jsonata("{% $states.input.outcome = 'closed' %}"), close)
      .otherwise(write.next(close).next(imported));

    this.run = new StateMachine(this, 'import-month', {
      stateMachineName: `tr1l-${stage.name}-import-month`,
      queryLanguage: QueryLanguage.JSONATA,
      definitionBody: DefinitionBody.fromChainable(open.next(check).next(accept).next(whatIsLeft)),
      tracingEnabled: true,
      logs: {
        level: LogLevel.ALL,
        includeExecutionData: false,
        destination: new LogGroup(this, 'import-month-logs', {
          logGroupName: `/aws/vendedlogs/states/tr1l-${stage.name}-import-month`,
          retention: stage.logRetention,
        }),
      },
    });
    acknowledge(this.run, MACHINE_FINDINGS);
  }
}
