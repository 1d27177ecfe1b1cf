/** Breaker, budget and allowance on the emulators: whoever writes at once, nothing is counted twice or lost. */
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { CreateQueueCommand, SendMessageBatchCommand, SQSClient } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { breakerStore } from '../../lambdas/dispatch/adapters/breaker-store.ts';
import { noticeLedger } from '../../lambdas/dispatch/adapters/notice-ledger.ts';
import { releaseAllowance } from '../../lambdas/dispatch/adapters/release-allowance.ts';
import { giveBackSms, smsBudgets } from '../../lambdas/dispatch/adapters/sms-budgets.ts';
import { afterAnswers, phaseOf, withUnattempted } from '../../lambdas/dispatch/domain/breaker.ts';
import type { Notice, Transition } from '../../lambdas/dispatch/domain/ledger.ts';
import { startQueuesAndObjects } from '../../tools/local/emulators.ts';
import { clients } from '../../lambdas/platform/clients.ts';
import { clientOf, startTable } from '../support/dynamo-table.ts';
import { minutesAfterNoon, NOON, plannedNotice } from '../support/notices.ts';

let dynamo: DynamoDBClient;
let tablesUrl: string;
let sqs: SQSClient;
let urls: { email: string; sms: string };
let stop: () => Promise<void>;

beforeAll(async () => {
  const die = (problem: Error): void => {
    throw problem;
  };
  const [tables, queues] = await Promise.all([startTable('control', 'notices'), startQueuesAndObjects(die)]);
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  ({ dynamo, url: tablesUrl } = tables);
  sqs = new SQSClient({
    region: 'ap-northeast-2',
    credentials,
    endpoint: queues.url,
    useQueueUrlAsEndpoint: false,
  });
  const make = async (QueueName: string): Promise<string> =>
    (await sqs.send(new CreateQueueCommand({ QueueName }))).QueueUrl ?? '';
  urls = { email: await make('email'), sms: await make('sms') };
  stop = async () => {
    sqs.destroy();
    await Promise.all([tables.stop(), queues.stop()]);
  };
});
afterAll(() => stop());

const all = <T>(count: number, work: (index: number) => Promise<T>): Promise<T[]> =>
  Promise.all(Array.from({ length: count }, (_, index) => work(index)));

describe('a breaker that many workers write', () => {
  it('counts every failure, and is open for all of them', async () => {
    const failure = { class: 'TEMPORARY', reason: 'r', at: NOON } as const;
    await all(10, () =>
      breakerStore(dynamo, 'control').change('email', (stored) => afterAnswers(stored, [failure], null), NOON),
    );
    const breaker = await breakerStore(dynamo, 'control').read('email', NOON);
    expect(breaker.failures).toBe(10);
    expect(phaseOf(breaker, NOON)).toBe('open');
  });

  it('admits 20 fallbacks without an attempt in all', async () => {
    const admitted = await all(10, async () => {
      let mine = 0;
      const ask = (stored: Parameters<typeof withUnattempted>[0]) => {
        const next = withUnattempted(stored, 3, NOON);
        mine = next.admitted;
        return next.breaker;
      };
      await breakerStore(dynamo, 'control').change('sms', ask, NOON);
      return mine;
    });
    expect(admitted.reduce((sum, each) => sum + each, 0)).toBe(20);
  });

  it('writes nothing when nothing changes, and is read anew after a few seconds', async () => {
    const store = breakerStore(dynamo, 'control');
    await store.read('email', NOON);
    expect((await store.change('email', (stored) => stored, NOON)).isWritten).toBe(false);
    const other = breakerStore(dynamo, 'control');
    await other.change('email', (stored) => ({ ...stored, failures: 0 }), NOON);
    expect((await store.read('email', NOON)).failures).toBe(10);
    expect((await store.read('email', minutesAfterNoon(1))).failures).toBe(0);
  });
});

