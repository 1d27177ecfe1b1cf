/** A notice in doubt, from the sweep that calls a person to the command that settles it. */
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { dueMarkers } from '../../lambdas/dispatch/adapters/due-markers.ts';
import { monthShards } from '../../lambdas/dispatch/adapters/month-shards.ts';
import { noticeLedger, type NoticeLedger } from '../../lambdas/dispatch/adapters/notice-ledger.ts';
import type { Notice } from '../../lambdas/dispatch/domain/ledger.ts';
import { messageOf } from '../../lambdas/dispatch/domain/message-of.ts';
import { sweepShard } from '../../lambdas/dispatch/handlers/sweep-shard.ts';
import { markNotices } from '../../lambdas/dispatch/mark-notices.ts';
import { bucketOf } from '../../lambdas/kernel/buckets.ts';
import type { Invocation } from '../../lambdas/platform/entry.ts';
import { readPartition } from '../../lambdas/platform/query.ts';
import { startTable, type DynamoTable } from '../support/dynamo-table.ts';
import { NOON, plannedNotice } from '../support/notices.ts';
import { runTr1lWith } from '../support/run-tr1l.ts';
import { temporaryFiles } from '../support/temporary-files.ts';

const BUCKETS = 8;
const { month: MONTH } = plannedNotice();
const outputs = temporaryFiles().file(
  'outputs.json',
  JSON.stringify({
    'Tr1l-dev': {
      ...{ NoticesTable: 'notices', ControlTable: 'control', AuditTable: 'audit', BucketCount: String(BUCKETS) },
    },
  }),
);
const ATTEMPT = { channel: 'sms', number: 1, at: NOON, class: 'UNKNOWN', reason: 'TimeoutError', lease: 't' } as const;
let table: DynamoTable;
let ledger: NoticeLedger;
let next = 0;

beforeAll(async () => {
  table = await startTable('notices', 'control', 'audit');
  ledger = noticeLedger(table.dynamo, 'notices');
  await monthShards(table.dynamo, 'control').pin(MONTH, { shardCount: 1, bucketCount: BUCKETS });
});
afterAll(() => table.stop());
let doubtful: Notice;
beforeEach(async () => {
  const accountId = `D${++next}`;
  doubtful = plannedNotice({
    ...{ accountId, noticeId: `2026-01_${accountId}_0001`, bucket: bucketOf(accountId, BUCKETS) },
    ...{ state: 'IN_DOUBT', channel: 'sms', used: 1, reason: 'TimeoutError', attempts: [ATTEMPT] },
  });
  await ledger.plan([doubtful]);
});

const tr1l = (...words: string[]) =>
  runTr1lWith(
    {
      ...{ AWS_ENDPOINT_URL_DYNAMODB: table.url, AWS_REGION: 'ap-northeast-2' },
      ...{ AWS_ACCESS_KEY_ID: 'local', AWS_SECRET_ACCESS_KEY: 'local' },
    },
    ...['notice', ...words, '--outputs', outputs],
  );
const settle = (as: string, ...words: string[]) =>
  tr1l('settle', MONTH, doubtful.accountId, '--as', as, '--reason', "the carrier's log", ...words);
const stored = async () => (await ledger.read([messageOf(doubtful)]))[0];
const markers = async () => (await readPartition(table.dynamo, { table: 'control', pk: 'DUE' })).length;

