/** A redrive of the final queue, on the emulators: whatever it is cut by, each notice is queued and none is lost. */
import { CreateTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import {
  CreateQueueCommand,
  PurgeQueueCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { noticeLedger } from '../../lambdas/dispatch/adapters/notice-ledger.ts';
import { noticeQueues } from '../../lambdas/dispatch/adapters/notice-queues.ts';
import type { Notice } from '../../lambdas/dispatch/domain/ledger.ts';
import { startDynamo, startQueuesAndObjects } from '../../tools/local/emulators.ts';
import { lookAtFinal, redriveFinal, type FinalMessages } from '../../tools/ops/final-messages.ts';
import { NOON, plannedNotice } from '../support/notices.ts';

let final: FinalMessages;
let smsUrl: string;
let stop: () => Promise<void>;
let next = 0;

beforeAll(async () => {
  const die = (problem: Error): void => {
    throw problem;
  };
  const [tables, queues] = await Promise.all([startDynamo(die), startQueuesAndObjects(die)]);
  const local = { region: 'ap-northeast-2', credentials: { accessKeyId: 'local', secretAccessKey: 'local' } };
  const dynamo = new DynamoDBClient({ ...local, endpoint: tables.url });
  const sqs = new SQSClient({ ...local, endpoint: queues.url, useQueueUrlAsEndpoint: false });
  const attribute = (AttributeName: string) => ({ AttributeName, AttributeType: 'S' as const });
  await dynamo.send(
    new CreateTableCommand({
      TableName: 'notices',
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: [attribute('pk'), attribute('sk')],
      KeySchema: [
        { AttributeName: 'pk', KeyType: 'HASH' },
        { AttributeName: 'sk', KeyType: 'RANGE' },
      ],
    }),
  );
  const make = async (QueueName: string): Promise<string> =>
    (await sqs.send(new CreateQueueCommand({ QueueName }))).QueueUrl ?? '';
  const [finalUrl, email, sms] = [await make('final'), await make('email'), await make('sms')];
  smsUrl = sms;
  final = { sqs, finalUrl, ledger: noticeLedger(dynamo, 'notices'), queues: noticeQueues(sqs, { email, sms }) };
  stop = async () => {
    sqs.destroy();
    dynamo.destroy();
    await Promise.all([tables.stop(), queues.stop()]);
  };
});
afterAll(() => stop());
beforeEach(async () => {
  for (const QueueUrl of [final.finalUrl, smsUrl]) await final.sqs.send(new PurgeQueueCommand({ QueueUrl }));
});

const put = (QueueUrl: string, MessageBody: string) =>
  final.sqs.send(new SendMessageCommand({ QueueUrl, MessageBody }));

/** A notice that ended, and so many messages of it in the final queue. */
async function ended(change: Partial<Notice> = {}, messages = 1): Promise<Notice> {
  const accountId = `F${++next}`;
  const end: Partial<Notice> = { state: 'UNDELIVERABLE', channel: 'sms', reason: 'OptedOut', used: 1 };
  const notice = plannedNotice({ noticeId: `2026-01_${accountId}_0001`, accountId, ...end, ...change });
  await final.ledger.plan([notice]);
  const { noticeId, month, bucket } = notice;
  for (let message = 0; message < messages; message++)
    await put(final.finalUrl, JSON.stringify({ version: 1, noticeId, month, bucket }));
  return notice;
}

/** The notices that a queue has messages of, in any order; a message is taken out. */
async function queued(QueueUrl: string): Promise<string[]> {
  const ids: string[] = [];
  for (;;) {
    const { Messages = [] } = await final.sqs.send(
      new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, VisibilityTimeout: 600 }),
    );
    if (Messages.length === 0) return ids.sort();
    ids.push(...Messages.map(({ Body = '' }) => (Body.startsWith('{') ? (JSON.parse(Body) as Notice).noticeId : Body)));
  }
}

const clock = { now: () => NOON };
const redrive = (deps: FinalMessages = final, most = 100) => redriveFinal(deps, 'sms', most, clock);
const stored = async ({ noticeId, month, bucket }: Notice) =>
  (await final.ledger.read([{ version: 1, noticeId, month, bucket }]))[0];

describe('a redrive of the final queue', () => {
  it('queues a notice whose message lies there twice, and deletes both', async () => {
    const notice = await ended({}, 2);
    const told = await redrive();
    expect(told.map(({ fate }) => fate)).toEqual(['redrive', 'redrive']);
    expect(await stored(notice)).toMatchObject({ state: 'PLANNED', channel: 'sms', used: 0, reason: 'reopened' });
    expect(await queued(smsUrl)).toContain(notice.noticeId);
    expect(await queued(final.finalUrl)).toEqual([]);
  });

  it('goes on when it was cut after the ledger was written, and deletes nothing before a queue has taken it', async () => {
    const notices = [await ended(), await ended()];
    const ids = notices.map(({ noticeId }) => noticeId).sort();
    const send = (): Promise<void> => Promise.reject(new Error('1 messages were not taken by the queue'));
    await expect(redrive({ ...final, queues: { ...final.queues, send } })).rejects.toThrow('not taken');
    for (const notice of notices) expect((await stored(notice))?.state).toBe('PLANNED');
    expect((await redrive()).map(({ fate }) => fate)).toEqual(['redrive', 'redrive']);
    expect(await queued(smsUrl)).toEqual(ids);
    expect(await queued(final.finalUrl)).toEqual([]);
  });

  it('of two at once, tells and queues what it did itself, and loses no notice', async () => {
    const notices = await Promise.all(Array.from({ length: 8 }, () => ended({}, 2)));
    const told = (await Promise.all([redrive(), redrive()])).flat();
    expect(told.every(({ fate }) => fate === 'redrive')).toBe(true);
    expect([...new Set(await queued(smsUrl))]).toEqual(notices.map(({ noticeId }) => noticeId).sort());
  });

  it('leaves what is none of ours, not swept, or without that channel; deletes what has ended otherwise', async () => {
    const sent = await ended({ state: 'SENT' });
    const retrying = await ended({ state: 'RETRYING' });
    const doubtful = await ended({ state: 'IN_DOUBT' });
    const emailOnly = await ended({ channels: ['email'], channel: 'email' });
    await put(final.finalUrl, 'none of ours');
    const told = new Map((await redrive()).map(({ noticeId, fate }) => [noticeId, fate]));
    expect(Object.fromEntries(told)).toEqual({
      [sent.noticeId]: 'delete',
      [retrying.noticeId]: 'not-swept',
      [doubtful.noticeId]: 'not-swept',
      [emailOnly.noticeId]: 'no-such-channel',
      null: 'foreign',
    });
    expect(await queued(smsUrl)).toEqual([]);
    const left = [retrying, doubtful, emailOnly].map(({ noticeId }) => noticeId);
    expect(await queued(final.finalUrl)).toEqual([...left, 'none of ours'].sort());
    for (const notice of [sent, retrying, doubtful, emailOnly]) expect(await stored(notice)).toEqual(notice);
  });

  it('takes no more than it was allowed, and a look changes nothing', async () => {
    const notices = await Promise.all(Array.from({ length: 12 }, () => ended()));
    expect(await lookAtFinal(final, 'sms', 100)).toHaveLength(12);
    expect(await lookAtFinal(final, 'sms', 3)).toHaveLength(3);
    for (const notice of notices) expect((await stored(notice))?.state).toBe('UNDELIVERABLE');
    expect(await redrive(final, 5)).toHaveLength(5);
    expect(await queued(smsUrl)).toHaveLength(5);
    expect(await queued(final.finalUrl)).toHaveLength(7);
  });
});
