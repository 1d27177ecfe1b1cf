/** `tr1l policy`: the versions of the dispatch policy, and when a notice may go under one. */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { Command } from 'commander';
import { completePolicy } from '../../lambdas/dispatch/domain/complete-policy.ts';
import { instantOf, type Instant } from '../../lambdas/kernel/dates.ts';
import { clock } from '../../lambdas/platform/clock.ts';
import { audited, auditOf } from '../ops/audit-log.ts';
import { activatePolicy, listPolicies, putDraft, type PolicyVersion } from '../ops/policies.ts';
import { answerCases } from '../ops/when-cases.ts';
import { checkedPolicy } from './checked-policy.ts';
import { inputToRead, listed } from './files.ts';
import {
  CallerFault,
  commandGroup,
  flag,
  month,
  option,
  optional,
  optionCommand,
  REASON,
  wholeNumber,
  word,
} from './options.ts';
import { namedOutputs } from './stack-outputs.ts';
import { STACK } from './stack-options.ts';

type PolicyOutputs = Readonly<Record<'ControlTable' | 'RunsTable' | 'AuditTable', string>>;
const readPolicyOutputs = (path: string, stack: string): PolicyOutputs =>
  namedOutputs(path, stack, ['ControlTable', 'RunsTable', 'AuditTable']);
const POLICY_FILE = option('--policy <file>', 'the policy as JSON; parts left out take their defaults', inputToRead);
const VERSION = word('version', 'the version of the policy', wholeNumber(1, 9999));
const EXPECTED = optional('--month <YYYY-MM>', "hold the rates against the accounts of this month's import", month);

const instant = (text: string): Instant => {
  const ms = /^\d{4}-\d{2}-\d{2}T[\d:.]+(Z|[+-]\d{2}:\d{2})$/.test(text) ? Date.parse(text) : NaN;
  if (!Number.isNaN(ms)) return instantOf(ms);
  throw new CallerFault(`must be an instant such as 2026-02-01T09:00:00+09:00, not "${text}"`);
};

export const policyCommand = (): Command =>
  commandGroup('policy', 'Dispatch policies: versions, and when a notice may go.', [
    newCommand(),
    checkCommand(),
    activateCommand(),
    listCommand(),
    showCommand(),
    whenCommand(),
  ]);

const whenCommand = (): Command =>
  optionCommand(
    'when',
    'Answer, for JSON Lines of {policy, preferences, month, channel, now}, when each notice may go.',
    { cases: option('--cases <file>', 'the cases as JSON Lines', inputToRead) },
    async ({ cases }) => {
      const { answers, problems } = await answerCases(cases);
      if (problems.length > 0) throw new CallerFault(listed('no case was answered:', problems));
      process.stdout.write(answers.map((answer) => `${JSON.stringify(answer)}\n`).join(''));
    },
  );

const checkCommand = (): Command =>
  optionCommand(
    'check',
    'Say whether a policy can hold, with every fault; with --month also whether its rates can.',
    {
      policy: POLICY_FILE,
      month: EXPECTED,
      outputs: optional('--outputs <file>', STACK.outputs.description, inputToRead),
      stack: STACK.stack,
    },
    async ({ policy, month, outputs, stack }) => {
      if (month !== null && outputs === null)
        throw new CallerFault('--month asks a deployed stack: --outputs must be given too');
      const place = outputs === null ? null : readPolicyOutputs(outputs, stack);
      const { warnings } = await checkedPolicy(policy, month, place);
      process.stdout.write(['The policy can hold.', ...warnings].join('\n') + '\n');
    },
  );

