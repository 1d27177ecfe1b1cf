/**
 * The proof that a bucket was settled, from what is stored and nothing else: sets are compared with sets, won with won.
 *
 *     accounts = invoiced ⊎ rejected          a rejection counts while its account has no invoice; of a retry's accounts,
 *                                             an earlier run may have invoiced some
 *     usage in = billed + rejected + foreign  in records; and in won, payment by payment kind, for every invoice
 */
import type { Invoice } from '../../contracts/invoice.ts';
import { bucketOf } from '../../kernel/buckets.ts';
import type { Month } from '../../kernel/dates.ts';
import { accountOfUsage, isForeignUsage } from './settle-account.ts';
import { emptyTally, tallyInvoice, tallyUsage, type Tally, type UsageFate } from './tally.ts';
import { wonDifferences } from './won-differences.ts';

/** An invoice as it was read back. */
export interface FoundInvoice {
  readonly accountId: string;
  readonly version: number;
  readonly runId: string;
  /** In hex. */
  readonly contentHash: string;
  /** Its hash of what it was made from is that of the account and the usage that are stored. */
  readonly isOfThisInput: boolean;
  /** What the item's own `amountDue` says. */
  readonly amountDue: number;
  /** null when its body does not have the content hash that stands beside it, or is not readable. */
  readonly invoice: Invoice | null;
}

/** Everything that is stored of a bucket; of a retry's bucket, its part of it (`narrowToScope`). */
export interface FoundBucket {
  readonly month: Month;
  readonly runId: string;
  readonly bucket: number;
  readonly bucketCount: number;
  readonly accounts: ReadonlyMap<string, unknown>;
  readonly usage: ReadonlyMap<string, unknown>;
  readonly invoices: readonly FoundInvoice[];
  /** Accounts of a retry that an earlier, approved run has billed; none of a settle run. */
  readonly billedBefore: ReadonlySet<string>;
  readonly rejections: readonly string[];
  /**
   * Accounts whose invoice is known to differ from the input: a list of their own, not compared with the input. It must be
   * an invoice of the run all the same: a person may let it stand, and then it is issued.
   */
  readonly conflicts: ReadonlySet<string>;
}

/** One thing that does not fit. */
export interface Problem {
  readonly kind:
    | 'missing'
    | 'wrong-bucket'
    | 'strange-invoice'
    | 'strange-rejection'
    | 'other-run'
    | 'other-input'
    | 'damaged-invoice'
    | 'won-differs'
    | 'conflict-without-invoice'
    | 'changed-invoice'
    | 'changed-rejection'
    | 'tally-differs'
    | 'no-tally';
  readonly accountId: string | null;
  readonly detail: string;
}

export interface BucketProof {
  readonly tally: Tally;
  readonly problems: readonly Problem[];
}

/** Compares what is stored of a bucket. */
export function proveBucket(found: FoundBucket): BucketProof {
  const tally = emptyTally();
  const problems: Problem[] = [];
  const report = (kind: Problem['kind'], accountId: string, detail: string): void => {
    problems.push({ kind, accountId, detail });
  };
  const isAtHome = (accountId: string, what: string): boolean => {
    const home = bucketOf(accountId, found.bucketCount);
    if (home !== found.bucket)
      report('wrong-bucket', accountId, `${what} is stored in bucket ${found.bucket}, it belongs in ${home}`);
    return home === found.bucket;
  };

  const invoiced = new Set<string>();
  for (const item of found.invoices) {
    tallyInvoice(tally, item.contentHash, item.invoice);
    const isKnown = found.accounts.has(item.accountId);
    if (isAtHome(item.accountId, 'an invoice') && !isKnown)
      report('strange-invoice', item.accountId, 'the run settles no such account');
    if (isKnown) checkInvoice(found, item, report);
    invoiced.add(item.accountId);
  }
  const rejected = new Set(found.rejections);
  for (const accountId of rejected)
    if (isAtHome(accountId, 'a rejection') && !found.accounts.has(accountId))
      report('strange-rejection', accountId, 'the run settles no such account');
  for (const accountId of found.conflicts)
    if (!invoiced.has(accountId)) report('conflict-without-invoice', accountId, 'conflicts are among the invoiced');

  for (const accountId of found.accounts.keys()) {
    tally.accounts++;
    if (!isAtHome(accountId, 'the account') || invoiced.has(accountId)) continue;
    if (found.billedBefore.has(accountId)) tally.billedBefore++;
    else if (rejected.has(accountId)) tally.rejected++;
    else report('missing', accountId, 'neither invoice nor rejection');
  }
  const fateOf = (accountId: string, usage: unknown): UsageFate => {
    if (!found.accounts.has(accountId) || isForeignUsage(usage, found.month)) return 'foreign';
    if (invoiced.has(accountId) || found.billedBefore.has(accountId)) return 'billed';
    return rejected.has(accountId) ? 'rejected' : 'unsettled';
  };
  for (const [key, usage] of found.usage) {
    isAtHome(accountOfUsage(key), 'usage'); // elsewhere nobody would bill it
    tallyUsage(tally, fateOf(key, usage));
  }
  return { tally, problems };
}

function checkInvoice(
  found: FoundBucket,
  { accountId, version, runId, amountDue, invoice, isOfThisInput }: FoundInvoice,
  report: (kind: Problem['kind'], accountId: string, detail: string) => void,
): void {
  const isConflict = found.conflicts.has(accountId);
  if (runId !== found.runId || version !== 1)
    report('other-run', accountId, `it has version ${version} of run ${runId || '(none)'}`);
  else if (!isOfThisInput && !isConflict)
    report('other-input', accountId, 'its invoice was made from another account or usage');
  if (!invoice) report('damaged-invoice', accountId, 'its body is not the one its content hash was made of');
  else if (invoice.amountDue !== amountDue)
    report('damaged-invoice', accountId, `its body bills ${invoice.amountDue} won, its item says ${amountDue}`);
  else if (!isConflict)
    for (const detail of wonDifferences(
      found.accounts.get(accountId),
      found.usage.get(accountId),
      found.month,
      invoice,
    ))
      report('won-differs', accountId, detail);
}
