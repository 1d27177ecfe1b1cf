/**
 * Claims the notices of a batch, each by one conditional write, or writes why it is not claimed. What stands in the way
 * (the channel's breaker, its rate, the run's SMS budget, a broken deployment) is asked here, before every claim.
 */
import { epochMs, instantOf, type Instant } from '../kernel/dates.ts';
import type { Invocation } from '../platform/entry.ts';
import type { DeliveryDeps } from './delivery-deps.ts';
import { phaseOf, withProbe, withUnattempted, type Breaker } from './domain/breaker.ts';
import type { Notice, Transition } from './domain/ledger.ts';
import { isUnattempted, keptOnItsChannel, leavesItsChannel, nextStep, type Step } from './domain/next-step.ts';
import { stopByOrder } from './domain/month-order.ts';
import { nextSlot } from './domain/slots.ts';
import { needsReservation, smsLimit } from './domain/sms-budget.ts';
import { beyondBudget, beyondRate, breakerOpen, pausedAt, type Stop } from './domain/stop.ts';
import { sendsWithin, spacingMs } from './domain/spacing.ts';
import type { Finish } from './finish-messages.ts';
import type { Request } from './read-messages.ts';

/** A claimed notice, to be sent now. */
export interface Claimed {
  readonly request: Request;
  readonly notice: Notice;
}

/** What a batch's claims came to. */
export interface Claims {
  readonly claimed: readonly Claimed[];
  readonly finished: readonly Finish[];
  /** The token of the claim that probes a half-open breaker. */
  readonly probe: string | null;
  /** The channel's breaker as the batch found it. */
  readonly breaker: Breaker;
  /** Milliseconds before each send. */
  readonly spacing: number;
}

type Told = Pick<Invocation, 'log' | 'clock' | 'count' | 'remainingMs'>;

/** A write that loses is decided again on what is stored; after so many rounds the message comes back later. */
const ROUNDS = 3;
/** What a worker needs after its last send: the provider's time-out comes on top. */
const MARGIN_MS = 3_000;

