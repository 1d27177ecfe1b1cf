/** Where the rejections of a settled month are, for the commands on them. */
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { bucketOf } from '../../lambdas/kernel/buckets.ts';
import type { Month } from '../../lambdas/kernel/dates.ts';
import { invoiceStore } from '../../lambdas/settlement/adapters/invoice-store.ts';
import { rejectionStore } from '../../lambdas/settlement/adapters/rejection-store.ts';
import { runStore } from '../../lambdas/settlement/adapters/run-store.ts';
import { accountRecords } from '../../lambdas/settlement/adapters/stored-records.ts';
import { REASONS } from '../../lambdas/settlement/domain/rejection.ts';
import { leftOut, type LeftOut, type OpenRejection } from '../ops/left-out.ts';
import { runsOfMonth } from '../ops/runs.ts';
import { listed } from './files.ts';
import { CallerFault, month, oneOf, word } from './options.ts';
import { namedOutputs } from './stack-outputs.ts';

export const MONTH = word('month', 'the billing month, YYYY-MM', month);

/** Why an account is rejected. */
export const reasonCode = oneOf(REASONS);

export type RejectionsPlace = Awaited<ReturnType<typeof settledMonth>>;

/** A month without a run has no rejections, and is a mistake of the caller. */
export async function settledMonth(dynamo: DynamoDBClient, month: Month, outputs: string, stack: string) {
  const names = [
    'RunsTable',
    'AccountsTable',
    'InvoicesTable',
    'RejectionsTable',
    'AuditTable',
    'BucketCount',
    'SettlementRunArn',
  ] as const;
  const place = namedOutputs(outputs, stack, names);
  const stores = {
    runs: runStore(dynamo, place.RunsTable),
    accounts: accountRecords(dynamo, place.AccountsTable),
    invoices: invoiceStore(dynamo, place.InvoicesTable),
    rejections: rejectionStore(dynamo, place.RejectionsTable),
  };
  const runs = await runsOfMonth(stores.runs, month);
  if (runs === null) throw new CallerFault(`${month} was never settled: it has no run`);
  return {
    dynamo,
    month,
    runs,
    stores,
    auditTable: place.AuditTable,
    machine: place.SettlementRunArn,
    bucketCount: Number(place.BucketCount),
  };
}

/** Every bucket, in order. */
export const bucketsOf = ({ bucketCount }: RejectionsPlace): number[] =>
  Array.from({ length: bucketCount }, (_, bucket) => bucket);

/**
 * These accounts, as far as they may be meant. One that may not is a mistake of the caller: all such are told at once.
 */
export async function namedAccounts<T extends LeftOut>(
  place: RejectionsPlace,
  accounts: readonly string[],
  isMeant: (each: LeftOut) => each is T,
): Promise<T[]> {
  const wanted = new Set(accounts);
  const found: T[] = [];
  const problems = new Map(accounts.map((account) => [account, `has no open rejection of ${place.month}`]));
  const buckets = [...new Set(accounts.map((account) => bucketOf(account, place.bucketCount)))];
  for await (const each of leftOut(place.stores, place.runs, buckets)) {
    if (!wanted.has(each.accountId)) continue;
    if (isMeant(each)) {
      found.push(each);
      problems.delete(each.accountId);
    } else problems.set(each.accountId, whyLeftOut(each));
  }
  if (problems.size === 0) return found;
  const sentences = [...problems].map(([account, problem]) => `account ${account} ${problem}`);
  throw new CallerFault(
    sentences.length === 1 ? (sentences[0] ?? '') : listed('nothing was changed:', sentences, sentences.length),
  );
}

export const isRejected = (each: LeftOut): each is OpenRejection => each.why === 'rejected';

/** What a person is told of an account that is left out, behind its id. */
export function whyLeftOut(each: LeftOut): string {
  switch (each.why) {
    case 'rejected':
      return `was not billed: ${each.reasons.join(', ')}`;
    case 'never-issued':
      return `has an invoice of ${each.runId}, which was rejected: it is never issued, and no run of today bills it anew`;
    case 'in-no-run':
      return `came with import ${each.importId}, and no run has taken it yet`;
  }
}