it('is counted by the sweep, and listed with its account', async () => {
  const counts = new Map<string, number>();
  const shards = monthShards(table.dynamo, 'control');
  const log = { warn: () => undefined } as unknown as Invocation['log'];
  const clock = { nowMs: () => Date.parse(NOON), now: () => NOON, sleep: () => Promise.resolve() };
  const count = (name: string, value: number): void => void counts.set(name, value);
  const email: Notice = { ...doubtful, noticeId: '2026-01_E1_0001', accountId: 'E1', channel: 'email' };
  await ledger.plan([email]);
  const mark = markNotices(shards, dueMarkers(table.dynamo, 'control'));
  await sweepShard({ shards, ledger, mark }, { month: MONTH, shard: 0 }, { log, clock, count });
  // The email is sent once more by itself.
  expect(Object.fromEntries(counts)).toEqual({ NoticesOverdue: 0, NoticesInDoubt: 1 });

  const { accountId, noticeId } = doubtful;
  const { code, stdout, stderr } = await tr1l('list', MONTH, '--state', 'IN_DOUBT', '--json');
  const rows = stdout.trim().split('\n');
  expect([code, rows.length, stderr]).toEqual([0, 2, '2026-01: 2 notices IN_DOUBT\n']);
  expect(rows.map((row) => JSON.parse(row) as unknown)).toContainEqual({
    ...{ accountId, noticeId, state: 'IN_DOUBT', channel: 'sms', reason: 'TimeoutError', dueAt: NOON },
    waitsForPerson: true,
  });
  expect((await tr1l('list', MONTH, '--state', 'SENT')).stderr).toBe('2026-01: 0 notices SENT\n');
  const text = (await tr1l('list', MONTH)).stdout;
  expect(text).toContain(`${noticeId}  IN_DOUBT on sms (TimeoutError), due 2026-02-01 12:00, waits for a person\n`);
  expect(await tr1l('list', '2026-05')).toMatchObject({ code: 2, stderr: 'tr1l: 2026-05 has no notice\n' });
});

it('is SENT when a person says that it arrived, and then there is nothing left to settle', async () => {
  const { noticeId } = doubtful;
  const dry = await settle('sent');
  expect(dry.stdout).toBe(`dry run, nothing changed; with --apply: ${noticeId} would be settled\n`);
  expect(await stored()).toEqual(doubtful);
  expect((await settle('sent', '--apply')).stdout).toBe(`${noticeId}: settled\n`);
  expect(await stored()).toEqual({ ...doubtful, state: 'SENT', reason: 'settled by a person' });
  expect(await settle('planned', '--apply')).toMatchObject({
    code: 2,
    stderr: `tr1l: nothing to settle: ${noticeId} is SENT (settled by a person)\n`,
  });
  const day = new Date().toISOString().slice(0, 10);
  const entries = await readPartition(table.dynamo, { table: 'audit', pk: day });
  const command = 'notice settle --as sent';
  expect(entries).toMatchObject([
    { command, outcome: `begun: settled: ${noticeId}` },
    { command, outcome: `settled: ${noticeId}` },
  ]);
});

it('is planned once more when a person says that it did not, with a due marker, however often it is asked for', async () => {
  const before = await markers();
  expect((await settle('planned', '--apply')).code).toBe(0);
  expect(await stored()).toMatchObject({ state: 'PLANNED', channel: 'sms', used: 0, possibleDuplicate: true });
  expect((await stored())?.attempts).toEqual([ATTEMPT]);
  expect(await markers()).toBeGreaterThan(before);
  const reopened = await stored();
  expect((await settle('planned', '--apply')).code).toBe(0);
  expect(await stored()).toEqual(reopened);
});

it('is not resent beside itself: the command names the one that settles it', async () => {
  const refused = await tr1l('resend', MONTH, doubtful.accountId, '--reason', 'lost', '--apply');
  expect(refused).toMatchObject({
    code: 2,
    stderr: expect.stringContaining(
      `: "tr1l notice settle 2026-01 ${doubtful.accountId}" settles it first\n`,
    ) as unknown,
  });
});

it('has the person who settled it in its story, with the reason', async () => {
  const { accountId, noticeId } = doubtful;
  await settle('sent', '--apply');
  const { stdout } = await tr1l('show', MONTH, accountId);
  expect(stdout).toMatch(new RegExp(`notice settle --as sent by .+ \\(the carrier's log\\): .*${noticeId}`));
});
