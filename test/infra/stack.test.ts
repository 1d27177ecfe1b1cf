import { readFileSync } from 'node:fs';
import { Match } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import * as dispatchEnv from '../../lambdas/dispatch/env.ts';
import { MOST_WORKERS } from '../../lambdas/dispatch/domain/spacing.ts';
import * as importEnv from '../../lambdas/import/env.ts';
import * as settlementEnv from '../../lambdas/settlement/env.ts';
import { SENDING } from '../../lib/shared/stage.ts';
import { statementsOf } from '../support/statements.ts';
import { synthesize } from '../support/synth.ts';

const dev = synthesize('dev');
const prod = synthesize('prod');

type Resources = Readonly<Record<string, { readonly Properties: Record<string, unknown> } & Record<string, unknown>>>;
const of = (type: string, { template } = prod): Resources => template.findResources(type) as Resources;
const byName = (type: string, property: string, name: string, stage = prod) => {
  const found = Object.values(of(type, stage)).find(({ Properties: p }) => p[property] === name);
  if (!found) throw new Error(`the template has no ${type} ${name}`);
  return found;
};
const queue = (name: string) => byName('AWS::SQS::Queue', 'QueueName', `tr1l-prod-${name}`).Properties;
const fn = (name: string) => byName('AWS::Lambda::Function', 'FunctionName', `tr1l-prod-${name}`).Properties;

const FUNCTIONS: Readonly<Record<string, readonly string[]>> = {
  'open-import': importEnv.openImportEnv,
  'check-part': importEnv.checkPartEnv,
  'accept-import': importEnv.acceptImportEnv,
  'write-part': importEnv.writePartEnv,
  'close-import': importEnv.closeImportEnv,
  'open-run': settlementEnv.openRunEnv,
  'settle-shard': settlementEnv.shardEnv,
  'verify-shard': settlementEnv.shardEnv,
  'close-run': settlementEnv.closeRunEnv,
  'await-decision': settlementEnv.awaitDecisionEnv,
  'plan-shard': dispatchEnv.planShardEnv,
  'verify-plan': dispatchEnv.verifyPlanEnv,
  'find-due': dispatchEnv.findDueEnv,
  'list-shards': dispatchEnv.listShardsEnv,
  'sweep-shard': dispatchEnv.sweepShardEnv,
  'retime-shard': dispatchEnv.retimeShardEnv,
  'release-shard': dispatchEnv.releaseShardEnv,
  'send-email': dispatchEnv.sendEmailEnv,
  'send-sms': dispatchEnv.sendSmsEnv,
  'final-dead-letter': dispatchEnv.finalDeadLetterEnv,
  'delivery-feedback': dispatchEnv.deliveryFeedbackEnv,
};

describe('tables', () => {
  const names = ['accounts', 'usage', 'invoices', 'rejections', 'runs', 'notices', 'dispatch-control', 'audit'];

  it.each(names)('%s: keys, on demand, restorable, and not lost with the stack', (name) => {
    const table = byName('AWS::DynamoDB::Table', 'TableName', `tr1l-prod-${name}`);
    expect(table).toMatchObject({ DeletionPolicy: 'Retain', UpdateReplacePolicy: 'Retain' });
    expect(table.Properties).toMatchObject({
      KeySchema: [
        { AttributeName: 'pk', KeyType: 'HASH' },
        { AttributeName: 'sk', KeyType: 'RANGE' },
      ],
      BillingMode: 'PAY_PER_REQUEST',
      DeletionProtectionEnabled: true,
      PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
    });
    expect(table.Properties).not.toHaveProperty('GlobalSecondaryIndexes');
  });

  it('are all there are, and go with the stack in dev alone', () => {
    expect(Object.keys(of('AWS::DynamoDB::Table'))).toHaveLength(names.length);
    for (const table of Object.values(of('AWS::DynamoDB::Table', dev)))
      expect(table).toMatchObject({ DeletionPolicy: 'Delete' });
    expect([prod.stack.terminationProtection, dev.stack.terminationProtection]).toEqual([true, false]);
  });
});

