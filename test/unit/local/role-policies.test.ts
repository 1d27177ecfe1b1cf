/** What the roles of a template allow. */
import { expect, it } from 'vitest';
import { rolePolicies } from '../../../tools/local/role-policies.ts';
import { resolveTemplate } from '../../../tools/local/template.ts';
import { fixtureTemplate } from '../../support/local-fixture.ts';

const KEY = 'arn:aws:kms:ap-northeast-2:000000000000:key/fixture-key';

const isAllowed = (statement: object) => {
  const template = fixtureTemplate();
  const { Policy: policy } = template.Resources;
  Object.assign(policy?.['Properties'] as object, { PolicyDocument: { Statement: [statement] } });
  const { resources } = resolveTemplate(template, 'Fixture');
  const of = (type: string) => resources.filter((resource) => resource.type === type);
  return rolePolicies(of('AWS::Lambda::Function'), of('AWS::IAM::Policy'));
};

it.each([
  ['the action on the key', { Action: 'kms:Decrypt', Resource: KEY }, true],
  ['one of several actions', { Action: ['kms:Encrypt', 'kms:Decrypt'], Resource: [KEY] }, true],
  ['every action, of every key', { Action: 'kms:*', Resource: '*' }, true],
  ['actions that begin likewise', { Action: 'kms:Dec*', Resource: `${KEY.slice(0, -4)}*` }, true],
  ['another action', { Action: 'kms:Encrypt', Resource: KEY }, false],
  ['another key', { Action: 'kms:Decrypt', Resource: `${KEY}2` }, false],
  ['a key whose name has a dot for a letter', { Action: 'kms:Decrypt', Resource: KEY.replace('-key', '.key') }, false],
  ['a denial', { Effect: 'Deny', Action: 'kms:Decrypt', Resource: KEY }, false],
])('a role that says %s', (_, statement, expected) => {
  expect(isAllowed({ Effect: 'Allow', ...statement })('fixture-work', 'kms:Decrypt', KEY)).toBe(expected);
});

it('who is no function of the template is an operator', () => {
  const may = isAllowed({ Effect: 'Allow', Action: 's3:GetObject', Resource: '*' });
  expect([may('npm start', 'kms:Decrypt', KEY), may('fixture-work', 'kms:Decrypt', KEY)]).toEqual([true, false]);
});
