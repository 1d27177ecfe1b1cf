/** A redrive of the final queue, on the emulators: whatever it is cut by, each notice is queued and none is lost. */
import {
  CreateQueueCommand,
  PurgeQueueCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { finalQueue } from '../../lambdas/dispatch/adapters/final-queue.ts';
import { noticeLedger } from '../../lambdas/dispatch/adapters/notice-ledger.ts';
import { noticeQueues } from '../../lambdas/dispatch/adapters/notice-queues.ts';
import type { Notice } from '../../lambdas/dispatch/domain/ledger.ts';
import { messageOf } from '../../lambdas/dispatch/domain/message-of.ts';
import { finalDeadLetter } from '../../lambdas/dispatch/handlers/final-dead-letter.ts';
import type { Invocation } from '../../lambdas/platform/entry.ts';
import { startQueuesAndObjects } from '../../tools/local/emulators.ts';
import { lookAtFinal, redriveFinal, type FinalMessage, type FinalMessages } from '../../tools/ops/final-messages.ts';
import { startTable } from '../support/dynamo-table.ts';
import { NOON, plannedNotice } from '../support/notices.ts';

let final: FinalMessages;
let smsUrl: string;
let stop: () => Promise<void>;
let next = 0;

beforeAll(async () => {
  const die = (problem: Error): void => {
    throw problem;
  };
  const [tables, queues] = await Promise.all([startTable('notices'), startQueuesAndObjects(die)]);
  const local = { region: 'ap-northeast-2', credentials: { accessKeyId: 'local', secretAccessKey: 'local' } };
  const sqs = new SQSClient({ ...local, endpoint: queues.url, useQueueUrlAsEndpoint: false });
  const make = async (QueueName: string): Promise<string> =>
    (await sqs.send(new CreateQueueCommand({ QueueName }))).QueueUrl ?? '';
  const [finalUrl, email, sms] = [await make('final'), await make('email'), await make('sms')];
  smsUrl = sms;
  final = { sqs, finalUrl, ledger: noticeLedger(tables.dynamo, 'notices'), queues: noticeQueues(sqs, { email, sms }) };
  stop = async () => {
    sqs.destroy();
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

/** The sweep of the queue, as every wave does it; answers with how many notices it ended. */
async function sweep(): Promise<number> {
  const silent = () => undefined;
  const log = { info: silent, warn: silent, error: silent } as unknown as Invocation['log'];
  const deps = { queue: finalQueue(final.sqs, final.finalUrl), ledger: final.ledger };
  const time = { nowMs: () => Date.parse(NOON), now: () => NOON, sleep: () => Promise.resolve() };
  return (await finalDeadLetter(deps, { log, clock: time, count: silent })).ended;
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

  it('tells why a message is none of ours, also when no worker told it', async () => {
    await put(final.finalUrl, 'moved here by SQS');
    await noticeQueues(final.sqs, { final: final.finalUrl }).sendForeign('final', [
      { body: '{"version":2}', reason: 'unknown version' },
    ]);
    const look = await finalQueue(final.sqs, final.finalUrl).look();
    expect(look.map(({ body, reason }) => ({ body, reason }))).toContainEqual({
      body: '{"version":2}',
      reason: 'unknown version',
    });
    await finalQueue(final.sqs, final.finalUrl).show(look);
    const told = await lookAtFinal(final, null, 10);
    expect(told.map(({ fate, reason }) => `${fate}: ${reason ?? ''}`).sort()).toEqual([
      'foreign: broken JSON',
      'foreign: unknown version',
    ]);
  });

  it('lists a notice without any channel as one that no redrive can help', async () => {
    const none = await ended({ channels: [] });
    await ended();
    const told = await lookAtFinal(final, null, 10);
    const fates = told.map(({ noticeId, fate }) => (noticeId === none.noticeId ? `none: ${fate}` : fate));
    expect(fates.sort()).toEqual(['none: no-such-channel', 'redrive']);
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

  it('sends nothing of a notice that was resent: the resend has its own fate, and the old message is deleted', async () => {
    const notice = await ended({}, 2);
    const resent = { ...notice, noticeId: `${notice.noticeId}_r1` };
    await final.ledger.plan([{ ...resent, state: 'DELIVERED' }]);
    const other = await ended();
    const fates = (told: readonly FinalMessage[]) => new Map(told.map(({ noticeId, fate }) => [noticeId, fate]));
    const expected = { [notice.noticeId]: 'resent', [other.noticeId]: 'redrive' };
    for (const to of [null, 'sms'] as const)
      expect(Object.fromEntries(fates(await lookAtFinal(final, to, 100)))).toEqual(expected);
    expect(Object.fromEntries(fates(await redrive()))).toEqual(expected);
    expect(await queued(smsUrl)).toEqual([other.noticeId]);
    expect(await queued(final.finalUrl)).toEqual([]);
    expect(await stored(notice)).toEqual(notice);
  });

  it('redrives a resend that no channel could deliver, unless that was resent, too', async () => {
    const [first, second] = [await ended(), await ended()];
    for (const { noticeId } of [first, second]) await ended({ noticeId: `${noticeId}_r1` });
    await final.ledger.plan([{ ...second, noticeId: `${second.noticeId}_r2` }]);
    await redrive();
    expect(await queued(smsUrl)).toEqual([`${first.noticeId}_r1`]);
  });

  it('leaves a double behind that ends nothing any more, however the notice goes on, and the next one deletes', async () => {
    const notice = await ended({}, 2);
    expect(await redrive(final, 1)).toHaveLength(1);
    const [reopened] = await final.ledger.read([messageOf(notice)]);
    expect(reopened).toMatchObject({ state: 'PLANNED', reopened: 1 });
    const claim = { leaseToken: 't', leaseUntil: NOON, used: 1 };
    const answered = { reason: 'ServiceUnavailable', leaseToken: null, leaseUntil: null };
    await final.ledger.record(
      [{ notice: messageOf(notice), transition: { row: 'claim', to: 'SENDING', channel: 'sms', change: claim } }],
      NOON,
    );
    await final.ledger.record(
      [
        {
          notice: messageOf(notice),
          transition: { row: 'answer', to: 'RETRYING', channel: 'sms', change: answered, leaseToken: 't' },
        },
      ],
      NOON,
    );
    expect(await sweep()).toBe(0);
    expect(await stored(notice)).toMatchObject({ state: 'RETRYING', channel: 'sms' });
    // The message of the reopened notice itself, once the queues have given it up, ends it.
    const { Messages = [] } = await final.sqs.send(new ReceiveMessageCommand({ QueueUrl: smsUrl }));
    expect((await redrive()).map(({ fate }) => fate)).toEqual(['delete']);
    await put(final.finalUrl, Messages[0]?.Body ?? '');
    expect(await sweep()).toBe(1);
    expect(await stored(notice)).toMatchObject({ state: 'UNDELIVERABLE', reason: 'redriven' });
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
