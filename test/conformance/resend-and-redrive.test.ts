/**
 * A person resends a notice while another redrives its message, in every order of their requests to the ledger: the bill
 * goes out by one of them, or by none, which both are told; never by both.
 */
import { CreateQueueCommand, PurgeQueueCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { noticeLedger, type NoticeLedger } from '../../lambdas/dispatch/adapters/notice-ledger.ts';
import { noticeQueues, type QueueName } from '../../lambdas/dispatch/adapters/notice-queues.ts';
import type { Resend } from '../../lambdas/dispatch/domain/by-person.ts';
import { DEFAULT_POLICY } from '../../lambdas/dispatch/domain/policy.ts';
import { startQueuesAndObjects } from '../../tools/local/emulators.ts';
import { accountNotices, resendNotice } from '../../tools/ops/account-notices.ts';
import { redriveFinal, type FinalMessage } from '../../tools/ops/final-messages.ts';
import { startTable, type DynamoTable } from '../support/dynamo-table.ts';
import { NOON, plannedNotice } from '../support/notices.ts';
import { everyOrder, takeTurns } from '../support/taking-turns.ts';

let table: DynamoTable;
let sqs: SQSClient;
let urls: Record<QueueName, string>;
let stop: () => Promise<void>;
beforeAll(async () => {
  table = await startTable('notices');
  const queues = await startQueuesAndObjects((problem) => {
    throw problem;
  });
  const local = { region: 'ap-northeast-2', credentials: { accessKeyId: 'local', secretAccessKey: 'local' } };
  sqs = new SQSClient({ ...local, endpoint: queues.url, useQueueUrlAsEndpoint: false });
  const make = async (QueueName: string) => (await sqs.send(new CreateQueueCommand({ QueueName }))).QueueUrl ?? '';
  urls = { email: await make('email'), sms: await make('sms'), final: await make('final') };
  stop = async () => {
    sqs.destroy();
    await Promise.all([table.stop(), queues.stop()]);
  };
});
afterAll(() => stop());

/** Requests of each, where neither gives way. */
const RESENDING = 3;
const REDRIVING = 5;

/** Plays an order; answers with what is on its way afterwards, and with what each was told. */
async function play(order: readonly (0 | 1)[], number: number) {
  const accountId = `B${number}`;
  const end = { state: 'UNDELIVERABLE' as const, channel: 'sms' as const, reason: 'OptedOut', used: 1 };
  const notice = plannedNotice({ noticeId: `2026-01_${accountId}_0001`, accountId, ...end });
  const { noticeId, month, bucket } = notice;
  const ledger = noticeLedger(table.dynamo, 'notices');
  await ledger.plan([notice]);
  await sqs.send(new PurgeQueueCommand({ QueueUrl: urls.final }));
  const MessageBody = JSON.stringify({ version: 1, noticeId, month, bucket });
  await sqs.send(new SendMessageCommand({ QueueUrl: urls.final, MessageBody }));
  const marked: string[] = [];
  const queued: string[] = [];
  const queues = noticeQueues(sqs, urls);
  const depsOf = (own: NoticeLedger) => ({
    ledger: own,
    policies: { version: () => Promise.resolve(DEFAULT_POLICY) },
    mark: (waiting: readonly object[]) => {
      for (const each of waiting) if ('noticeId' in each) marked.push(String(each.noticeId));
      return Promise.resolve();
    },
  });
  const [resent, redriven] = await takeTurns(
    table.url,
    [
      async (client) => {
        const own = noticeLedger(client, 'notices');
        return resendNotice(depsOf(own), await accountNotices(own, month, bucket, accountId), NOON);
      },
      (client) =>
        redriveFinal(
          {
            sqs,
            finalUrl: urls.final,
            ledger: noticeLedger(client, 'notices'),
            queues: {
              ...queues,
              send: (to, notices) => {
                queued.push(...notices.map((each) => each.noticeId));
                return queues.send(to, notices);
              },
            },
          },
          'sms',
          10,
          { now: () => NOON },
        ),
    ],
    order,
  );
  const [original, resend] = await ledger.read(
    [noticeId, `${noticeId}_r1`].map((id) => ({ version: 1 as const, noticeId: id, month, bucket })),
  );
  return { marked, queued, original, resend, told: [resent as Resend, (redriven as FinalMessage[])[0]?.fate] as const };
}

it('sends the bill once at most, in every order, and tells who gave way', async () => {
  const outcomes: Record<string, number> = {};
  for (const [number, order] of everyOrder(RESENDING, REDRIVING).entries()) {
    const { marked, queued, original, resend, told } = await play(order, number);
    const name = order.join('');
    const [resent, fate] = told;
    const byResend = marked.some((id) => id.endsWith('_r1'));
    const byRedrive = queued.length > 0;
    expect([name, byResend && byRedrive]).toEqual([name, false]);
    expect([name, resent.kind]).toEqual([name, byResend ? 'new' : 'refused']);
    expect([name, fate]).toEqual([name, byRedrive ? 'redrive' : 'resent']);
    expect([name, original?.state]).toEqual([name, byRedrive ? 'PLANNED' : 'UNDELIVERABLE']);
    if (resend) expect([name, resend.state]).toEqual([name, byResend ? 'PLANNED' : 'HELD']);
    const outcome = byResend ? 'resent' : byRedrive ? 'redriven' : 'none';
    outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
  }
  expect(outcomes['resent']).toBeGreaterThan(0);
  expect(outcomes['redriven']).toBeGreaterThan(0);
});