describe('a budget that many workers reserve from', () => {
  it('gives out what there is, takes back, and is raised only upwards', async () => {
    const budgets = smsBudgets(dynamo, 'control');
    await all(3, (shard) => budgets.countShard('run', shard, 100));
    await budgets.countShard('run', 1, 100);
    expect(await budgets.read('run')).toEqual({ notices: 300, reserved: 0, raisedTo: null });
    const reserved = await all(8, () => smsBudgets(dynamo, 'control').reserve('run', 4, 15));
    expect(reserved.reduce((sum, each) => sum + each, 0)).toBe(15);
    expect(await budgets.reserve('run', 1, 15)).toBe(0);
    await giveBackSms(dynamo, 'control')('run', 2);
    expect(await budgets.reserve('run', 5, 15)).toBe(2);
    expect([await budgets.raise('run', 30), await budgets.raise('run', 20)]).toEqual([true, false]);
    expect((await budgets.read('run')).raisedTo).toBe(30);
  });
});

describe('an SMS that is given back, when the answer is lost after it took effect', () => {
  /** The first answer of the client is lost, in a way after which the SDK tries again if it may. */
  const losingAnAnswer = (maxAttempts: number): DynamoDBClient => {
    const client = clientOf(tablesUrl, { maxAttempts });
    let isLost = false;
    client.middlewareStack.add(
      (next) => async (args) => {
        const answer = await next(args);
        if (isLost) return answer;
        isLost = true;
        throw Object.assign(new Error('the answer was lost'), { name: 'TimeoutError' });
      },
      { step: 'deserialize', priority: 'high' },
    );
    return client;
  };

  it('counts one too many at most, never one too few: the functions’ client does not repeat it', async () => {
    expect(await clients.dynamoUnrepeated().config.maxAttempts()).toBe(1);
    const budgets = smsBudgets(dynamo, 'control');
    expect(await budgets.reserve('lost', 6, 10)).toBe(6);
    const unrepeated = losingAnAnswer(1);
    await expect(giveBackSms(unrepeated, 'control')('lost', 2)).rejects.toThrow('lost');
    expect((await budgets.read('lost')).reserved).toBe(4);
    // What the functions must not use: its SDK would give back twice.
    const repeating = losingAnAnswer(3);
    await giveBackSms(repeating, 'control')('lost', 2);
    expect((await budgets.read('lost')).reserved).toBe(0);
    for (const client of [unrepeated, repeating]) client.destroy();
  });
});

describe("a slot's allowance", () => {
  it('is what the rate sends less what is queued, taken by whoever comes, and anew with the next slot', async () => {
    const Entries = Array.from({ length: 10 }, (_, index) => ({ Id: String(index), MessageBody: 'm' }));
    await sqs.send(new SendMessageBatchCommand({ QueueUrl: urls.email, Entries }));
    const allowance = () => releaseAllowance(dynamo, 'control', sqs, urls);
    const taken = await all(8, () => allowance().take('email', 200, 1, NOON));
    expect(taken.reduce((sum, each) => sum + each, 0)).toBe(710);
    expect(await allowance().left('email', 1, minutesAfterNoon(9))).toBe(0);
    expect(await allowance().left('email', 1, minutesAfterNoon(10))).toBe(710);
  });
});

describe('a hold that gives attempts back', () => {
  it('is not written when an attempt has come since', async () => {
    const ledger = noticeLedger(dynamo, 'notices');
    const attempt = { channel: 'email', number: 1, at: NOON, class: 'TEMPORARY', reason: 'r' } as const;
    const notice = plannedNotice({ state: 'RETRYING', used: 1, attempts: [attempt] });
    await ledger.plan([notice]);
    const { noticeId, month, bucket } = notice;
    const hold = (seenAttempts: Notice['attempts']): Transition => ({
      row: 'hold',
      to: 'HELD',
      channel: 'email',
      change: { attempts: [{ ...attempt, givenBack: true }], used: 0 },
      seenAttempts,
    });
    const write = (seen: Notice['attempts']) =>
      ledger.record([{ notice: { version: 1, noticeId, month, bucket }, transition: hold(seen) }], NOON);
    expect(await write([])).toEqual([false]);
    expect(await write([attempt])).toEqual([true]);
    const [stored] = await ledger.read([{ version: 1, noticeId, month, bucket }]);
    expect(stored).toEqual({ ...notice, state: 'HELD', used: 0, attempts: [{ ...attempt, givenBack: true }] });
  });
});
