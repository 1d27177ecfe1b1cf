/**
 * Called by: the feedback queue, which EventBridge fills with what SES tells of our emails.
 * Guarantees: what an event says stands in the ledger, and a notice whose email came back is in the queue of its next
 * channel; a hard bounce and a complaint are remembered. Events that come twice, late, out of order or about an unknown notice change nothing.
 * Fails when: a table does not answer (the batch comes back), or a message is none of ours (it alone comes back, until
 * the queue gives it up).
 */
import { clients } from '../../platform/clients.ts';
import { sqsEntryPoint } from '../../platform/entry.ts';
import { once, readEnv } from '../../platform/env.ts';
import { channelMemory } from '../adapters/channel-memory.ts';
import { noticeLedger } from '../adapters/notice-ledger.ts';
import { noticeQueues } from '../adapters/notice-queues.ts';
import { suppressions } from '../adapters/suppressions.ts';
import { deliveryFeedbackEnv } from '../env.ts';
import { takeFeedback, type FeedbackDeps } from '../take-feedback.ts';

const deps = once((): FeedbackDeps => {
  const env = readEnv(deliveryFeedbackEnv);
  const dynamo = clients.dynamo();
  return {
    ledger: noticeLedger(dynamo, env.NOTICES_TABLE),
    memory: channelMemory(dynamo, env.CONTROL_TABLE),
    suppressions: suppressions(dynamo, env.CONTROL_TABLE),
    queues: noticeQueues(clients.sqs(), { sms: env.SMS_QUEUE_URL, final: env.FINAL_QUEUE_URL }),
  };
});

export const handler = sqsEntryPoint('delivery-feedback', (messages, invocation) =>
  takeFeedback(deps(), messages, invocation),
);
