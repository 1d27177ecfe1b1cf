/**
 * Delivers a batch of notices on one channel: reads where they stand, claims, sends, writes the answers, and finishes
 * each message in the way its notice asks for. The decisions are the domain's; here is only their order, and it is the
 * order that makes a crash harmless at any line:
 *
 *     claim → send → write the answer → tell the next queue or put the due marker → delete this message
 *
 * A message is deleted last, so whatever was cut off is found by the next receive, which reads the ledger first.
 */
import type { Invocation, SqsMessage } from '../platform/entry.ts';
import { claimNotices } from './claim-notices.ts';
import type { DeliveryDeps } from './delivery-deps.ts';
import { finishMessages } from './finish-messages.ts';
import { readMessages } from './read-messages.ts';
import { sendClaimed } from './send-claimed.ts';

/** Delivers the messages; answers with the ids of those that must come back. */
export async function deliver(
  deps: DeliveryDeps,
  messages: readonly SqsMessage[],
  invocation: Pick<Invocation, 'log' | 'clock' | 'count' | 'remainingMs'>,
): Promise<string[]> {
  const { requests, foreign, repeated } = readMessages(messages);
  const claims = await claimNotices(deps, requests, invocation);
  const answered = await sendClaimed(deps, claims, invocation);
  if (foreign.length > 0) {
    const told = foreign.map(({ message: { messageId }, reason }) => ({ messageId, reason }));
    invocation.log.error('FOREIGN_MESSAGES', { messages: told });
    invocation.count('ForeignMessages', foreign.length);
    await deps.queues.sendForeign(
      'final',
      foreign.map(({ message: { body }, reason }) => ({ body, reason })),
    );
  }
  invocation.count('DuplicateMessages', repeated.length);
  return finishMessages(deps, [...claims.finished, ...answered], invocation.clock.now());
}
