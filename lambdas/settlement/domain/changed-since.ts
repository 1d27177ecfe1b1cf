/**
 * What somebody changed after it was settled, consistently: body, amounts and hash. The tally tells that, but names nobody; only
 * billing anew does. Done for a shard whose tally differs, and for no other.
 */
import type { Invoice } from '../../contracts/invoice.ts';
import { bucketOf } from '../../kernel/buckets.ts';
import { isRejection } from './bill.ts';
import type { Catalogs } from './catalogs.ts';
import type { FoundBucket, FoundInvoice, Problem } from './prove-bucket.ts';
import { settleAccount } from './settle-account.ts';

/**
 * The invoices and rejections of a bucket that are not what its accounts come to. Conflicts are known, and what the proof
 * of the bucket names by itself (another input, a damaged body, nobody's account) is left to it.
 */
export function changedSince(
  found: FoundBucket,
  catalogs: Catalogs,
  contentHashOf: (invoice: Invoice) => string,
): Problem[] {
  const problems: Problem[] = [];
  const comesTo = (accountId: string) =>
    settleAccount(accountId, found.accounts.get(accountId), found.usage.get(accountId), catalogs, found.month);
  const isNamedAnyhow = ({ accountId, isOfThisInput, invoice }: FoundInvoice): boolean =>
    !found.accounts.has(accountId) || !isOfThisInput || invoice === null;

  for (const item of found.invoices) {
    const { accountId, amountDue, contentHash } = item;
    if (isNamedAnyhow(item) || found.conflicts.has(accountId)) continue;
    const result = comesTo(accountId);
    if (!isRejection(result) && contentHashOf(result) === contentHash) continue;
    const says = isRejection(result) ? `is rejected (${result.rejected.join(', ')})` : `comes to ${result.amountDue}`;
    problems.push({ kind: 'changed-invoice', accountId, detail: `it bills ${amountDue} won, its input ${says}` });
  }

  const invoiced = new Set(found.invoices.map(({ accountId }) => accountId));
  for (const accountId of found.rejections) {
    if (invoiced.has(accountId) || found.billedBefore.has(accountId) || !found.accounts.has(accountId)) continue;
    if (bucketOf(accountId, found.bucketCount) !== found.bucket) continue;
    const result = comesTo(accountId);
    if (isRejection(result)) continue;
    const detail = `it has no invoice, its input comes to ${result.amountDue} won`;
    problems.push({ kind: 'changed-rejection', accountId, detail });
  }
  return problems;
}