const newCommand = (): Command =>
  optionCommand(
    'new',
    'Write a draft of the next version. Nothing is sent by it until it is activated.',
    {
      policy: POLICY_FILE,
      effectiveFrom: optional(
        '--effective-from <instant>',
        'when it takes effect; at its activation without it',
        instant,
      ),
      month: EXPECTED,
      reason: REASON,
      ...STACK,
    },
    async ({ policy: path, effectiveFrom, month, reason, outputs, stack }) => {
      const place = readPolicyOutputs(outputs, stack);
      const { json, warnings } = await checkedPolicy(path, month, place);
      const dynamo = new DynamoDBClient({});
      const at = clock.now();
      const version = await audited(
        auditOf(dynamo, place.AuditTable, clock.now),
        { command: 'policy new', target: 'the next policy', reason, outcome: 'drafted' },
        () => putDraft(dynamo, place.ControlTable, json, effectiveFrom ?? at),
        (drafted) => ({ target: `policy ${drafted}` }),
      );
      process.stdout.write([`Policy ${version} is a draft.`, ...warnings].join('\n') + '\n');
    },
  );

const activateCommand = (): Command =>
  optionCommand(
    'activate',
    'Activate a draft. From then on it never changes; notices that are planned already keep theirs.',
    { version: VERSION, reason: REASON, ...STACK },
    async ({ version, reason, outputs, stack }) => {
      const place = readPolicyOutputs(outputs, stack);
      const dynamo = new DynamoDBClient({});
      const at = clock.now();
      const draft = await oneVersion(dynamo, place, version, at);
      if (draft.status !== 'DRAFT') throw notADraft(version, draft.status);
      const activation = await audited(
        auditOf(dynamo, place.AuditTable, clock.now),
        { command: 'policy activate', target: `policy ${version}`, reason, outcome: 'activated' },
        () => activatePolicy(dynamo, place.ControlTable, draft, at),
        (done) => ({
          outcome:
            done.outcome === 'activated' ? `activated, in force from ${done.from}` : 'refused: no draft any more',
        }),
      );
      if (activation.outcome === 'unknown-version') throw unknownVersion(version);
      if (activation.outcome === 'not-a-draft') throw notADraft(version, activation.status);
      process.stdout.write(`Policy ${version} is active, in force from ${activation.from}.\n`);
    },
  );

const listCommand = (): Command =>
  optionCommand('list', 'List all versions.', { json: flag('--json', 'as JSON lines'), ...STACK }, async (options) => {
    const { ControlTable } = readPolicyOutputs(options.outputs, options.stack);
    const versions = await listPolicies(new DynamoDBClient({}), ControlTable, clock.now());
    const lines = versions.map(options.json ? (each) => JSON.stringify(each) : rowOf);
    if (lines.length === 0 && !options.json) lines.push('No version yet: the default policy is in force.');
    process.stdout.write(lines.map((line) => `${line}\n`).join(''));
  });

const showCommand = (): Command =>
  optionCommand(
    'show',
    'Show one version, every part spelled out.',
    { version: VERSION, ...STACK },
    async (options) => {
      const place = readPolicyOutputs(options.outputs, options.stack);
      const found = await oneVersion(new DynamoDBClient({}), place, options.version, clock.now());
      process.stdout.write(`${JSON.stringify({ ...found, policy: completePolicy(found.policy) }, null, 2)}\n`);
    },
  );

const rowOf = ({ version, status, effectiveFrom, inForce }: PolicyVersion): string =>
  `${String(version).padStart(4)}  ${status.padEnd(7)}  from ${effectiveFrom}${inForce ? '  in force' : ''}`;

const notADraft = (version: number, status: string): CallerFault =>
  new CallerFault(`policy ${version} is ${status} already; only a draft can be activated`);

const unknownVersion = (version: number): CallerFault =>
  new CallerFault(`there is no policy ${version} ("tr1l policy list" shows all)`);

async function oneVersion(
  dynamo: DynamoDBClient,
  { ControlTable }: PolicyOutputs,
  version: number,
  now: Instant,
): Promise<PolicyVersion> {
  const found = (await listPolicies(dynamo, ControlTable, now)).find((each) => each.version === version);
  if (!found) throw unknownVersion(version);
  return found;
}
