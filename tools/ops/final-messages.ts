/** The final dead-letter queue as a person works on it: looked at, and redriven notice by notice (dispatch rules §5). */
import { DeleteMessageBatchCommand, GetQueueAttributesCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { finalQueue } from '../../lambdas/dispatch/adapters/final-queue.ts';
import type { NoticeLedger } from '../../lambdas/dispatch/adapters/notice-ledger.ts';
import type { NoticeQueues } from '../../lambdas/dispatch/adapters/notice-queues.ts';
import { FINAL_STATES, type Notice } from '../../lambdas/dispatch/domain/ledger.ts';
import type { Channel } from '../../lambdas/dispatch/domain/policy.ts';
import { messageOf } from '../../lambdas/dispatch/domain/message-of.ts';
import { isReopened } from '../../lambdas/dispatch/domain/by-person.ts';
import { givingWay, isBeforeReopening, reopening } from '../../lambdas/dispatch/domain/redriven.ts';
import { readMessages, type Request } from '../../lambdas/dispatch/read-messages.ts';
import type { NoticeMessage } from '../../lambdas/contracts/notice-message.ts';
import type { Instant } from '../../lambdas/kernel/dates.ts';
import { resendIdOf, resendNumber } from '../../lambdas/kernel/ids.ts';
import type { SqsMessage } from '../../lambdas/platform/entry.ts';

/** What a redrive would do, or did, with one message. */
export type Fate =
  /** Its notice is reopened on the channel, and its queue gets a message. */
  | 'redrive'
  /** The notice has ended otherwise (sent, cancelled …), or was reopened since: the message is only deleted. */
  | 'delete'
  /** Another notice was made in its place, which has its own fate: the message is only deleted. */
  | 'resent'
  /** Its notice is not UNDELIVERABLE yet: the next wave says so. The message stays. */
  | 'not-swept'
  /** The customer has no such channel. The message stays. */
  | 'no-such-channel'
  /** No message of ours, or of a notice that is not there. It stays for a person. */
  | 'foreign';

export interface FinalMessage {
  readonly messageId: string;
  readonly noticeId: string | null;
  /** Where its notice stands. */
  readonly state: Notice['state'] | null;
  readonly channel: Channel | null;
  /** The notice's; of a message that is none of ours, why it is not. */
  readonly reason: string | null;
  readonly attempts: number;
  readonly fate: Fate;
}

export interface FinalMessages {
  readonly sqs: SQSClient;
  readonly finalUrl: string;
  readonly ledger: NoticeLedger;
  readonly queues: NoticeQueues;
}

/** Messages in the queue, about: SQS counts so. */
export async function finalDepth({ sqs, finalUrl }: FinalMessages): Promise<number> {
  const { Attributes } = await sqs.send(
    new GetQueueAttributesCommand({ QueueUrl: finalUrl, AttributeNames: ['ApproximateNumberOfMessages'] }),
  );
  return Number(Attributes?.['ApproximateNumberOfMessages'] ?? 0);
}

/** What a redrive to a channel comes to, for up to `most` messages. Changes nothing. */
export async function lookAtFinal(deps: FinalMessages, to: Channel | null, most: number): Promise<FinalMessage[]> {
  return eachBatch(deps, most, (batch) =>
    Promise.resolve({ told: batch.map((each) => describe(each, to)), done: [] as SqsMessage[] }),
  );
}

/**
 * Redrives up to `most` messages to a channel's queue: reopens the notice, sends, and deletes what was taken. One that is
 * cut off goes on when it is called again: a notice that is reopened already is sent again, and the ledger drops doubles.
 */
export async function redriveFinal(
  deps: FinalMessages,
  to: Channel,
  most: number,
  clock: { readonly now: () => Instant },
): Promise<FinalMessage[]> {
  return eachBatch(deps, most, async (found) => {
    const batch = await reopened(deps, found, to, clock.now());
    const wanted = distinct(batch.filter((each) => fateOf(each, to) === 'redrive'));
    // It throws when a single message was not taken: then nothing is deleted, and all come again.
    await deps.queues.send(to, wanted.map(messageOf));
    const done = batch.filter((each) => DELETED.includes(fateOf(each, to)));
    return { told: batch.map((each) => describe(each, to)), done: done.map(({ message }) => message) };
  });
}

/** The batch with its notices reopened, each as it is stored now: a write that lost has met another redrive. */
async function reopened(deps: FinalMessages, batch: readonly Found[], to: Channel, now: Instant): Promise<Found[]> {
  const closed = distinct(batch.filter((each) => fateOf(each, to) === 'redrive')).filter(
    ({ state }) => state === UNDELIVERABLE,
  );
  const writes = closed.map((notice) => ({ notice: messageOf(notice), transition: reopening(notice, to) }));
  const outcomes = await deps.ledger.apply(writes, now);
  const lost = closed.filter((_, index) => !outcomes[index]);
  const reread = await deps.ledger.read(lost.map(messageOf));
  const stored = new Map([...outcomes, ...reread].flatMap((notice) => (notice ? [[notice.noticeId, notice]] : [])));
  const opened = batch.map((each) => ({ ...each, notice: stored.get(each.notice?.noticeId ?? '') ?? each.notice }));
  return withoutResent(deps, opened, now);
}

/**
 * Takes back what is resent by now. Of a redrive and a resend at once, each looks after its own write: one of the two
 * sees the other, and gives way.
 */
async function withoutResent({ ledger }: FinalMessages, batch: readonly Found[], now: Instant): Promise<Found[]> {
  const open = batch.flatMap(({ message, asked, notice }) =>
    asked && notice && isReopened(notice) ? [{ message, notice: asked }] : [],
  );
  const looked = await found(ledger, open);
  const resent = distinct(looked.filter(({ isResent, notice }) => isResent && notice && isReopened(notice)));
  const back = await ledger.apply(
    resent.map((notice) => ({ notice: messageOf(notice), transition: givingWay(notice) })),
    now,
  );
  const stored = new Map(back.flatMap((notice) => (notice ? [[notice.noticeId, notice]] : [])));
  const seen = new Map(looked.map((each) => [each.message.messageId, each]));
  return batch.map((each) => {
    const now = seen.get(each.message.messageId) ?? each;
    return { ...now, notice: stored.get(now.notice?.noticeId ?? '') ?? now.notice };
  });
}

/** A notice may lie in the queue twice. */
const distinct = (batch: readonly Found[]): Notice[] => [
  ...new Map(batch.flatMap(({ notice }) => (notice ? [[notice.noticeId, notice]] : []))).values(),
];

interface Found {
  readonly message: SqsMessage;
  /** What the message says; null when it is none of ours. */
  readonly asked: NoticeMessage | null;
  readonly notice: Notice | null;
  /** Why it is none of ours. */
  readonly foreign?: string;
  /** A person has had it sent anew, by another notice. */
  readonly isResent?: boolean;
}

/** What a redrive deletes: what a queue has taken, and what is over. */
const DELETED: readonly Fate[] = ['redrive', 'delete', 'resent'];
export const isDeleted = ({ fate }: Pick<FinalMessage, 'fate'>): boolean => DELETED.includes(fate);

/** Receives up to `most` messages, hands them on batch by batch, deletes what is done and gives back the rest. */
async function eachBatch(
  deps: FinalMessages,
  most: number,
  work: (batch: readonly Found[]) => Promise<{ told: FinalMessage[]; done: readonly SqsMessage[] }>,
): Promise<FinalMessage[]> {
  const queue = finalQueue(deps.sqs, deps.finalUrl);
  const all: FinalMessage[] = [];
  const worked = new Set<string>();
  const kept = new Map<string, SqsMessage>();
  try {
    while (all.length < most) {
      const seen = await queue.look();
      for (const message of seen) kept.set(message.messageId, message);
      // A queue that takes longer than its messages stay unseen shows them again: then everything has been looked at.
      const fresh = seen.filter(({ messageId }) => !worked.has(messageId));
      if (fresh.length === 0) break;
      const messages = fresh.slice(0, most - all.length);
      for (const { messageId } of messages) worked.add(messageId);
      const { requests, repeated, foreign } = readMessages(messages);
      const asked = [...requests, ...repeated];
      const { told, done } = await work([
        ...(await found(deps.ledger, asked)),
        ...foreign.map(({ message, reason }) => {
          // What the worker told that sent it here; what SQS moved here itself has no word of anyone.
          const told = messages.find(({ messageId }) => messageId === message.messageId)?.reason;
          return { message, asked: null, notice: null, foreign: told ?? reason };
        }),
      ]);
      await remove(deps, done);
      for (const { messageId } of done) kept.delete(messageId);
      all.push(...told);
    }
  } finally {
    // Whoever looks next must see them at once.
    await queue.show([...kept.values()]);
  }
  return all;
}

/** The messages with their notices, and whether those were resent. */
async function found(ledger: NoticeLedger, requests: readonly Request[]): Promise<Found[]> {
  const asked = requests.map(({ notice }) => notice);
  const notices = await ledger.read(asked);
  // Resends are numbered without a gap.
  const nextId = ({ noticeId }: NoticeMessage): string => resendIdOf(noticeId, resendNumber(noticeId) + 1);
  const resends = await ledger.read(asked.map((notice) => ({ ...notice, noticeId: nextId(notice) })));
  return requests.map(({ message, notice }, index) => ({
    ...{ message, asked: notice, notice: notices[index] ?? null },
    isResent: (resends[index] ?? null) !== null,
  }));
}

/** Without a channel that is asked for: whether it has any. */
const hasChannel = ({ channels }: Notice, to: Channel | null): boolean =>
  to === null ? channels.length > 0 : channels.includes(to);

function fateOf({ asked, notice, isResent }: Found, to: Channel | null): Fate {
  if (!asked || !notice) return 'foreign';
  if (notice.state === UNDELIVERABLE && isResent) return 'resent';
  const isOpen = notice.state === UNDELIVERABLE || isReopened(notice);
  if (!isOpen) return FINAL_STATES.includes(notice.state) || isBeforeReopening(asked, notice) ? 'delete' : 'not-swept';
  return !hasChannel(notice, to) ? 'no-such-channel' : 'redrive';
}

function describe(found: Found, to: Channel | null): FinalMessage {
  const { message, notice } = found;
  const { noticeId = null, state = null, channel = null, reason = null, attempts = [] } = notice ?? {};
  const { messageId } = message;
  const why = found.foreign ?? reason;
  return { messageId, noticeId, state, channel, reason: why, attempts: attempts.length, fate: fateOf(found, to) };
}

const UNDELIVERABLE = 'UNDELIVERABLE';

/** Requests of SQS carry ten messages. */
const BATCH = 10;

async function remove({ sqs, finalUrl }: FinalMessages, messages: readonly SqsMessage[]): Promise<void> {
  for (const Entries of entriesOf(messages)) {
    const { Failed } = await sqs.send(new DeleteMessageBatchCommand({ QueueUrl: finalUrl, Entries }));
    if (Failed && Failed.length > 0)
      throw new Error(`${Failed.length} messages could not be deleted (${Failed[0]?.Code ?? ''}): redrive again`);
  }
}

function* entriesOf(messages: readonly SqsMessage[]) {
  for (let start = 0; start < messages.length; start += BATCH)
    yield messages
      .slice(start, start + BATCH)
      .map(({ receiptHandle }, index) => ({ Id: String(index), ReceiptHandle: receiptHandle }));
}
