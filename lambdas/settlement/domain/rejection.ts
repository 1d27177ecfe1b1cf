import type { Month } from '../../kernel/dates.ts';

/** Why an account cannot be billed (billing rules §3). */
export const REASONS = [
  'INVALID_AMOUNT',
  'INVALID_INTERVAL',
  'MALFORMED',
  'NO_CATALOG',
  'OVERLAPPING_PLANS',
  'OVERLAPPING_SUSPENSIONS',
  'UNKNOWN_ADD_ON',
  'UNKNOWN_LINE',
  'UNKNOWN_PAYMENT_KIND',
  'UNKNOWN_PLAN',
  'UNKNOWN_SUSPENSION_KIND',
  'UNKNOWN_WELFARE_CLASS',
  'USAGE_WITHOUT_PLAN',
] as const;
export type Reason = (typeof REASONS)[number];

/** An account that is not billed for a month, with every reason found, in ASCII order, each once. */
export interface Rejection {
  /** null when the account has no textual id. */
  readonly accountId: string | null;
  readonly month: Month;
  readonly rejected: readonly Reason[];
}
