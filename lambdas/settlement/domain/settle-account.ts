/** One account of a bucket, as it is stored, to what becomes of it. */
import type { Invoice } from '../../contracts/invoice.ts';
import type { Month } from '../../kernel/dates.ts';
import { bill } from './bill.ts';
import type { Catalogs } from './catalogs.ts';
import { isMembers } from './form.ts';
import type { Rejection } from './rejection.ts';

/** A stored text that is no JSON is billed as this: no form at all, so it is MALFORMED. */
const NO_JSON = '';

/** The JSON value of a stored text. */
export function parseStored(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return NO_JSON;
  }
}

/** A record of another month, or without a textual month, is no input of billing: it is set aside, and counted. */
export const isForeignUsage = (usage: unknown, month: Month): boolean => isMembers(usage) && usage['month'] !== month;

/** The account of a usage record: one of another month stands beside the month's own as `<account>@<month>`, in its bucket. */
export const accountOfUsage = (key: string): string => key.split('@', 1)[0] ?? key;

/**
 * Bills the account stored under `accountId`. An account that calls itself otherwise inside is malformed: its invoice
 * would stand under a key that is not its own.
 */
export function settleAccount(
  accountId: string,
  account: unknown,
  usage: unknown,
  catalogs: Catalogs,
  month: Month,
): Invoice | Rejection {
  const result = bill(account, isForeignUsage(usage, month) ? null : usage, catalogs, month);
  return result.accountId === accountId ? result : { accountId, month, rejected: ['MALFORMED'] };
}
