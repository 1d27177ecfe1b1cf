import { ReceiveMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import type { SqsMessage } from '../../platform/entry.ts';

/** The final dead-letter queue, looked at without taking anything out of it. */
export interface FinalQueue {
  /** Up to 10 messages that were not looked at within the last half minute. */
  readonly look: () => Promise<SqsMessage[]>;
}

/** Long enough that one sweep sees no message twice, short enough that a person finds it soon after. */
const UNSEEN_SECONDS = 30;

export const finalQueue = (sqs: SQSClient, url: string): FinalQueue => ({
  look: async () => {
    const { Messages } = await sqs.send(
      new ReceiveMessageCommand({ QueueUrl: url, MaxNumberOfMessages: 10, VisibilityTimeout: UNSEEN_SECONDS }),
    );
    return (Messages ?? []).map(({ MessageId = '', ReceiptHandle = '', Body = '' }) => ({
      messageId: MessageId,
      receiptHandle: ReceiptHandle,
      body: Body,
      receiveCount: 1,
    }));
  },
});
