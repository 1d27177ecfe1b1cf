/** What a provider tells of a send afterwards (dispatch rules §4, "a provider's event"). The adapter reads SES's own words into it. */
import type { NoticeMessage } from '../../contracts/notice-message.ts';

export type EventKind =
  /** The provider took the message, whether or not its answer came. */
  | 'sent'
  /** The customer's mail server took it. */
  | 'delivered'
  /** The address takes no mail. */
  | 'bounced-hard'
  /** It did not arrive, and the provider has given up; the address may be right. */
  | 'bounced-soft'
  /** It arrived, and the customer called it spam. */
  | 'complained';

/** One event about one send. It names the customer by nothing but the notice. */
export interface ProviderEvent {
  readonly notice: NoticeMessage;
  readonly kind: EventKind;
  /** The lease under which it was sent. */
  readonly lease: string;
  /** The number of the send among all attempts of the notice, as its worker counted. */
  readonly attempt: number;
  readonly providerMessageId: string;
  /** A keyed hash of the address. */
  readonly recipient: string;
  /** The provider's code of a bounce: `Bounce-Permanent-General`. */
  readonly reason: string;
}