describe('queues', () => {
  const targetOf = (name: string) => {
    const { deadLetterTargetArn, maxReceiveCount } = queue(name)['RedrivePolicy'] as {
      deadLetterTargetArn: { 'Fn::GetAtt': [string, string] };
      maxReceiveCount: number;
    };
    const target = of('AWS::SQS::Queue')[deadLetterTargetArn['Fn::GetAtt'][0]];
    return { target: target?.Properties['QueueName'], maxReceiveCount };
  };

  it('fall from email to SMS to the final one, by receives that may be counted across the chain', () => {
    expect(targetOf('email')).toEqual({ target: 'tr1l-prod-sms', maxReceiveCount: 15 });
    expect(targetOf('sms')).toEqual({ target: 'tr1l-prod-final', maxReceiveCount: 30 });
    expect(queue('final')).not.toHaveProperty('RedrivePolicy');
  });

  it('allow the redrive from the one before alone', () => {
    for (const [name, source] of [
      ['sms', 'email'],
      ['final', 'sms'],
    ] as const) {
      const allow = JSON.stringify(queue(name)['RedriveAllowPolicy']);
      expect(allow).toContain('byQueue');
      expect(allow).toContain(`tr1l-prod-${source}`);
    }
  });

  it('keep messages longer than the one before, whose age they keep', () => {
    const retention = ['email', 'sms', 'final'].map((name) => Number(queue(name)['MessageRetentionPeriod']));
    expect(retention).toEqual([...retention].sort((a, b) => a - b));
    expect(new Set(retention).size).toBe(3);
  });

  it('are encrypted and refuse plain HTTP', () => {
    for (const { Properties } of Object.values(of('AWS::SQS::Queue')))
      expect(Properties).toMatchObject({ SqsManagedSseEnabled: true });
    expect(JSON.stringify(of('AWS::SQS::QueuePolicy')).match(/aws:SecureTransport/g)).toHaveLength(5);
  });
});

describe('functions', () => {
  it('are the ones with a declared environment', () => {
    const names = Object.values(of('AWS::Lambda::Function')).map(({ Properties: p }) => String(p['FunctionName']));
    expect(names.sort()).toEqual(
      Object.keys(FUNCTIONS)
        .map((name) => `tr1l-prod-${name}`)
        .sort(),
    );
  });

  it.each(Object.entries(FUNCTIONS))('%s: arm64, Node 24, its own log group, exactly its variables', (name, env) => {
    const properties = fn(name);
    expect(properties).toMatchObject({ Architectures: ['arm64'], Runtime: 'nodejs24.x', Handler: 'index.handler' });
    expect(JSON.stringify(properties['LoggingConfig'])).toContain('JSON');
    const { Variables: variables } = properties['Environment'] as { Variables: object };
    const common = ['LOG_LEVEL', 'NODE_OPTIONS', 'POWERTOOLS_SERVICE_NAME'];
    expect(Object.keys(variables).sort()).toEqual([...env, ...common].sort());
  });

  it('keep logs for a time', () => {
    const groups = Object.values(of('AWS::Logs::LogGroup'));
    expect(groups.length).toBeGreaterThanOrEqual(Object.keys(FUNCTIONS).length);
    for (const { Properties: p } of groups) expect(p['RetentionInDays']).toBe(400);
  });

  it.each(['email', 'sms'])(
    'send-%s: provider < function < lease < visibility, six times the function at least',
    (channel) => {
      const { Timeout: timeout, Environment: environment } = fn(`send-${channel}`) as {
        Timeout: number;
        Environment: { Variables: Record<string, string> };
      };
      const provider = Number(environment.Variables['PROVIDER_TIMEOUT_SECONDS']);
      const lease = Number(environment.Variables['LEASE_SECONDS']);
      const visibility = Number(queue(channel)['VisibilityTimeout']);
      expect(provider).toBeLessThan(timeout);
      expect(timeout).toBeLessThan(lease);
      expect(lease).toBeLessThan(visibility);
      expect(visibility).toBeGreaterThanOrEqual(6 * timeout);
      expect({ provider, timeout, lease, visibility }).toEqual({
        provider: SENDING.providerTimeout,
        timeout: SENDING.functionTimeout,
        lease: SENDING.lease,
        visibility: SENDING.visibility,
      });
    },
  );

  it.each(['email', 'sms'])('send-%s: no more workers than can keep the least rate of a policy', (channel) => {
    const { Variables } = fn(`send-${channel}`)['Environment'] as { Variables: Record<string, string> };
    const workers = Number(Variables[`${channel.toUpperCase()}_WORKERS`]);
    expect(workers).toBeGreaterThan(0);
    expect(workers).toBeLessThanOrEqual(MOST_WORKERS);
  });

  it('take messages ten at a time, at a bounded concurrency, and report each failure alone', () => {
    const mappings = Object.values(of('AWS::Lambda::EventSourceMapping')).map(({ Properties: p }) => p);
    expect(mappings).toHaveLength(3);
    for (const mapping of mappings)
      expect(mapping).toMatchObject({
        BatchSize: 10,
        FunctionResponseTypes: ['ReportBatchItemFailures'],
        ScalingConfig: { MaximumConcurrency: expect.any(Number) as number },
      });
  });
});

