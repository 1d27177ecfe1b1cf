/**
 * Takes what the email provider tells: reads where the notices stand, writes what the events change, and tells the next
 * queue where a bounce goes on. A message is deleted last, so a crash at any line is mended by its coming again.
 */
import type { Instant } from '../kernel/dates.ts';
import type { Invocation, SqsMessage } from '../platform/entry.ts';
import type { ChannelMemory } from './adapters/channel-memory.ts';
import { readEmailEvents, type ToldEvent } from './adapters/email-events.ts';
import type { NoticeLedger } from './adapters/notice-ledger.ts';
import type { NoticeQueues, QueueName } from './adapters/notice-queues.ts';
import type { Suppressions } from './adapters/suppressions.ts';
import { afterEvent } from './domain/after-event.ts';
import type { Notice, Transition } from './domain/ledger.ts';
import type { EventKind, ProviderEvent } from './domain/provider-event.ts';

export interface FeedbackDeps {
  readonly ledger: NoticeLedger;
  readonly queues: NoticeQueues;
  readonly memory: Pick<ChannelMemory, 'remember' | 'forget'>;
  readonly suppressions: Pick<Suppressions, 'add'>;
}

type Context = Pick<Invocation, 'log' | 'clock' | 'count'>;

/** Two writes and what they lead to, with a round to spare for a write that loses; then the message comes back. */
const ROUNDS = 4;

const METRICS: Readonly<Record<EventKind, string | null>> = {
  // One for every email, and the answers count them already.
  sent: null,
  delivered: 'EmailsDelivered',
  'bounced-hard': 'EmailsBouncedHard',
  'bounced-soft': 'EmailsBouncedSoft',
  complained: 'EmailComplaints',
};

/** Takes the events; answers with the ids of the messages that must come back. */
export async function takeFeedback(
  deps: FeedbackDeps,
  messages: readonly SqsMessage[],
  context: Context,
): Promise<string[]> {
  const { told, foreign } = readEmailEvents(messages);
  const comeBack: string[] = [];
  if (foreign.length > 0) {
    // They come back until the queue gives them up, where a person looks.
    context.log.error('FOREIGN_EVENTS', { messageIds: foreign });
    context.count('ForeignEvents', foreign.length);
    comeBack.push(...foreign);
  }
  // One event of a notice at a time, in the order of their coming.
  for (let open: readonly ToldEvent[] = told; open.length > 0;) {
    const first = new Map([...open].reverse().map((each) => [each.event.notice.noticeId, each]));
    comeBack.push(...(await takeOneOfEach(deps, [...first.values()], context)));
    open = open.filter((each) => first.get(each.event.notice.noticeId) !== each);
  }
  return comeBack;
}

async function takeOneOfEach(
  deps: FeedbackDeps,
  told: readonly ToldEvent[],
  { log, clock, count }: Context,
): Promise<string[]> {
  const { ledger, queues } = deps;
  const onward = new Map<QueueName, ToldEvent[]>();
  const comeBack: string[] = [];
  const stored = await ledger.read(told.map(({ event }) => event.notice));
  // Before the ledger: what is cut off afterwards comes again, and is remembered again.
  await Promise.all(told.map(({ event }, index) => remember(deps, event, stored[index] ?? null, clock.now())));
  let open = told.map((each, index) => ({ each, notice: stored[index] ?? null }));
  for (let round = 1; open.length > 0; round++) {
    if (round > ROUNDS) {
      comeBack.push(...open.map(({ each }) => each.messageId));
      break;
    }
    const now = clock.now();
    const moves: { each: ToldEvent; transition: Transition }[] = [];
    for (const { each, notice } of open) {
      const { event, messageId } = each;
      const step = afterEvent(notice, event, now);
      if (step.kind === 'move') moves.push({ each, transition: step.transition });
      else if (step.kind === 'later') comeBack.push(messageId);
      else if (step.kind === 'tell') onward.set(step.to, [...(onward.get(step.to) ?? []), each]);
      else if (step.why !== 'known')
        log.info('EVENT_DROPPED', { noticeId: event.notice.noticeId, event: event.kind, why: step.why });
    }
    const written = await ledger.apply(
      moves.map(({ each, transition }) => ({ notice: each.event.notice, transition })),
      now,
    );
    const lost = moves.filter((_, index) => !written[index]);
    const reread = await ledger.read(lost.map(({ each }) => each.event.notice));
    const moved: { each: ToldEvent; notice: Notice }[] = [];
    moves.forEach(({ each, transition }, index) => {
      const notice = written[index];
      if (!notice) return;
      moved.push({ each, notice });
      const { kind, reason, attempt } = each.event;
      log.info('NOTICE_SETTLED', { noticeId: notice.noticeId, event: kind, reason, attempt, state: transition.to });
      const metric = METRICS[kind];
      if (metric !== null && transition.row !== 'afterBounce') count(metric, 1);
    });
    open = [...moved, ...lost.map(({ each }, index) => ({ each, notice: reread[index] ?? null }))];
  }
  for (const [to, events] of onward) {
    await queues.send(
      to,
      events.map(({ event }) => event.notice),
    );
  }
  return comeBack;
}

/** What outlasts the month: whose email bounced for good, who complained, and whose works again. */
async function remember(
  { memory, suppressions }: FeedbackDeps,
  event: ProviderEvent,
  notice: Notice | null,
  now: Instant,
): Promise<void> {
  if (event.kind === 'complained') await suppressions.add(event.recipient, now);
  if (!notice) return;
  const { month, channels } = notice;
  if (event.kind === 'complained' || event.kind === 'bounced-hard') {
    await memory.remember(notice, { channel: 'email', month });
  } else if (event.kind === 'delivered' && channels[0] !== 'email') await memory.forget(notice);
}