export async function claimNotices(deps: DeliveryDeps, requests: readonly Request[], told: Told): Promise<Claims> {
  const claimed: Claimed[] = [];
  const finished: Finish[] = [];
  const batch = await startBatch(deps, told);
  const stored = await deps.ledger.read(requests.map(({ notice }) => notice));
  let open = requests.map((request, index): Open => ({ request, notice: stored[index] ?? null }));
  for (let round = 1; open.length > 0; round++) {
    if (round > ROUNDS) {
      finished.push(...open.map(({ request }) => ({ request, fate: { kind: 'again' } as const })));
      break;
    }
    const now = told.clock.now();
    const paused = (await deps.pause.isPaused(now)) ? pausedAt(now) : null;
    const decided: Decided[] = [];
    for (const each of open)
      decided.push({
        ...each,
        step: await decide(deps, batch, each.notice, paused ?? (await stopByMonth(deps, each.notice, now)), now),
      });
    const steps = await admitFallbacks(deps, await reserveSms(deps, decided, told, now), told, now);
    const writes: { request: Request; transition: Transition; isClaim: boolean }[] = [];
    for (const { request, step } of steps) {
      switch (step.kind) {
        case 'claim':
        case 'move':
          writes.push({ request, transition: step.transition, isClaim: step.kind === 'claim' });
          break;
        case 'drop':
          told.log.info('NOTICE_DROPPED', { noticeId: request.notice.noticeId, why: step.why });
          told.count('DuplicateMessages', 1);
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
    const refused: { request: Request; token: string | null | undefined }[] = [];
    const moved: Open[] = [];
    writes.forEach(({ request, transition, isClaim }, index) => {
      const notice = outcomes[index];
      if (!notice) refused.push({ request, token: transition.change.leaseToken });
      else if (isClaim) claimed.push({ request, notice });
      else moved.push({ request, notice });
    });
    const reread = await deps.ledger.read(refused.map(({ request }) => request.notice));
    const lost: Open[] = [];
    refused.forEach(({ request, token }, index) => {
      const notice = reread[index] ?? null;
      // A claim that was written and whose answer was lost on the way is refused when it is asked for again.
      if (notice?.state === 'SENDING' && notice.leaseToken !== null && notice.leaseToken === token)
        claimed.push({ request, notice });
      else lost.push({ request, notice });
    });
    await giveBackReservations(deps, steps, new Set(lost.map(({ request }) => request)));
    open = [...moved, ...lost];
  }
  return { claimed, finished, probe: batch.probe, breaker: batch.breaker, spacing: batch.spacing };
}

interface Open {
  readonly request: Request;
  readonly notice: Notice | null;
}

interface Decided extends Open {
  readonly step: Step;
}

/** What the decisions of one batch share. */
interface Batch {
  readonly breaker: Breaker;
  readonly spacing: number;
  /** How many more claims this worker has the time to send. */
  left: number;
  /** The claim that probes; once it was asked for and refused, nobody in this batch probes. */
  probe: string | null;
  isProbeAsked: boolean;
}

async function startBatch(deps: DeliveryDeps, { clock, remainingMs }: Told): Promise<Batch> {
  const now = clock.now();
  const { policy } = await deps.policies.inForce(now);
  const spacing = spacingMs(policy.rate[deps.channel], deps.workers);
  return {
    breaker: await deps.breakers.read(deps.channel, now),
    spacing,
    left: sendsWithin(remainingMs() - deps.providerTimeoutMs - MARGIN_MS, spacing),
    probe: null,
    isProbeAsked: false,
  };
}

/** What a person ordered for the notice's month, if it stops this one. */
async function stopByMonth(
  { orders }: Pick<DeliveryDeps, 'orders'>,
  notice: Notice | null,
  now: Instant,
): Promise<Stop | null> {
  return notice && stopByOrder(await orders.recent(notice.month, now), notice.accountId, now);
}

/** The step of one notice: claimed only when nothing stops it, the breaker lets it through and there is time to send it. */
async function decide(
  deps: DeliveryDeps,
  batch: Batch,
  notice: Notice | null,
  stopped: Stop | null,
  now: Instant,
): Promise<Step> {
  if (!notice) return { kind: 'drop', why: 'no-notice' };
  // Channels, retries, quiet hours as the notice was planned under.
  const policy = await deps.policies.version(notice.policyVersion);
  const lease = { token: deps.newToken(), until: instantOf(epochMs(now) + deps.leaseMs) };
  const { breaker } = batch;
  const step = (stop: Stop | null): Step =>
    nextStep(notice, deps.channel, policy, lease, now, { stop, outage: breaker.outage });
  if (stopped) return step(stopped);
  const phase = phaseOf(breaker, now);
  if (phase === 'open' && breaker.openUntil !== null) return step(breakerOpen(breaker.openUntil));
  const free = step(null);
  if (free.kind !== 'claim') return free;
  if (phase === 'half-open') {
    if (batch.isProbeAsked) return step(breakerOpen(nextSlot(now)));
    batch.isProbeAsked = true;
    const asked = (stored: Breaker): Breaker | null => withProbe(stored, lease.token, lease.until, now);
    const { isWritten } = await deps.breakers.change(deps.channel, asked, now);
    if (!isWritten) return step(breakerOpen(nextSlot(now)));
    batch.probe = lease.token;
    return free;
  }
  if (batch.left <= 0) return step(beyondRate(now));
  batch.left -= 1;
  return free;
}

/** Reserves an SMS for each claim that falls back for the first time; over the budget it is held. */
async function reserveSms(
  deps: DeliveryDeps,
  decided: readonly Decided[],
  { log, count }: Told,
  now: Instant,
): Promise<Decided[]> {
  const wanted = byRun(decided.filter(asksForReservation));
  const refused = new Set<Decided>();
  for (const [runId, asking] of wanted) {
    const { policy } = await deps.policies.inForce(now);
    const limit = smsLimit(policy.smsBudget, await deps.budgets.read(runId), deps.smsPriceWon);
    const reserved = await deps.budgets.reserve(runId, asking.length, limit);
    for (const over of asking.slice(reserved)) refused.add(over);
    if (reserved === asking.length) continue;
    log.error('SMS_BUDGET_REACHED', { runId, limit, held: asking.length - reserved });
    count('SmsBudgetReached', asking.length - reserved);
  }
  if (refused.size === 0) return [...decided];
  const gate = { stop: beyondBudget(now), outage: null };
  return Promise.all(
    decided.map(async (each) => {
      const { notice } = each;
      if (!notice || !refused.has(each)) return each;
      const policy = await deps.policies.version(notice.policyVersion);
      const lease = { token: '', until: now };
      return { ...each, step: nextStep(notice, deps.channel, policy, lease, now, gate) };
    }),
  );
}

const asksForReservation = ({ notice, step }: Decided): boolean =>
  step.kind === 'claim' && notice !== null && needsReservation(notice);

function byRun(decided: readonly Decided[]): Map<string, Decided[]> {
  const runs = new Map<string, Decided[]>();
  for (const each of decided) {
    const runId = each.notice?.runId ?? '';
    runs.set(runId, [...(runs.get(runId) ?? []), each]);
  }
  return runs;
}

/** A claim that another worker won has its own reservation, or needed none. */
async function giveBackReservations(
  deps: DeliveryDeps,
  steps: readonly Decided[],
  lost: ReadonlySet<Request>,
): Promise<void> {
  const reserved = steps.filter((each) => lost.has(each.request) && asksForReservation(each));
  for (const [runId, asked] of byRun(reserved)) await deps.budgets.giveBack(runId, asked.length);
}

/** Admits so many fallbacks without an attempt as the other channel's breaker does; the rest stays where it is. */
async function admitFallbacks(
  deps: DeliveryDeps,
  decided: readonly Decided[],
  { log, count }: Told,
  now: Instant,
): Promise<Decided[]> {
  const leaving = decided.filter(({ notice, step }) => notice !== null && leavesItsChannel(step));
  const [from] = leaving.flatMap(({ notice }) => notice?.channel ?? []);
  if (from === undefined) return [...decided];
  const keep = (kept: ReadonlySet<Decided>, until: Instant): Decided[] =>
    decided.map((each) =>
      each.notice && kept.has(each) ? { ...each, step: keptOnItsChannel(each.notice, breakerOpen(until)) } : each,
    );
  // While the provider is down nobody leaves its channel: an attempt that failed says nothing of the notice.
  const before = await deps.breakers.read(from, now);
  if (before.openUntil !== null)
    return keep(new Set(leaving), before.openUntil > now ? before.openUntil : nextSlot(now));
  const asking = leaving.filter(({ notice }) => notice !== null && isUnattempted(notice));
  if (asking.length === 0) return [...decided];
  let admitted = 0;
  const { breaker, isWritten } = await deps.breakers.change(
    from,
    (stored) => {
      const next = withUnattempted(stored, asking.length, now);
      admitted = next.admitted;
      return next.breaker;
    },
    now,
  );
  if (isWritten && admitted < asking.length) {
    log.error('BREAKER_OPENED', { channel: from, reason: breaker.reason });
    count(`BreakerOpened_${from}`, 1);
  }
  const until = breaker.openUntil !== null && breaker.openUntil > now ? breaker.openUntil : nextSlot(now);
  return keep(new Set(asking.slice(admitted)), until);
}