describe('permissions', () => {
  const actionsOn = (name: string, table: string): string[] =>
    statementsOf(prod.template, name)
      .filter(({ resources }) => resources.some((resource) => resource.includes(`storage${table}`)))
      .flatMap(({ actions }) => actions)
      .sort();

  it('settle-shard can only insert and read invoices', () => {
    expect(actionsOn('settle-shard', 'invoices')).toEqual(['dynamodb:PartiQLInsert', 'dynamodb:Query']);
  });

  it('nobody else writes invoices', () => {
    for (const name of Object.keys(FUNCTIONS).filter((each) => each !== 'settle-shard'))
      for (const action of actionsOn(name, 'invoices')) expect(action).toBe('dynamodb:Query');
  });

  it('only the import seals, and only it and the senders can open: settlement has no key', () => {
    const keyActions = (name: string) =>
      statementsOf(prod.template, name)
        .flatMap(({ actions }) => actions)
        .filter((action) => action.startsWith('kms:'));
    const found = Object.keys(FUNCTIONS).flatMap((name) => keyActions(name).map((action) => `${name} ${action}`));
    expect(found).toEqual([
      'accept-import kms:GenerateDataKeyWithoutPlaintext',
      'write-part kms:Decrypt',
      'send-email kms:Decrypt',
      'send-sms kms:Decrypt',
    ]);
  });

  it('the import opens data keys of imports alone, and reads of what is stored no contact', () => {
    for (const [name, action] of [
      ['accept-import', 'kms:GenerateDataKeyWithoutPlaintext'],
      ['write-part', 'kms:Decrypt'],
    ] as const) {
      const [statement] = statementsOf(prod.template, name).filter(({ actions }) => actions.includes(action));
      expect(statement?.conditions).toEqual({
        'ForAllValues:StringEquals': { 'kms:EncryptionContextKeys': ['importId'] },
        Null: { 'kms:EncryptionContextKeys': 'false' },
      });
    }
    const reads = statementsOf(prod.template, 'write-part').filter(
      ({ actions, resources }) =>
        actions.includes('dynamodb:GetItem') && resources.some((each) => each.includes('storageaccounts')),
    );
    expect(reads.map(({ conditions }) => conditions)).toEqual([
      {
        'ForAllValues:StringEquals': { 'dynamodb:Attributes': ['pk', 'sk', 'line', 'wrappedKey', 'keyVersion'] },
        StringEqualsIfExists: { 'dynamodb:Select': 'SPECIFIC_ATTRIBUTES' },
      },
    ]);
  });

  it('accounts and usage are inserted by the import, and changed by nobody', () => {
    const reads = ['dynamodb:BatchGetItem', 'dynamodb:GetItem', 'dynamodb:Query'];
    const writes = (name: string) =>
      ['accounts', 'usage'].flatMap((table) => actionsOn(name, table)).filter((action) => !reads.includes(action));
    const writers = Object.keys(FUNCTIONS).filter((name) => writes(name).length > 0);
    expect(writers).toEqual(['accept-import', 'write-part']);
    for (const name of writers) expect(new Set(writes(name))).toEqual(new Set(['dynamodb:PartiQLInsert']));
  });

  it('incoming files are read by the import alone, and expire', () => {
    const readers = Object.keys(FUNCTIONS).filter((name) =>
      statementsOf(prod.template, name).some(({ resources }) => resources.some((each) => each.includes('incoming'))),
    );
    expect(readers).toEqual(['open-import', 'check-part', 'accept-import', 'write-part', 'close-import']);
    const [bucket] = Object.entries(of('AWS::S3::Bucket')).filter(([id]) => id.includes('incoming'));
    expect(bucket?.[1].Properties['LifecycleConfiguration']).toMatchObject({ Rules: [{ ExpirationInDays: 30 }] });
  });

  it('only close-run may answer task tokens, those of its own machine', () => {
    const answers = (name: string) =>
      statementsOf(prod.template, name).filter(({ actions }) => actions.some((action) => action.startsWith('states:')));
    expect(Object.keys(FUNCTIONS).filter((name) => answers(name).length > 0)).toEqual(['close-run']);
    const [{ actions, resources } = { actions: [], resources: [] }] = answers('close-run');
    expect([actions, resources]).toEqual([
      ['states:SendTaskSuccess'],
      [expect.stringContaining('stateMachine:tr1l-prod-settlement-run')],
    ]);
  });

  it.each(Object.keys(FUNCTIONS))('%s: no wildcard on tables, queues or keys, and no action with one', (name) => {
    for (const { actions, resources } of statementsOf(prod.template, name)) {
      for (const action of actions) expect(action).not.toContain('*');
      const isTracing = actions.every((action) => action.startsWith('xray:') || action === 'sns:Publish');
      if (isTracing) continue;
      for (const resource of resources.filter((each) => each.includes('*')))
        expect(resource).toMatch(/(catalogs|incoming|jobs|refused)\/\*$/);
    }
  });

  it('an SMS may go to numbers only, never to a topic', () => {
    const [publish] = statementsOf(prod.template, 'send-sms').filter(({ actions }) => actions.includes('sns:Publish'));
    expect(publish?.resources).toEqual([]);
    expect(JSON.stringify(publish?.notResources)).toContain(':sns:');
  });
});

