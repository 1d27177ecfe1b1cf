/** Sends claimed notices, spaced so that all workers together keep the rate, and writes what the provider answered. */
import { type Instant } from '../kernel/dates.ts';
import type { Invocation } from '../platform/entry.ts';
import type { Claimed, Claims } from './claim-notices.ts';
import type { DeliveryDeps } from './delivery-deps.ts';
import { afterAnswer } from './domain/after-answer.ts';
import type { Answer } from './domain/answer.ts';
import { afterAnswers, phaseOf, type Breaker } from './domain/breaker.ts';
import type { NoticeState } from './domain/ledger.ts';
import type { Finish } from './finish-messages.ts';

type Told = Pick<Invocation, 'log' | 'clock' | 'count'>;

/** A claimed notice whose send was answered. */
interface Answered extends Claimed {
  readonly answer: Answer;
  readonly at: Instant;
}

/** One answer as the log of its batch tells it: ids and codes. */
interface LoggedAnswer {
  readonly noticeId: string;
  readonly attempt: number;
  readonly class: Answer['class'];
  readonly state: NoticeState;
  readonly reason?: string;
}

/**
 * Sends every claimed notice and writes all answers in one batch. The breaker counts them first: an answer that opened
 * it is the outage's, not the notice's.
 */
export async function sendClaimed(
  deps: DeliveryDeps,
  { claimed, probe, breaker: found, spacing }: Omit<Claims, 'finished'>,
  told: Told,
): Promise<Finish[]> {
  if (claimed.length === 0) return [];
  const { clock, count, log } = told;
  const answered = await Promise.all(
    claimed.map(async (each, index): Promise<Answered> => {
      const waitMs = spacing * (index + 1);
      // Timers count whole milliseconds.
      if (waitMs >= 1) await clock.sleep(waitMs);
      const answer = await deps.send(each.notice).catch((error: unknown): Answer => {
        log.error('SEND_FAILED', {
          noticeId: each.notice.noticeId,
          error: error instanceof Error ? error.name : 'unknown',
        });
        return { class: 'UNKNOWN', reason: 'worker-error' };
      });
      return { ...each, answer, at: clock.now() };
    }),
  );
  const breaker = await countAnswers(deps, answered, probe, found, told);
  const sent = await Promise.all(
    answered.map(async (each) => {
      const pinned = await deps.policies.version(each.notice.policyVersion);
      return { ...each, outcome: afterAnswer(each.notice, each.answer, pinned, each.at, deps.random(), breaker) };
    }),
  );
  const written = await deps.ledger.record(
    sent.map(({ request, outcome }) => ({ notice: request.notice, transition: outcome.transition })),
    clock.now(),
  );
  const answers: LoggedAnswer[] = [];
  const finishes = sent.map(({ request, notice, answer, outcome }, index): Finish => {
    const line = { noticeId: notice.noticeId, attempt: notice.used, class: answer.class };
    count(`Answer_${answer.class}`, 1);
    if (!written[index]) {
      // The lease ran out, and another worker has the notice: it decides what comes next.
      log.warn('LEASE_LOST', { ...line, channel: notice.channel });
      return { request, fate: { kind: 'again' } };
    }
    const reason = answer.class === 'ACCEPTED' ? {} : { reason: answer.reason };
    answers.push({ ...line, state: outcome.transition.to, ...reason });
    return { request, fate: outcome.fate };
  });
  // One line for all: a log is paid by the byte, and most of a line says whose it is.
  if (answers.length > 0) log.info('NOTICES_ANSWERED', { channel: deps.channel, answers });
  return finishes;
}

/** Tells the channel's breaker the answers; what was sent must be written, so a breaker that cannot be is only logged. */
async function countAnswers(
  deps: DeliveryDeps,
  answered: readonly Answered[],
  probe: string | null,
  before: Breaker,
  { clock, count, log }: Told,
): Promise<Breaker> {
  const now = clock.now();
  const answers = answered
    .map(({ answer, at }) => ({ class: answer.class, reason: answer.class === 'ACCEPTED' ? null : answer.reason, at }))
    .sort((a, b) => (a.at < b.at ? -1 : 1));
  try {
    const change = (stored: Breaker): Breaker => afterAnswers(stored, answers, probe);
    const { breaker, isWritten } = await deps.breakers.change(deps.channel, change, now);
    const [was, is] = [phaseOf(before, now), phaseOf(breaker, now)];
    if (isWritten && is === 'open' && was !== 'open') {
      log.error('BREAKER_OPENED', { channel: deps.channel, reason: breaker.reason, until: breaker.openUntil });
      count(`BreakerOpened_${deps.channel}`, 1);
    }
    if (isWritten && is === 'closed' && was !== 'closed') log.info('BREAKER_CLOSED', { channel: deps.channel });
    return breaker;
  } catch (error) {
    log.error('BREAKER_NOT_WRITTEN', {
      channel: deps.channel,
      error: error instanceof Error ? error.name : 'unknown',
    });
    return afterAnswers(before, answers, probe);
  }
}
