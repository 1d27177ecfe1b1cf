/** `tr1l policy` as a person runs it, against the tables of a stack. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PutItemCommand, ScanCommand, type DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { policyStore } from '../../lambdas/dispatch/adapters/policy-store.ts';
import { instantOf, type Instant } from '../../lambdas/kernel/dates.ts';
import { activatePolicy } from '../../tools/ops/policies.ts';
import { startTable } from '../support/dynamo-table.ts';
import { runTr1l } from '../support/run-tr1l.ts';

const folder = mkdtempSync(join(tmpdir(), 'tr1l-policy-'));
let dynamo: DynamoDBClient;
let stop: () => Promise<void>;

const put = (TableName: string, item: object) => dynamo.send(new PutItemCommand({ TableName, Item: marshall(item) }));

beforeAll(async () => {
  const tables = await startTable('control', 'runs', 'audit');
  ({ dynamo, stop } = tables);
  await put('runs', { pk: 'MONTH#2026-01', sk: 'IMPORT', importId: 'I1' });
  await put('runs', {
    ...{ pk: 'IMPORT#I1', sk: 'IMPORT', month: '2026-01', status: 'CLOSED', bucketCount: 64 },
    ...{ accounts: 5_000_000, usageRecords: 0, catalogDigest: '0'.repeat(64) },
  });
  writeFileSync(
    join(folder, 'outputs.json'),
    JSON.stringify({ 'Tr1l-dev': { ControlTable: 'control', RunsTable: 'runs', AuditTable: 'audit' } }),
  );
  Object.assign(process.env, {
    AWS_ENDPOINT_URL_DYNAMODB: tables.url,
    AWS_REGION: 'ap-northeast-2',
    AWS_ACCESS_KEY_ID: 'local',
    AWS_SECRET_ACCESS_KEY: 'local',
  });
});
afterAll(async () => {
  await stop();
  rmSync(folder, { recursive: true });
});

const policyFile = (policy: object): string => {
  const path = join(folder, 'policy.json');
  writeFileSync(path, JSON.stringify(policy));
  return path;
};
const policy = (...words: string[]) => runTr1l('policy', ...words, '--outputs', join(folder, 'outputs.json'));
const items = async (TableName: string) =>
  ((await dynamo.send(new ScanCommand({ TableName }))).Items ?? []).map((item) => unmarshall(item));

describe('tr1l policy', () => {
  it('refuses a policy whose rate cannot move the month, and states the rate that can', async () => {
    const path = policyFile({ rate: { email: 14 } });
    const { code, stderr } = policy('new', '--policy', path, '--month', '2026-01', '--reason', 'trial');
    expect(code).toBe(2);
    // 5,000,000 ÷ (3 days × 13 open hours × 3,600 s) = 35.6; SMS: 5 % of it ÷ the same seconds is below its rate of 20.
    expect(stderr).toContain('rate.email: 14 a second cannot send 5,000,000 notices');
    expect(stderr).toContain('needed are 36');
    expect(stderr).not.toContain('rate.sms');
    expect(await items('control')).toEqual([]);
  });

  it('tells the needed rate beside every other fault, or from what it cannot be reckoned', () => {
    const low = { rate: { email: 14, sms: '20' }, retry: { email: { maxAttempts: 9 } } };
    const { code, stderr } = policy('check', '--policy', policyFile(low), '--month', '2026-01');
    expect(code).toBe(2);
    for (const said of ['retry.email.maxAttempts: must be', 'rate.sms: must be', 'needed are 36'])
      expect(stderr).toContain(said);
    const open = { rate: { email: 14 }, quietHours: { system: { from: '09:00' } } };
    expect(policy('check', '--policy', policyFile(open), '--month', '2026-01').stderr).toContain(
      'rate: not held against 2026-01 while quietHours cannot hold',
    );
  });

  it('warns where the month has no import', () => {
    const { code, stdout } = policy('check', '--policy', policyFile({}), '--month', '2030-01');
    expect(code).toBe(0);
    expect(stdout).toContain('2030-01 has no import yet');
  });

  it('activates a draft once: the second who tries is told, and the pipeline follows the first', async () => {
    const path = policyFile({ noticeDays: 9, rate: { email: 36 } });
    const drafted = policy('new', '--policy', path, '--month', '2026-01', '--reason', 'earlier notices');
    expect(drafted.stdout).toBe('Policy 1 is a draft.\n');
    expect(policy('list').stdout).toMatch(/^ {3}1 {2}DRAFT/);
    const now = instantOf(Date.now());
    expect((await policyStore(dynamo, 'control').inForce(now)).version).toBe(0);

    expect(policy('activate', '1', '--reason', 'approved').stdout).toContain('Policy 1 is active');
    const second = policy('activate', '1', '--reason', 'approved too');
    expect([second.code, second.stdout]).toEqual([2, '']);
    expect(second.stderr).toContain('policy 1 is ACTIVE already');
    const inForce = await policyStore(dynamo, 'control').inForce(instantOf(Date.now()));
    expect(inForce).toMatchObject({ version: 1, policy: { noticeDays: 9, sendDays: 3 } });
    expect(policy('list').stdout).toContain('in force');
    expect((JSON.parse(policy('show', '1').stdout) as { policy: object }).policy).toMatchObject({
      noticeDays: 9,
      sendDays: 3,
    });
    const audit = (await items('audit')).map(
      ({ command, target, reason, outcome }) => `${[command, target, reason].join(', ')}: ${String(outcome)}`,
    );
    // Before the change and after it: no policy is without its entry, wherever the command is cut off.
    expect(audit.sort()).toEqual([
      expect.stringMatching(/^policy activate, policy 1, approved: activated, in force from \d{4}-/),
      'policy activate, policy 1, approved: begun: activated',
      'policy new, policy 1, earlier notices: drafted',
      'policy new, the next policy, earlier notices: begun: drafted',
    ]);
  });

  it('of two that activate at once, one wins', async () => {
    await put('control', {
      pk: 'POLICY',
      sk: '0007',
      status: 'DRAFT',
      effectiveFrom: '2000-01-01T00:00:00Z',
      policy: '{}',
    });
    const draft = { version: 7, effectiveFrom: '2000-01-01T00:00:00Z' as Instant };
    const now = instantOf(Date.now());
    const both = await Promise.all([1, 2].map(() => activatePolicy(dynamo, 'control', draft, now)));
    expect(both.map(({ outcome }) => outcome).sort()).toEqual(['activated', 'not-a-draft']);
    // It never takes effect in the past: what was in force then stays what it was.
    expect(both).toContainEqual({ outcome: 'activated', from: now });
  });

  it('says that there is no such version, with exit code 2', () => {
    const { code, stderr } = policy('show', '99');
    expect([code, stderr.trim()]).toEqual([2, 'tr1l: there is no policy 99 ("tr1l policy list" shows all)']);
  });
});
