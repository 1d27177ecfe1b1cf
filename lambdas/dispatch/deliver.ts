/**
 * Delivers a batch of notices on one channel: reads where they stand, claims, sends, writes the answers, and finishes
 * each message in the way its notice asks for. The decisions are the domain's; here is only their order, and it is the
 * order that makes a crash harmless at any line:
 *
 *     claim → send → write the answer → tell the next queue or put the due marker → delete this message
 *
 * A message is deleted last, so whatever was cut off is found by the next receive, which reads the ledger first.
 */
import { epochMs, instantOf, type Instant } from '../kernel/dates.ts';
import type { Invocation, SqsMessage } from '../platform/entry.ts';
import type { DispatchPause } from './adapters/dispatch-pause.ts';
import type { NoticeLedger } from './adapters/notice-ledger.ts';
import type { NoticeQueues, QueueName } from './adapters/notice-queues.ts';
import type { PolicyStore } from './adapters/policy-store.ts';
import { afterAnswer, type MessageFate } from './domain/after-answer.ts';
import type { Answer } from './domain/answer.ts';
import type { Notice, Transition } from './domain/ledger.ts';
import { nextStep } from './domain/next-step.ts';
import { pausedAt } from './domain/stop.ts';
import type { Channel, Policy } from './domain/policy.ts';
import type { MarkNotices } from './mark-notices.ts';
import { readMessages, type Request } from './read-messages.ts';

export interface DeliveryDeps {
  readonly channel: Channel;
  readonly ledger: NoticeLedger;
  readonly policies: PolicyStore;
  readonly pause: Pick<DispatchPause, 'isPaused'>;
  readonly queues: NoticeQueues;
  readonly mark: MarkNotices;
  /** Sends one claimed notice; what it throws is taken for an answer that never came. */
  readonly send: (notice: Notice) => Promise<Answer>;
  /** How long a claim holds: longer than the function may run, shorter than the message stays unseen. */
  readonly leaseMs: number;
  readonly newToken: () => string;
  /** A number from 0 (included) to 1 (excluded). */
  readonly random: () => number;
}

/** A claimed notice, to be sent now. */
interface Claimed {
  readonly request: Request;
  readonly notice: Notice;
}

/** What becomes of a request's message. */
interface Finish {
  readonly request: Request;
  readonly fate: MessageFate | { readonly kind: 'forward'; readonly to: QueueName } | { readonly kind: 'again' };
}

/** A write that loses is decided again on what is stored; after so many rounds the message comes back later. */
const ROUNDS = 3;

/** Delivers the messages; answers with the ids of those that must come back. */
export async function deliver(
  deps: DeliveryDeps,
  messages: readonly SqsMessage[],
  invocation: Pick<Invocation, 'log' | 'clock' | 'count'>,
): Promise<string[]> {
  const { requests, foreign, repeated } = readMessages(messages);
  const { claimed, finished } = await claimAll(deps, requests, invocation);
  const answered = await sendAll(deps, claimed, invocation);
  const finishes = [...finished, ...answered];
  if (foreign.length > 0) {
    invocation.log.error('FOREIGN_MESSAGES', { messageIds: foreign.map(({ messageId }) => messageId) });
    invocation.count('ForeignMessages', foreign.length);
    await deps.queues.sendForeign(
      'final',
      foreign.map(({ body }) => body),
    );
  }
  invocation.count('DuplicateMessages', repeated.length);
  return finishAll(deps, finishes, invocation.clock.now());
}

