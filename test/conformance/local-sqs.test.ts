/** What the pipeline relies on of SQS, asked of its emulator by the real SDK client. */
import {
  ChangeMessageVisibilityCommand,
  CreateQueueCommand,
  DeleteMessageBatchCommand,
  DeleteMessageCommand,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SendMessageCommand,
  SQSClient,
  type Message,
} from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startQueuesAndObjects, type Emulator, type ReceiveCounts } from '../../tools/local/emulators.ts';

interface Queues {
  readonly sqs: SQSClient;
  readonly emulator: Emulator;
}

async function start(receiveCounts: ReceiveCounts): Promise<Queues> {
  const emulator = await startQueuesAndObjects((problem) => {
    throw problem;
  }, receiveCounts);
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  const settings = { region: 'ap-northeast-2', credentials, useQueueUrlAsEndpoint: false, endpoint: emulator.url };
  return { emulator, sqs: new SQSClient(settings) };
}

async function stop({ sqs, emulator }: Queues): Promise<void> {
  sqs.destroy();
  await emulator.stop();
}

async function make({ sqs }: Queues, name: string, attributes: Record<string, string> = {}): Promise<string> {
  const Attributes = { VisibilityTimeout: '1', ...attributes };
  const { QueueUrl = '' } = await sqs.send(new CreateQueueCommand({ QueueName: name, Attributes }));
  return QueueUrl;
}

const send = ({ sqs }: Queues, QueueUrl: string, MessageBody: string, DelaySeconds?: number): Promise<unknown> =>
  sqs.send(new SendMessageCommand({ QueueUrl, MessageBody, DelaySeconds }));

async function receive({ sqs }: Queues, QueueUrl: string, WaitTimeSeconds = 0): Promise<Message[]> {
  const request = { QueueUrl, WaitTimeSeconds, MaxNumberOfMessages: 10, MessageSystemAttributeNames: ['All' as const] };
  const { Messages = [] } = await sqs.send(new ReceiveMessageCommand(request));
  return Messages;
}

const countOf = (message: Message | undefined): number => Number(message?.Attributes?.ApproximateReceiveCount);

describe('a queue', () => {
  let queues: Queues;
  beforeAll(async () => {
    queues = await start('kept');
  });
  afterAll(() => stop(queues));

  it('hides a received message until its visibility ends, and counts its receives', async () => {
    const url = await make(queues, 'visibility');
    await send(queues, url, 'a');
    const [first] = await receive(queues, url);
    expect(countOf(first)).toBe(1);
    expect(await receive(queues, url)).toEqual([]);
    // A waiting receive gets it as soon as it is visible again.
    const [second] = await receive(queues, url, 5);
    expect(countOf(second)).toBe(2);
    expect(second?.MessageId).toBe(first?.MessageId);
    expect(second?.ReceiptHandle).not.toBe(first?.ReceiptHandle);
    expect(second?.Attributes?.SentTimestamp).toBe(first?.Attributes?.SentTimestamp);
  });

  it('shows a message again at once, or later, as its receiver says', async () => {
    const url = await make(queues, 'change');
    await send(queues, url, 'a');
    const change = async (message: Message | undefined, VisibilityTimeout: number): Promise<void> => {
      const request = { QueueUrl: url, ReceiptHandle: message?.ReceiptHandle, VisibilityTimeout };
      await queues.sqs.send(new ChangeMessageVisibilityCommand(request));
    };
    await change((await receive(queues, url))[0], 0);
    const [again] = await receive(queues, url);
    expect(countOf(again)).toBe(2);
    await change(again, 30);
    expect(await receive(queues, url, 2)).toEqual([]);
  });

  it('keeps a delayed message back', async () => {
    const url = await make(queues, 'delay');
    await send(queues, url, 'a', 1);
    expect(await receive(queues, url)).toEqual([]);
    expect(await receive(queues, url, 5)).toHaveLength(1);
  });

  it('answers a batch entry by entry', async () => {
    const url = await make(queues, 'batch');
    const entries = ['a', 'b', 'c'].map((body) => ({ Id: body, MessageBody: body }));
    const sent = await queues.sqs.send(new SendMessageBatchCommand({ QueueUrl: url, Entries: entries }));
    expect(sent.Successful?.map(({ Id }) => Id)).toEqual(['a', 'b', 'c']);
    const messages = await receive(queues, url);
    expect(messages.map(({ Body }) => Body)).toEqual(['a', 'b', 'c']);
    const [a, b] = messages;
    const Entries = [a, b].map((message, index) => ({ Id: String(index), ReceiptHandle: message?.ReceiptHandle }));
    const deleted = await queues.sqs.send(new DeleteMessageBatchCommand({ QueueUrl: url, Entries }));
    expect(deleted.Successful).toHaveLength(2);
    // What was not deleted comes back, alone.
    expect((await receive(queues, url, 5)).map(({ Body }) => Body)).toEqual(['c']);
  });
});

describe.each([
  ['kept', 4, 6],
  ['reset', 1, 3],
] as const)('a redrive chain with receive counts %s', (receiveCounts, firstOnSms, lastOnSms) => {
  let queues: Queues;
  beforeAll(async () => {
    queues = await start(receiveCounts);
  });
  afterAll(() => stop(queues));

  it('moves a message on after its last receive, with its body and its id', async () => {
    const arn = (name: string): string => `arn:aws:sqs:ap-northeast-2:000000000000:${name}`;
    const redrive = (to: string, maxReceiveCount: number): Record<string, string> => ({
      VisibilityTimeout: '0',
      RedrivePolicy: JSON.stringify({ deadLetterTargetArn: arn(to), maxReceiveCount }),
    });
    // As in a template, where a queue may be made before the one that it names.
    const email = await make(queues, 'email', redrive('sms', 2));
    const sms = await make(queues, 'sms', redrive('final', lastOnSms));
    const final = await make(queues, 'final');
    await send(queues, email, 'a');
    const received: Message[] = [];
    for (const url of [email, email]) received.push(...(await receive(queues, url)));
    expect(received.map(countOf)).toEqual([1, 2]);
    expect(await receive(queues, email)).toEqual([]);

    const counts: number[] = [];
    for (let message = (await receive(queues, sms))[0]; message; message = (await receive(queues, sms))[0]) {
      counts.push(countOf(message));
      expect(message.MessageId).toBe(received[0]?.MessageId);
    }
    expect(counts).toEqual([firstOnSms, firstOnSms + 1, lastOnSms]);

    const [last] = await receive(queues, final);
    expect(last?.Body).toBe('a');
    await queues.sqs.send(new DeleteMessageCommand({ QueueUrl: final, ReceiptHandle: last?.ReceiptHandle }));
    expect(await receive(queues, final, 2)).toEqual([]);
  });
});
