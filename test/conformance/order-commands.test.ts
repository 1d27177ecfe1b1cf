/** Orders of a month as a person gives them: what is over is refused with its state, and no change is without its entry. */
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { monthOrders } from '../../lambdas/dispatch/adapters/month-orders.ts';
import { noticeLedger } from '../../lambdas/dispatch/adapters/notice-ledger.ts';
import type { Notice } from '../../lambdas/dispatch/domain/ledger.ts';
import { addMonths, type LocalDate, type Month } from '../../lambdas/kernel/dates.ts';
import { bucketOf } from '../../lambdas/kernel/buckets.ts';
import { readAudit } from '../../tools/ops/audit-log.ts';
import { clock } from '../../lambdas/platform/clock.ts';
import { startTable, type DynamoTable } from '../support/dynamo-table.ts';
import { plannedNotice } from '../support/notices.ts';
import { runTr1lWith } from '../support/run-tr1l.ts';
import { temporaryFiles } from '../support/temporary-files.ts';

const BUCKETS = 4;
const outputs = temporaryFiles().file(
  'outputs.json',
  JSON.stringify({
    'Tr1l-dev': {
      ...{ NoticesTable: 'notices', ControlTable: 'control', AuditTable: 'audit' },
      ...{ BucketCount: String(BUCKETS), DispatchRunArn: 'arn:machine' },
    },
  }),
);
let table: DynamoTable;
let month = '2026-01' as Month;

beforeAll(async () => {
  table = await startTable('notices', 'control', 'audit');
});
afterAll(() => table.stop());
beforeEach(async () => {
  month = addMonths(month, 1);
  await monthOrders(table.dynamo, 'control').beginPlan(month);
});

async function notices(...changes: readonly Partial<Notice>[]): Promise<void> {
  const made = changes.map((change, index) => {
    const accountId = `A${index + 1}`;
    const bucket = bucketOf(accountId, BUCKETS);
    return plannedNotice({ month, accountId, bucket, noticeId: `${month}_${accountId}_0001`, ...change });
  });
  await noticeLedger(table.dynamo, 'notices').plan(made);
}
const environment = () => ({
  ...{ AWS_ENDPOINT_URL_DYNAMODB: table.url, AWS_REGION: 'ap-northeast-2' },
  ...{ AWS_ACCESS_KEY_ID: 'local', AWS_SECRET_ACCESS_KEY: 'local' },
});
const dispatch = async (verb: string, ...words: string[]) => {
  const { code, stdout, stderr } = await runTr1lWith(
    environment(),
    ...['dispatch', verb, month, ...words, '--reason', 'agreed', '--outputs', outputs],
  );
  return { code, said: stdout + stderr };
};
const order = async () => (await monthOrders(table.dynamo, 'control').read(month)).order;
const audit = () =>
  readAudit(
    table.dynamo,
    'audit',
    [clock.now().slice(0, 10) as LocalDate, clock.now()],
    ({ target }) => target === month,
  );

it('a month that is over is neither scheduled nor sent now: it is told where it stands', async () => {
  await notices({ state: 'SENT' }, { state: 'DELIVERED' });
  const before = await order();
  for (const words of [['schedule', '--at', '2099-02-10 09:00'], ['now']]) {
    const [verb = '', ...rest] = words;
    expect(await dispatch(verb, ...rest, '--apply')).toEqual({
      code: 2,
      said: expect.stringMatching(/nothing of \d{4}-\d{2} waits any more: 1 notice \w+, 1 notice \w+/) as string,
    });
  }
  expect(await order()).toEqual(before);
  expect(await audit()).toEqual([]);
});

it('a time that is over is no reservation', async () => {
  await notices({});
  expect(await dispatch('schedule', '--at', '2026-02-10 09:00', '--apply')).toEqual({
    code: 2,
    said: `tr1l: --at 2026-02-10 09:00 is over: "tr1l dispatch now ${month}" sends what still waits\n`,
  });
  expect((await order()).reservedAt).toBeNull();
});

it('a pilot of what is over, or of what a person holds, is refused with its state', async () => {
  await notices({ state: 'DELIVERED' }, { state: 'HELD', reason: 'held by a person' }, {});
  const { code, said } = await dispatch('pilot', '--account', 'A1,A2,A3', '--apply');
  expect(code).toBe(2);
  expect(said).toContain(`account A1: ${month}_A1_0001 is DELIVERED`);
  expect(said).toContain(`account A2: ${month}_A2_0001 is HELD (held by a person)`);
  expect(said).not.toContain('A3');
  expect((await order()).pilot).toBeNull();
});

it('a pilot that takes the place of another says so, and each has its entries, the first before it is written', async () => {
  await notices({}, {});
  await dispatch('pilot', '--account', 'A1', '--apply');
  const dry = await dispatch('pilot', '--account', 'A1,A2');
  expect(dry.said).toContain('takes the place of the one of 1 account: ');
  expect((await order()).pilot).toEqual(['A1']);
  expect((await audit()).map(({ outcome }) => outcome)).toEqual(['begun: of A1', 'of A1']);
});

it('to send now says what goes, and what does not', async () => {
  await notices({});
  expect((await dispatch('now')).said).toContain('what was tried keeps its own turn');
});

it('a pause has its entry before it is written, and what came of it after', async () => {
  const entries = async () =>
    (
      await readAudit(
        table.dynamo,
        'audit',
        [clock.now().slice(0, 10) as LocalDate, clock.now()],
        ({ target }) => target === 'dispatch',
      )
    ).map(({ command, outcome }) => `${command}: ${outcome}`);
  const tr1l = (...words: string[]) =>
    runTr1lWith(environment(), 'dispatch', ...words, '--reason', 'agreed', '--outputs', outputs);
  await tr1l('pause');
  expect(await entries()).toEqual([]);
  await tr1l('pause', '--apply');
  expect(await entries()).toEqual(['dispatch pause: begun: paused', 'dispatch pause: paused']);
  await tr1l('resume', '--apply');
  expect((await entries()).slice(2)).toEqual([
    expect.stringContaining('dispatch resume: begun: resumed'),
    expect.stringContaining('dispatch resume: resumed'),
  ]);
});
