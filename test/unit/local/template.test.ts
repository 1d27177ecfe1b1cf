import { describe, expect, it } from 'vitest';
import { startRuntime } from '../../../tools/local/runtime.ts';
import { resolveTemplate, TemplateRefused } from '../../../tools/local/template.ts';
import { fixtureTemplate, STACK, writeAssembly } from '../../support/local-fixture.ts';

type Template = ReturnType<typeof fixtureTemplate>;

function problemsOf(change: (template: Template) => void): readonly string[] {
  const template = fixtureTemplate();
  change(template);
  try {
    resolveTemplate(template, STACK);
    return [];
  } catch (thrown) {
    if (thrown instanceof TemplateRefused) return thrown.problems;
    throw thrown;
  }
}

const properties = (template: Template, id: string): Record<string, unknown> =>
  template.Resources[id]?.['Properties'] as Record<string, unknown>;

describe('a template', () => {
  it('is resolved to names, ARNs and URLs', () => {
    const { resources, outputs } = resolveTemplate(fixtureTemplate(), STACK);
    const work = resources.find(({ logicalId }) => logicalId === 'Work');
    expect(work?.properties['Environment']).toEqual({
      Variables: {
        TABLE: 'fixture-items',
        BUCKET: 'fixture-objects',
        KEY_ARN: 'arn:aws:kms:ap-northeast-2:000000000000:key/fixture-key',
        QUEUE_URL: 'https://sqs.ap-northeast-2.amazonaws.com/000000000000/fixture-email',
      },
    });
    expect(work?.properties['Code']).toMatchObject({ S3Bucket: 'assets-000000000000-ap-northeast-2' });
    expect(outputs['RunArn']).toBe('arn:aws:states:ap-northeast-2:000000000000:stateMachine:fixture-run');
    expect(resources.some(({ type }) => type === 'AWS::IAM::Role')).toBe(false);
  });

  it('computes joins, selections, splits and substitutions, and leaves out what has no value', () => {
    const { resources } = resolveTemplate(
      {
        Resources: {
          Key: {
            Type: 'AWS::KMS::Alias',
            Properties: {
              AliasName: { 'Fn::Join': ['/', ['alias', { 'Fn::Select': [1, { 'Fn::Split': ['-', 'a-b'] }] }]] },
              TargetKeyId: { 'Fn::Sub': ['${!literal} ${own} ${AWS::Partition}', { own: { Ref: 'AWS::StackName' } }] },
            },
          },
          Queue: { Type: 'AWS::SQS::Queue', Properties: { DelaySeconds: { Ref: 'AWS::NoValue' } } },
        },
      },
      STACK,
    );
    expect(resources.map(({ name, properties: own }) => [name, own])).toEqual([
      ['alias/b', { AliasName: 'alias/b', TargetKeyId: '${literal} Fixture aws' }],
      ['fixture-queue', {}],
    ]);
  });

  it('is refused with everything that is not known, by name', () => {
    const problems = problemsOf((template) => {
      template.Resources['Cluster'] = { Type: 'AWS::ECS::Cluster' };
      template.Resources['Email'] = { ...template.Resources['Email'], CreationPolicy: {} };
      properties(template, 'Email')['FifoQueue'] = true;
      properties(template, 'Work')['Role'] = { 'Fn::GetAtt': ['Role', 'Arn'] };
      properties(template, 'Work')['MemorySize'] = { 'Fn::FindInMap': ['a', 'b', 'c'] };
      properties(template, 'Work')['Timeout'] = { Ref: 'Nobody' };
      properties(template, 'Text')['Timeout'] = { 'Fn::GetAtt': ['Table', 'StreamArn'] };
      Object.assign(template, { Transform: 'AWS::Serverless-2016-10-31' });
    });
    expect(problems).toHaveLength(7);
    for (const part of [
      'Transform',
      'AWS::ECS::Cluster',
      'CreationPolicy',
      'FifoQueue',
      'Fn::FindInMap',
      'Nobody',
      'StreamArn',
    ]) {
      expect(problems.filter((problem) => problem.includes(part))).toHaveLength(1);
    }
  });

  it('is refused before anything is started, if a part of it does more than its runner can', async () => {
    const template = fixtureTemplate();
    properties(template, 'EmailSource')['BatchSize'] = 100;
    properties(template, 'Monthly')['ScheduleExpression'] = 'cron(0 12 1 * ?)';
    properties(template, 'OnRunDone')['EventPattern'] = { source: [{ prefix: 'fixture' }] };
    properties(template, 'Work')['Runtime'] = 'python3.13';
    properties(template, 'Run')['DefinitionString'] = JSON.stringify({
      QueryLanguage: 'JSONata',
      StartAt: 'A',
      States: { A: { Type: 'Activity', End: true } },
    });
    const { folder, remove } = writeAssembly(template);
    const starting = startRuntime({
      template: folder,
      stackName: STACK,
      startAt: '2026-02-01T00:00:00Z',
      timeScale: 1,
      seed: 1,
    });
    const refused = await starting.catch((thrown: unknown) => thrown);
    remove();
    expect(refused).toBeInstanceOf(TemplateRefused);
    expect((refused as TemplateRefused).problems).toEqual([
      expect.stringContaining('python3.13'),
      expect.stringContaining('a batch of 100 needs a batching window'),
      expect.stringContaining('Activity'),
      expect.stringContaining('does not have six fields'),
      expect.stringContaining('the event pattern of source'),
    ]);
  });

  it('that was never written is asked for', async () => {
    const options = { startAt: '2026-02-01T00:00:00Z', timeScale: 1, seed: 1 };
    await expect(startRuntime({ template: '/nowhere', ...options })).rejects.toThrow("run 'npm run synth' first");
  });
});
