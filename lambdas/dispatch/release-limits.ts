/** What a release may hand to the queues now: nothing while a channel's breaker is open, a probe while it is half-open, and no more than the rate sends. */
import type { Instant } from '../kernel/dates.ts';
import type { BreakerStore } from './adapters/breaker-store.ts';
import type { PolicyStore } from './adapters/policy-store.ts';
import type { ReleaseAllowance } from './adapters/release-allowance.ts';
import { phaseOf } from './domain/breaker.ts';
import type { Channel } from './domain/policy.ts';

export interface ReleaseLimits {
  /** Whether anything of the channel can be released now. */
  readonly isOpen: (channel: Channel, now: Instant) => Promise<boolean>;
  /** How many of `wanted` notices may go; they are taken from the slot's allowance. */
  readonly take: (channel: Channel, wanted: number, now: Instant) => Promise<number>;
}

export function releaseLimits(
  breakers: BreakerStore,
  policies: PolicyStore,
  allowance: ReleaseAllowance,
): ReleaseLimits {
  const rateOf = async (channel: Channel, now: Instant): Promise<number> =>
    (await policies.inForce(now)).policy.rate[channel];
  const phase = async (channel: Channel, now: Instant) => phaseOf(await breakers.read(channel, now), now);
  return {
    isOpen: async (channel, now) =>
      (await phase(channel, now)) !== 'open' && (await allowance.left(channel, await rateOf(channel, now), now)) > 0,
    take: async (channel, wanted, now) => {
      const present = await phase(channel, now);
      if (wanted === 0 || present === 'open') return 0;
      // One is enough to find out whether the provider is back; the next wave brings the rest.
      const most = present === 'half-open' ? 1 : wanted;
      return allowance.take(channel, most, await rateOf(channel, now), now);
    },
  };
}
