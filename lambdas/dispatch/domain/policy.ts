/** The dispatch policy and a customer's preferences (dispatch rules §1): data that the pure functions of this folder decide by. */
import type { Channel, Preferences } from '../../contracts/preferences.ts';

// The words of the contract are the policy's own.
export { CHANNELS, type Channel, type Preferences } from '../../contracts/preferences.ts';

/** Local times `HH:MM` in Asia/Seoul; `from` included, `to` excluded; `from > to` crosses midnight, `from = to` is no window. */
export interface QuietWindow {
  readonly from: string;
  readonly to: string;
}

export interface Backoff {
  readonly type: 'fixed' | 'exponential';
  readonly baseSeconds: number;
  readonly maxSeconds: number;
}

export interface ChannelRetry {
  readonly maxAttempts: number;
  readonly backoff: Backoff;
}

export interface QuietHours {
  readonly system: QuietWindow | null;
  readonly channels: readonly Channel[];
  readonly accountWindows: boolean;
}

export type Schedule = 'immediate' | { readonly day: number; readonly time: string };

export interface Policy {
  readonly channels: readonly Channel[];
  readonly retry: Readonly<Record<Channel, ChannelRetry>>;
  readonly quietHours: QuietHours;
  readonly schedule: Schedule;
  readonly noticeDays: number;
  readonly sendDays: number;
  /** Sends a second over the whole deployment. */
  readonly rate: Readonly<Record<Channel, number>>;
  /** `share` is a decimal string of the run's notices; `won` the sum they may cost, or null for none. */
  readonly smsBudget: { readonly share: string; readonly won: number | null };
  readonly zeroInvoices: 'send' | 'skip';
}

/** The defaults of dispatch rules §1. */
export const DEFAULT_POLICY = {
  channels: ['email', 'sms'],
  retry: {
    email: { maxAttempts: 3, backoff: { type: 'exponential', baseSeconds: 60, maxSeconds: 900 } },
    sms: { maxAttempts: 3, backoff: { type: 'fixed', baseSeconds: 120, maxSeconds: 120 } },
  },
  quietHours: { system: { from: '21:00', to: '08:00' }, channels: ['sms', 'email'], accountWindows: true },
  schedule: { day: 15, time: '09:00' },
  noticeDays: 7,
  sendDays: 3,
  rate: { email: 14, sms: 20 },
  smsBudget: { share: '0.05', won: null },
  zeroInvoices: 'skip',
} satisfies Policy;

/** The channels to try, in order: the customer may leave out or reorder what the policy offers, not add to it. */
export function channelsFor(policy: Pick<Policy, 'channels'>, preferences: Preferences): readonly Channel[] {
  if (!preferences.channels) return policy.channels;
  return [...new Set(preferences.channels)].filter((channel) => policy.channels.includes(channel));
}
