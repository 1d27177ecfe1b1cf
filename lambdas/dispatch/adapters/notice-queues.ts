/** The queues of notices: what goes in is decided by the caller, each message only says which notice (dispatch rules §4). */
import {
  ChangeMessageVisibilityBatchCommand,
  SendMessageBatchCommand,
  type BatchResultErrorEntry,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import { FOREIGN_REASON, type NoticeMessage } from '../../contracts/notice-message.ts';
import { atMost } from '../../platform/concurrency.ts';
import type { Channel } from '../domain/policy.ts';

export type QueueName = Channel | 'final';

/** How long a message of a queue stays unseen from now on. */
export interface Postponement {
  readonly receiptHandle: string;
  readonly seconds: number;
}

/** A body to send; one that is no message of ours has the reason beside it, as a message attribute. */
export interface Sent {
  readonly body: string;
  readonly reason?: string;
}

export interface NoticeQueues {
  /** Sends a message for each notice; throws when a single one was not taken, so that nothing is finished before it. */
  readonly send: (to: QueueName, notices: readonly NoticeMessage[]) => Promise<void>;
  /** Sends a body that is no message of ours on, as it is, with the reason. */
  readonly sendForeign: (to: QueueName, messages: readonly Required<Sent>[]) => Promise<void>;
  /** Hides messages of a queue; one that cannot be hidden comes back by its visibility time-out instead. */
  readonly postpone: (on: QueueName, messages: readonly Postponement[]) => Promise<void>;
}

/** SendMessageBatch's limit. */
const BATCH = 10;
/** Requests of one call under way. */
const AT_ONCE = 3;
const ATTEMPTS = 3;
/** SQS hides a message for 12 h at most, counted from its receipt. */
const LONGEST_SECONDS = 43_000;

export function noticeQueues(sqs: SQSClient, urls: Readonly<Partial<Record<QueueName, string>>>): NoticeQueues {
  const urlOf = (name: QueueName): string => {
    const url = urls[name];
    if (url === undefined) throw new Error(`this function has no ${name} queue`);
    return url;
  };
  const sendAll = async (to: QueueName, messages: readonly Sent[]): Promise<void> => {
    const starts = Array.from({ length: Math.ceil(messages.length / BATCH) }, (_, index) => index * BATCH);
    await atMost(AT_ONCE, starts, (start) => sendBatch(sqs, urlOf(to), messages.slice(start, start + BATCH)));
  };
  return {
    send: (to, notices) =>
      sendAll(
        to,
        notices.map((notice) => ({ body: bodyOf(notice) })),
      ),
    sendForeign: sendAll,
    postpone: async (on, messages) => {
      for (let start = 0; start < messages.length; start += BATCH) {
        const entries = messages.slice(start, start + BATCH).map(({ receiptHandle, seconds }, index) => ({
          Id: String(index),
          ReceiptHandle: receiptHandle,
          VisibilityTimeout: Math.min(LONGEST_SECONDS, Math.max(0, Math.ceil(seconds))),
        }));
        await sqs.send(new ChangeMessageVisibilityBatchCommand({ QueueUrl: urlOf(on), Entries: entries }));
      }
    },
  };
}

/** Callers hand over whole notices, too: only what the message says goes in. */
const bodyOf = ({ noticeId, month, bucket, reopened, returned }: NoticeMessage): string =>
  JSON.stringify({ version: 1, noticeId, month, bucket, reopened, returned } satisfies NoticeMessage);

/** A batch can be taken in part: what `Failed` names is sent again, and at last it is an error. */
async function sendBatch(sqs: SQSClient, url: string, messages: readonly Sent[]): Promise<void> {
  let waiting = messages.map(({ body, reason }, index) => ({
    ...{ Id: String(index), MessageBody: body },
    ...(reason !== undefined && {
      MessageAttributes: { [FOREIGN_REASON]: { DataType: 'String', StringValue: reason } },
    }),
  }));
  let failed: BatchResultErrorEntry[] = [];
  for (let attempt = 1; attempt <= ATTEMPTS && waiting.length > 0; attempt++) {
    const answer = await sqs.send(new SendMessageBatchCommand({ QueueUrl: url, Entries: waiting }));
    failed = answer.Failed ?? [];
    const ids = new Set(failed.map(({ Id }) => Id));
    waiting = waiting.filter(({ Id }) => ids.has(Id));
  }
  if (waiting.length > 0) {
    throw new Error(`${waiting.length} messages were not taken by the queue: ${failed[0]?.Code ?? 'no code'}`);
  }
}
