/** What each role may do in the runs table, by the partitions that its function works on; and who may see what is missing in S3. */
import { expect, it } from 'vitest';
import { statementsOf } from '../support/statements.ts';
import { synthesize } from '../support/synth.ts';

const { template } = synthesize('prod');
const names = (
  Object.values(template.findResources('AWS::Lambda::Function')) as { Properties: { FunctionName: string } }[]
).map(({ Properties: { FunctionName } }) => FunctionName.replace('tr1l-prod-', ''));

/** The grants of a role: each action, and the partition keys that it is for. */
const GRANTS: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  'accept-import': {
    GetItem: ['DEPLOYMENT', 'IMPORT#*', 'MONTH#*'],
    Query: ['MONTH#*'],
    PutItem: ['DEPLOYMENT'],
  },
  'write-part': { GetItem: ['IMPORT#*'] },
  'close-import': { GetItem: ['IMPORT#*', 'MONTH#*'], Query: ['MONTH#*'], PutItem: ['IMPORT#*', 'MONTH#*'] },
  'open-run': {
    GetItem: ['DEPLOYMENT', 'IMPORT#*', 'MONTH#*'],
    Query: ['MONTH#*'],
    PutItem: ['MONTH#*', 'RUN#*'],
    UpdateItem: ['MONTH#*'],
  },
  'settle-shard': { GetItem: ['MONTH#*', 'RUN#*'], PutItem: ['RUN#*'] },
  'verify-shard': { GetItem: ['MONTH#*', 'RUN#*'], PutItem: ['RUN#*'] },
  'close-run': { GetItem: ['MONTH#*'], UpdateItem: ['MONTH#*'], Query: ['RUN#*'] },
  'await-decision': { GetItem: ['MONTH#*'], PutItem: ['RUN#*'] },
};

it.each(names)('%s: works on the partitions of the runs table that are its own, and on no other', (name) => {
  const found = statementsOf(template, name)
    .filter(({ resources }) => resources.some((each) => each.includes('storageruns')))
    .flatMap(({ actions, conditions }) => actions.map((action) => [action.replace('dynamodb:', ''), conditions]));
  const expected = Object.entries(GRANTS[name] ?? {}).map(([action, keys]) => [
    action,
    { 'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': keys }, Null: { 'dynamodb:LeadingKeys': 'false' } },
  ]);
  expect(found.sort()).toEqual(expected.sort());
});

it('only who tells a missing file from a forbidden one may list the incoming bucket', () => {
  const listers = names.filter((name) =>
    statementsOf(template, name).some(({ actions }) => actions.includes('s3:ListBucket')),
  );
  expect(listers.sort()).toEqual(['check-part', 'open-import', 'write-part']);
});
