/** Whether redriven notices may leave their channel: not while its provider is down, and only so many without an attempt (dispatch rules §5). */
import type { Instant } from '../kernel/dates.ts';
import type { Decided, Told } from './decided.ts';
import type { DeliveryDeps } from './delivery-deps.ts';
import { withUnattempted } from './domain/breaker.ts';
import { isUnattempted, keptOnItsChannel, leavesItsChannel } from './domain/next-step.ts';
import { nextSlot } from './domain/slots.ts';
import { breakerOpen } from './domain/stop.ts';

/** Admits so many fallbacks without an attempt as the other channel's breaker does; the rest stays where it is. */
export async function admitFallbacks(
  deps: DeliveryDeps,
  decided: readonly Decided[],
  { log, count }: Told,
  now: Instant,
): Promise<Decided[]> {
  const leaving = decided.filter(({ notice, step }) => notice !== null && leavesItsChannel(step));
  const [from] = leaving.flatMap(({ notice }) => notice?.channel ?? []);
  if (from === undefined) return [...decided];
  const keep = (kept: ReadonlySet<Decided>, until: Instant): Promise<Decided[]> =>
    Promise.all(
      decided.map(async (each) => {
        if (!each.notice || !kept.has(each)) return each;
        const policy = await deps.policies.version(each.notice.policyVersion);
        return { ...each, step: keptOnItsChannel(each.notice, breakerOpen(until), policy, now) };
      }),
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