describe('schedules and events', () => {
  it('settle on the 1st and release every ten minutes, in Korean time', () => {
    prod.template.hasResourceProperties('AWS::Scheduler::Schedule', {
      Name: 'tr1l-prod-settlement',
      ScheduleExpression: 'cron(0 3 1 * ? *)',
      ScheduleExpressionTimezone: 'Asia/Seoul',
      Target: Match.objectLike({ Input: '{"scheduledAt":"<aws.scheduler.scheduled-time>"}' }),
    });
    prod.template.hasResourceProperties('AWS::Scheduler::Schedule', {
      Name: 'tr1l-prod-waves',
      ScheduleExpression: 'cron(0/10 * * * ? *)',
      ScheduleExpressionTimezone: 'Asia/Seoul',
      Target: Match.objectLike({ Input: '{"wave":"<aws.scheduler.scheduled-time>"}' }),
    });
    prod.template.hasResourceProperties('AWS::Scheduler::Schedule', {
      Name: 'tr1l-prod-sweep',
      ScheduleExpression: 'cron(5 9 * * ? *)',
      ScheduleExpressionTimezone: 'Asia/Seoul',
      Target: Match.objectLike({ Input: '{"sweep":"<aws.scheduler.scheduled-time>"}' }),
    });
    dev.template.hasResourceProperties('AWS::Scheduler::Schedule', { ScheduleExpression: 'cron(0 12 1 * ? *)' });
  });

  it('start dispatch with what RunApproved says', () => {
    prod.template.hasResourceProperties('AWS::Events::Rule', {
      EventPattern: { source: ['tr1l.settlement'], 'detail-type': ['RunApproved'] },
      Targets: [Match.objectLike({ InputPath: '$.detail', RetryPolicy: Match.anyValue() })],
    });
  });

  it('take nothing of an email’s event but ids and codes, and only of our own emails', () => {
    const rules = Object.values(of('AWS::Events::Rule')).map(({ Properties: p }) => p);
    const ofEmails = rules.filter((rule) => JSON.stringify(rule['EventPattern']).includes('aws.ses'));
    expect(ofEmails).toHaveLength(4);
    for (const { EventPattern: pattern, Targets: targets } of ofEmails) {
      expect(pattern).toMatchObject({
        detail: { mail: { tags: { 'ses:configuration-set': ['tr1l-prod'], noticeId: [{ exists: true }] } } },
      });
      const [{ InputTransformer: transformer }] = targets as [{ InputTransformer: { InputPathsMap: object } }];
      for (const path of Object.values(transformer.InputPathsMap))
        expect(path).toMatch(
          /^\$\.detail\.(eventType|mail\.messageId|mail\.tags\.\w+\[0\]|bounce\.bounce(Sub)?Type|complaint\.complaintSubType)$/,
        );
    }
  });

  it('publish to the bus what SES tells of an email, and nothing about opening it', () => {
    prod.template.hasResourceProperties('AWS::SES::ConfigurationSetEventDestination', {
      EventDestination: {
        Enabled: true,
        MatchingEventTypes: ['send', 'delivery', 'bounce', 'complaint', 'reject', 'renderingFailure'],
      },
    });
    expect(fn('send-email')['Environment']).toMatchObject({ Variables: { CONFIGURATION_SET: 'tr1l-prod' } });
  });

  it('raise alarms whose names the runbook explains', () => {
    const names = Object.values(of('AWS::CloudWatch::Alarm')).map(({ Properties: p }) => String(p['AlarmName']));
    const runbook = readFileSync(new URL('../../docs/runbook.md', import.meta.url), 'utf8');
    expect(names.length).toBeGreaterThan(0);
    for (const name of names) expect(runbook).toContain(`\n## ${name.replace('tr1l-prod-', '')}\n`);
    for (const { Properties: p } of Object.values(of('AWS::CloudWatch::Alarm')))
      expect(p['AlarmActions']).toHaveLength(1);
  });
});
