/** Whether a policy's rates can move a month's notices through its open hours (dispatch rules §1). Pure. */
import { ceil, rateOf, times, whole } from '../../kernel/money.ts';
import { CHANNELS, type Channel, type Policy } from './policy.ts';
import { openMinutesADay } from './when.ts';

/** A channel whose rate is too low for what it is expected to send. Rates are sends a second. */
export interface RateShortage {
  readonly channel: Channel;
  readonly rate: number;
  /** The least whole rate that would do. */
  readonly neededRate: number;
  /** Notices that the channel is expected to send. */
  readonly expected: number;
}

/** What a channel's needed rate follows from. */
const BASES = ['channels', 'quietHours', 'sendDays', 'smsBudget'] as const;

/** Of a policy's parts that do not hold, those without which no needed rate can be told. */
export const missingBases = (faulty: readonly string[]): string[] =>
  BASES.filter((base) => faulty.some((part) => part.split('.')[0] === base));

/**
 * The channels that cannot send what is expected of them within `sendDays` days: all accounts on the first channel, the
 * budget's share of them on SMS behind another channel.
 */
export function rateShortages(policy: Policy, accounts: number): RateShortage[] {
  return CHANNELS.filter((channel) => policy.channels.includes(channel)).flatMap((channel) => {
    const isFirst = policy.channels[0] === channel || channel === 'email';
    const expected = isFirst ? accounts : ceil(times(whole(accounts), rateOf(policy.smsBudget.share)));
    const seconds = policy.sendDays * openMinutesADay(policy, channel) * 60;
    const rate = policy.rate[channel];
    if (rate * seconds >= expected) return [];
    return [{ channel, rate, neededRate: Math.ceil(expected / seconds), expected }];
  });
}
