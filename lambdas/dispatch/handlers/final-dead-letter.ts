/**
 * Called by: the state SweepFinalQueue, in every wave.
 * Guarantees: a notice whose message the queues gave up on is UNDELIVERABLE, unless a person has reopened it since. The messages stay where they are: they are
 * what the alarm counts, and what a person redrives, who sees them as soon as the sweep is over.
 * Fails when: the queue or the ledger does not answer (retried); nothing is lost then, as nothing is deleted.
 */
import { clients } from '../../platform/clients.ts';
import { entryPoint, type Invocation, type SqsMessage } from '../../platform/entry.ts';
import { once, readEnv } from '../../platform/env.ts';
import { finalQueue, type FinalQueue } from '../adapters/final-queue.ts';
import { noticeLedger, type NoticeLedger } from '../adapters/notice-ledger.ts';
import { endOfTheLine } from '../domain/redriven.ts';
import { finalDeadLetterEnv } from '../env.ts';
import { readMessages } from '../read-messages.ts';

export interface FinalDeadLetterDeps {
  readonly queue: FinalQueue;
  readonly ledger: NoticeLedger;
}

/** So many receives a wave at most; a longer queue is a matter for a person, whom the alarm has called. */
const MOST_RECEIVES = 100;

export async function finalDeadLetter(
  { queue, ledger }: FinalDeadLetterDeps,
  { log, clock, count }: Pick<Invocation, 'log' | 'clock' | 'count'>,
) {
  let [ended, foreignSeen] = [0, 0];
  const seen: SqsMessage[] = [];
  for (let receive = 0; receive < MOST_RECEIVES; receive++) {
    const messages = await queue.look();
    if (messages.length === 0) break;
    const { requests, repeated, foreign } = readMessages(messages);
    // A notice may lie here twice, and one of the two be older than its reopening.
    const asked = [...requests, ...repeated].map(({ notice }) => notice);
    const stored = await ledger.read(asked);
    const now = clock.now();
    const ends = asked.flatMap((notice, index) => {
      const found = stored[index];
      const transition = found ? endOfTheLine(found, notice, now) : null;
      return transition ? [[notice.noticeId, { notice, transition }] as const] : [];
    });
    const outcomes = await ledger.apply([...new Map(ends).values()], now);
    for (const notice of outcomes) if (notice) log.error('NOTICE_UNDELIVERABLE', { noticeId: notice.noticeId });
    ended += outcomes.filter((notice) => notice !== null).length;
    seen.push(...messages);
    foreignSeen += foreign.length;
  }
  await queue.show(seen);
  if (seen.length > 0) log.warn('FINAL_QUEUE_SWEPT', { seen: seen.length, ended, foreign: foreignSeen });
  count('NoticesUndeliverable', ended);
  return { seen: seen.length, ended };
}

const deps = once((): FinalDeadLetterDeps => {
  const env = readEnv(finalDeadLetterEnv);
  return {
    queue: finalQueue(clients.sqs(), env.FINAL_QUEUE_URL),
    ledger: noticeLedger(clients.dynamo(), env.NOTICES_TABLE),
  };
});

export const handler = entryPoint('final-dead-letter', (_event, invocation) => finalDeadLetter(deps(), invocation));
