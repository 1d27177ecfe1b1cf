/**
 * Claims the notices of a batch, each by one conditional write, or writes why it is not claimed. What stands in the way
 * (the channel's breaker, its rate, the run's SMS budget, a broken deployment) is asked here, before every claim.
 */
import { epochMs, instantOf, type Instant } from '../kernel/dates.ts';
import { admitFallbacks } from './admit-fallbacks.ts';
import type { Decided, Open, Told } from './decided.ts';
import type { DeliveryDeps } from './delivery-deps.ts';
import { phaseOf, withProbe, type Breaker } from './domain/breaker.ts';
import type { Notice, Transition } from './domain/ledger.ts';
import { nextStep, type Step } from './domain/next-step.ts';
import { stopByOrder } from './domain/month-order.ts';
import { nextSlot } from './domain/slots.ts';
import { beyondRate, breakerOpen, pausedAt, type Stop } from './domain/stop.ts';
import { sendsWithin, spacingMs } from './domain/spacing.ts';
import type { Finish } from './finish-messages.ts';
import type { Request } from './read-messages.ts';
import { giveBackReservations, reserveSms } from './reserve-sms.ts';

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

/** A write that loses is decided again on what is stored; after so many rounds the message comes back later. */
const ROUNDS = 3;
/** What a worker needs after its last send: the provider's time-out comes on top. */
const MARGIN_MS = 3_000;

export async function claimNotices(deps: DeliveryDeps, requests: readonly Request[], told: Told): Promise<Claims> {
  const claimed: Claimed[] = [];
  const finished: Finish[] = [];
  const batch = await startBatch(deps, told);
  const stored = await deps.ledger.read(requests.map(({ notice }) => notice));
  let open: readonly Open[] = requests.map((request, index) => ({ request, notice: stored[index] ?? null }));
  try {
    for (let round = 1; round <= ROUNDS && open.length > 0; round++)
      open = await claimOnce(deps, batch, open, { claimed, finished }, told);
  } catch (error) {
    // What is claimed must be sent: nobody else can, and an SMS that is not would wait for a person.
    if (claimed.length === 0) throw error;
    told.log.error('CLAIMS_CUT', { claimed: claimed.length, error: error instanceof Error ? error.name : 'unknown' });
  }
  const done = new Set([...claimed, ...finished].map(({ request }) => request));
  const rest = requests.filter((request) => !done.has(request));
  finished.push(...rest.map((request) => ({ request, fate: { kind: 'again' } as const })));
  return { claimed, finished, probe: batch.probe, breaker: batch.breaker, spacing: batch.spacing };
}

/** One round: decides and writes. Answers with the requests that are to be decided again, by what is stored of their notices now. */
async function claimOnce(
  deps: DeliveryDeps,
  batch: Batch,
  open: readonly Open[],
  { claimed, finished }: { readonly claimed: Claimed[]; readonly finished: Finish[] },
  told: Told,
): Promise<Open[]> {
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
  const { outcomes, failure } = await deps.ledger
    .apply(
      writes.map(({ request, transition }) => ({ notice: request.notice, transition })),
      now,
    )
    .then(
      (written) => ({ outcomes: written, failure: null }),
      // Some may have been written all the same: a batch's answer can be lost, or say that others were throttled.
      (error: unknown) => ({ outcomes: [], failure: { error } }),
    );
  const win = (claim: Claimed, { change }: Transition): void => {
    claimed.push(claim);
    // Sent once more without an answer to the last send (§3): the only duplicate this system can make.
    if (change.possibleDuplicate === true) told.count('PossibleDuplicates', 1);
  };
  const refused: { request: Request; transition: Transition }[] = [];
  const moved: Open[] = [];
  writes.forEach(({ request, transition, isClaim }, index) => {
    const notice = outcomes[index];
    if (!notice) refused.push({ request, transition });
    else if (isClaim) win({ request, notice }, transition);
    else moved.push({ request, notice });
  });
  const reread = await deps.ledger.read(refused.map(({ request }) => request.notice));
  const lost: Open[] = [];
  refused.forEach(({ request, transition }, index) => {
    const notice = reread[index] ?? null;
    // A claim that was written and whose answer was lost on the way is refused when it is asked for again.
    const token = transition.change.leaseToken;
    if (notice?.state === 'SENDING' && notice.leaseToken !== null && notice.leaseToken === token)
      win({ request, notice }, transition);
    else lost.push({ request, notice });
  });
  if (failure) throw failure.error;
  await giveBackReservations(deps, steps, new Set(lost.map(({ request }) => request)), told);
  return [...moved, ...lost];
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