async function claimAll(
  deps: DeliveryDeps,
  requests: readonly Request[],
  { clock, count, log }: Pick<Invocation, 'log' | 'clock' | 'count'>,
): Promise<{ claimed: Claimed[]; finished: Finish[] }> {
  const claimed: Claimed[] = [];
  const finished: Finish[] = [];
  const stored = await deps.ledger.read(requests.map(({ notice }) => notice));
  let open = requests.map((request, index) => ({ request, notice: stored[index] ?? null }));
  for (let round = 1; open.length > 0; round++) {
    if (round > ROUNDS) {
      finished.push(...open.map(({ request }) => ({ request, fate: { kind: 'again' } as const })));
      break;
    }
    const now = clock.now();
    const stop = (await deps.pause.isPaused(now)) ? pausedAt(now) : null;
    const writes: { request: Request; transition: Transition; isClaim: boolean }[] = [];
    for (const { request, notice } of open) {
      const lease = { token: deps.newToken(), until: instantOf(epochMs(now) + deps.leaseMs) };
      const policy = notice ? await pinnedPolicy(deps.policies, notice) : null;
      const step = policy
        ? nextStep(notice, deps.channel, policy, lease, now, stop)
        : ({ kind: 'drop', why: 'no-notice' } as const);
      switch (step.kind) {
        case 'claim':
        case 'move':
          writes.push({ request, transition: step.transition, isClaim: step.kind === 'claim' });
          break;
        case 'drop':
          log.info('NOTICE_DROPPED', { noticeId: request.notice.noticeId, why: step.why });
          count('DuplicateMessages', 1);
          finished.push({ request, fate: { kind: 'done' } });
          break;
        case 'mark':
          finished.push({ request, fate: { kind: 'held', until: step.until } });
          break;
        default:
          finished.push({ request, fate: step });
      }
    }
    const outcomes = await deps.ledger.apply(
      writes.map(({ request, transition }) => ({ notice: request.notice, transition })),
      now,
    );
    const lost: Request[] = [];
    const moved: { request: Request; notice: Notice }[] = [];
    writes.forEach(({ request, isClaim }, index) => {
      const notice = outcomes[index];
      if (!notice) lost.push(request);
      else if (isClaim) claimed.push({ request, notice });
      else moved.push({ request, notice });
    });
    const reread = await deps.ledger.read(lost.map(({ notice }) => notice));
    open = [...moved, ...lost.map((request, index) => ({ request, notice: reread[index] ?? null }))];
  }
  return { claimed, finished };
}

/** Sends every claimed notice at once, and writes all answers in one batch. */
async function sendAll(
  deps: DeliveryDeps,
  claimed: readonly Claimed[],
  { clock, count, log }: Pick<Invocation, 'log' | 'clock' | 'count'>,
): Promise<Finish[]> {
  const sent = await Promise.all(
    claimed.map(async ({ request, notice }) => {
      const answer = await deps.send(notice).catch((error: unknown): Answer => {
        log.error('SEND_FAILED', { noticeId: notice.noticeId, error: error instanceof Error ? error.name : 'unknown' });
        return { class: 'UNKNOWN', reason: 'worker-error' };
      });
      const policy = await pinnedPolicy(deps.policies, notice);
      return { request, notice, answer, outcome: afterAnswer(notice, answer, policy, clock.now(), deps.random()) };
    }),
  );
  const written = await deps.ledger.record(
    sent.map(({ request, outcome }) => ({ notice: request.notice, transition: outcome.transition })),
    clock.now(),
  );
  return sent.map(({ request, notice, answer, outcome }, index): Finish => {
    const ids = { noticeId: notice.noticeId, channel: notice.channel, attempt: notice.used };
    count(`Answer_${answer.class}`, 1);
    if (!written[index]) {
      // The lease ran out, and another worker has the notice: it decides what comes next.
      log.warn('LEASE_LOST', { ...ids, class: answer.class });
      return { request, fate: { kind: 'again' } };
    }
    const reason = answer.class === 'ACCEPTED' ? {} : { reason: answer.reason };
    log.info('NOTICE_ANSWERED', { ...ids, class: answer.class, state: outcome.transition.to, ...reason });
    return { request, fate: outcome.fate };
  });
}

/** Tells queues and markers what the notices ask for; answers with the messages that must come back. */
async function finishAll(deps: DeliveryDeps, finishes: readonly Finish[], now: Instant): Promise<string[]> {
  const comeBack: string[] = [];
  const postponed: { receiptHandle: string; seconds: number }[] = [];
  const onward = new Map<QueueName, Request[]>();
  const held: { request: Request; until: Instant }[] = [];
  for (const { request, fate } of finishes) {
    switch (fate.kind) {
      case 'done':
        break;
      case 'again':
        comeBack.push(request.message.messageId);
        break;
      case 'wait':
        comeBack.push(request.message.messageId);
        postponed.push({
          receiptHandle: request.message.receiptHandle,
          seconds: (epochMs(fate.until) - epochMs(now)) / 1000,
        });
        break;
      case 'held':
        held.push({ request, until: fate.until });
        break;
      case 'hop':
      case 'forward':
        onward.set(fate.to, [...(onward.get(fate.to) ?? []), request]);
        break;
      case 'undeliverable':
        onward.set('final', [...(onward.get('final') ?? []), request]);
        break;
    }
  }
  for (const [to, requests] of onward) {
    await deps.queues.send(
      to,
      requests.map(({ notice }) => notice),
    );
  }
  await deps.mark(
    held.map(({ request, until }) => ({ month: request.notice.month, bucket: request.notice.bucket, dueAt: until })),
    now,
  );
  await deps.queues.postpone(deps.channel, postponed);
  return comeBack;
}

/** Channels, retries, quiet hours as the notice was planned under. */
const pinnedPolicy = (policies: PolicyStore, notice: Notice): Promise<Policy> => policies.version(notice.policyVersion);
