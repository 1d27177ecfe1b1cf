/** What a provider answers to a send; the classes of docs/domain.md's failures. */
export const SEND_CLASSES = ['accepted', 'temporary', 'permanent', 'throttled', 'down', 'unknown'] as const;
export type SendClass = (typeof SEND_CLASSES)[number];

export type Channel = 'email' | 'sms';

/** One send as the provider sees it. */
export interface Send {
  readonly channel: Channel;
  /** From the tags of the request; '' if it has none. */
  readonly noticeId: string;
  readonly attempt: string;
  readonly to: string;
}

/** How a provider behaves. Rates are shares of sends, 0 to 1; what is left is accepted. */
export interface ChannelRates {
  /** How long a send takes, in milliseconds of the runtime's clock. */
  readonly latencyMs: number;
  /** An internal error: drawn anew for each attempt. */
  readonly temporary: number;
  /** A rejected address: drawn once a notice, as the address is no better the next time. */
  readonly permanent: number;
  readonly throttled: number;
  readonly down: number;
  /** Accepted, but the connection breaks before the answer. */
  readonly unknown: number;
}

/** What becomes of an email that was accepted; `untold` if the provider tells nothing of it. */
export const EMAIL_FATES = [
  'delivered',
  'bounced-hard',
  'bounced-soft',
  'bounced-late',
  'auto-reply',
  'complained',
  'rejected',
  'rendering-failed',
  'untold',
] as const;
export type EmailFate = (typeof EMAIL_FATES)[number];

/** Shares of the accepted emails, 0 to 1, drawn once a notice; what is left is delivered. */
export type FateRates = Readonly<Partial<Record<EmailFate, number>>>;

/** A daily time in which every send of a channel meets the same: local times `HH:MM` in Asia/Seoul, `to` excluded. */
export interface Outage {
  readonly channel: Channel;
  readonly from: string;
  readonly to: string;
  readonly outcome: SendClass;
}

export interface ProviderRates {
  readonly email: ChannelRates;
  readonly sms: ChannelRates;
  /** Without it the email provider tells nothing of what it accepted. */
  readonly fates?: FateRates;
  /** Decides what becomes of an accepted email before addresses and rates do. */
  readonly decideFate?: (send: Send) => EmailFate | undefined;
  readonly outages?: readonly Outage[];
  /** Decides a send before outages, addresses and rates do; `undefined` leaves it to them. */
  readonly decide?: (send: Send) => SendClass | undefined;
}

const NEVER = { temporary: 0, permanent: 0, throttled: 0, down: 0, unknown: 0 };

/** The brief's mock: an e-mail takes 1 s and 1 % of them fail (half for now, half for good), all others are delivered; an SMS succeeds. */
export const DEFAULT_RATES: ProviderRates = {
  email: { ...NEVER, latencyMs: 1000, temporary: 0.005, permanent: 0.005 },
  sms: { ...NEVER, latencyMs: 200 },
  fates: {},
};

/** Providers that accept everything at once, and tell nothing of it. */
export const NO_FAILURES: ProviderRates = {
  email: { ...NEVER, latencyMs: 0 },
  sms: { ...NEVER, latencyMs: 0 },
};
