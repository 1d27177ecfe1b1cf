/** Which accounts a retry may take: asked by OpenRun, and by whoever starts one, to be told before. */
import type { Month } from '../kernel/dates.ts';
import { InvalidRunInput } from './domain/faults.ts';
import type { BucketDeps } from './settle-bucket.ts';

/** Accounts that are looked up at once. */
export const AT_ONCE = 25;
/** Problems that a message names. */
const NAMED = 10;

/**
 * Why an account cannot be retried; null when it can. It need not have been rejected: one that came with a later import is
 * in no run yet, and must not be left out.
 */
export async function whyNotRetried(
  { invoices, accounts }: Pick<BucketDeps, 'invoices' | 'accounts'>,
  month: Month,
  importId: string,
  bucket: number,
  accountId: string,
): Promise<string | null> {
  const [isBilled, records] = await Promise.all([
    invoices.isBilled(month, bucket, accountId),
    accounts.countOf(importId, bucket, accountId),
  ]);
  if (isBilled) return `${accountId} has an invoice`;
  return records === 0 ? `${accountId} is not in ${importId}, the import in force` : null;
}

/** Refuses a retry for all of these problems at once. */
export function cannotBeRetried(problems: readonly string[], month: Month): InvalidRunInput {
  const more = problems.length > NAMED ? `; and ${problems.length - NAMED} more` : '';
  return new InvalidRunInput(
    `These accounts cannot be retried: ${problems.toSorted().slice(0, NAMED).join('; ')}${more}. ` +
      `Allowed are accounts of the import in force without an invoice of ${month} ("tr1l rejections list ${month}" names them).`,
  );
}
