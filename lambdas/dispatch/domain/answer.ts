/** What a provider's answer means (dispatch rules §3). Adapters map SDK errors to these classes; the domain decides by them. */

export const PROVIDER_CLASSES = [
  'ACCEPTED',
  'TEMPORARY',
  'THROTTLED',
  'PERMANENT',
  'PROVIDER_DOWN',
  'UNKNOWN',
] as const;
export type ProviderClass = (typeof PROVIDER_CLASSES)[number];

/** One provider's answer to one send. `reason` is the provider's code, never its free text: that can hold an address. */
export type Answer =
  | { readonly class: 'ACCEPTED'; readonly providerMessageId: string }
  | { readonly class: Exclude<ProviderClass, 'ACCEPTED'>; readonly reason: string };
