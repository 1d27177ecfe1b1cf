/** Reserves in the run's SMS budget before claims, and gives back what was reserved for a claim that another worker won. */
import type { Instant } from '../kernel/dates.ts';
import type { Decided, Told } from './decided.ts';
import type { DeliveryDeps } from './delivery-deps.ts';
import { nextStep } from './domain/next-step.ts';
import { needsReservation, smsLimit } from './domain/sms-budget.ts';
import { beyondBudget } from './domain/stop.ts';
import type { Request } from './read-messages.ts';

/** Reserves an SMS for each claim that falls back for the first time; over the budget it is held. */
export async function reserveSms(
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

/**
 * A claim that another worker won has its own reservation, or needed none. What cannot be given back stays reserved: the
 * budget is then reached early, never late.
 */
export async function giveBackReservations(
  { giveBackSms }: Pick<DeliveryDeps, 'giveBackSms'>,
  steps: readonly Decided[],
  lost: ReadonlySet<Request>,
  { log }: Told,
): Promise<void> {
  const reserved = steps.filter((each) => lost.has(each.request) && asksForReservation(each));
  for (const [runId, asked] of byRun(reserved))
    await giveBackSms(runId, asked.length).catch((error: unknown) => {
      const name = error instanceof Error ? error.name : 'unknown';
      log.warn('SMS_STAY_RESERVED', { runId, most: asked.length, error: name });
    });
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
