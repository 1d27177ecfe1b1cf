import { ChangeMessageVisibilityBatchCommand, ReceiveMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { FOREIGN_REASON } from '../../contracts/notice-message.ts';
import type { SqsMessage } from '../../platform/entry.ts';

/** A message of the final queue; `reason` is why a worker found it none of ours. */
export interface FinalQueueMessage extends SqsMessage {
  readonly reason: string | null;
}

/** The final dead-letter queue, looked at without taking anything out of it. */
export interface FinalQueue {
  /** Up to 10 messages that were not looked at within the last half minute. */
  readonly look: () => Promise<FinalQueueMessage[]>;
  /** Gives messages back: whoever looks next sees them at once. */
  readonly show: (messages: readonly SqsMessage[]) => Promise<void>;
}

/** ChangeMessageVisibilityBatch's limit. */
const BATCH = 10;
/** Long enough that one sweep sees no message twice; and as long they stay unseen when a sweep dies. */
const UNSEEN_SECONDS = 30;

export const finalQueue = (sqs: SQSClient, url: string): FinalQueue => ({
  look: async () => {
    const { Messages } = await sqs.send(
      new ReceiveMessageCommand({
        ...{ QueueUrl: url, MaxNumberOfMessages: 10, VisibilityTimeout: UNSEEN_SECONDS },
        MessageAttributeNames: [FOREIGN_REASON],
      }),
    );
    return (Messages ?? []).map(({ MessageId = '', ReceiptHandle = '', Body = '', MessageAttributes }) => ({
      messageId: MessageId,
      receiptHandle: ReceiptHandle,
      body: Body,
      receiveCount: 1,
      reason: MessageAttributes?.[FOREIGN_REASON]?.StringValue ?? null,
    }));
  },
  show: async (messages) => {
    for (let start = 0; start < messages.length; start += BATCH) {
      const Entries = messages
        .slice(start, start + BATCH)
        .map(({ receiptHandle }, index) => ({ Id: String(index), ReceiptHandle: receiptHandle, VisibilityTimeout: 0 }));
      // One that cannot be shown is seen again when its half minute is over.
      await sqs.send(new ChangeMessageVisibilityBatchCommand({ QueueUrl: url, Entries }));
    }
  },
});
