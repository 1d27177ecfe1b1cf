import type { FoundBucket } from './prove-bucket.ts';
import type { BucketScope } from './run.ts';
import { accountOfUsage } from './settle-account.ts';

/**
 * The part of a bucket that a retry must account for: its accounts with their usage, invoices and rejections, and every
 * invoice that carries the retry's id, as dispatch goes by that. Invoices that an earlier, approved run issued are not
 * its own: their accounts are `billedBefore`.
 */
export function narrowToScope(found: Omit<FoundBucket, 'billedBefore'>, scope: BucketScope): FoundBucket {
  const { accounts: named, approvedBefore } = scope;
  const isOfBefore = ({ accountId, runId }: { readonly accountId: string; readonly runId: string }): boolean =>
    named.has(accountId) && approvedBefore.has(runId);
  return {
    ...found,
    // One that the import does not have is there, as nothing: nobody could bill it.
    accounts: new Map([...named].map((accountId) => [accountId, found.accounts.get(accountId) ?? null])),
    usage: new Map([...found.usage].filter(([key]) => named.has(accountOfUsage(key)))),
    invoices: found.invoices.filter(
      (invoice) => invoice.runId === found.runId || (named.has(invoice.accountId) && !isOfBefore(invoice)),
    ),
    billedBefore: new Set(found.invoices.filter(isOfBefore).map(({ accountId }) => accountId)),
    rejections: found.rejections.filter((accountId) => named.has(accountId)),
  };
}
