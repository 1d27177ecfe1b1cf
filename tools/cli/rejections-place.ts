/** Where the rejections of a settled month are, for the commands on them. */
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { bucketOf } from '../../lambdas/kernel/buckets.ts';
import type { Month } from '../../lambdas/kernel/dates.ts';
import { runStore } from '../../lambdas/settlement/adapters/run-store.ts';
import { openRejections, type OpenRejection } from '../ops/open-rejections.ts';
import { runsOfMonth } from '../ops/runs.ts';
import { listed } from './files.ts';
import { CallerFault, month, word } from './options.ts';
import { namedOutputs } from './stack-outputs.ts';

export const MONTH = word('month', 'the billing month, YYYY-MM', month);

export type RejectionsPlace = Awaited<ReturnType<typeof settledMonth>>;

/** A month without a run has no rejections, and is a mistake of the caller. */
export async function settledMonth(dynamo: DynamoDBClient, month: Month, outputs: string, stack: string) {
  const names = [
    'RunsTable',
    'InvoicesTable',
    'RejectionsTable',
    'AuditTable',
    'BucketCount',
    'SettlementRunArn',
  ] as const;
  const place = namedOutputs(outputs, stack, names);
  const runs = await runsOfMonth(runStore(dynamo, place.RunsTable), month);
  if (runs === null) throw new CallerFault(`${month} was never settled: it has no run`);
  return {
    dynamo,
    month,
    runs,
    tables: { invoices: place.InvoicesTable, rejections: place.RejectionsTable },
    auditTable: place.AuditTable,
    machine: place.SettlementRunArn,
    bucketCount: Number(place.BucketCount),
  };
}

/** Every bucket, in order. */
export const bucketsOf = ({ bucketCount }: RejectionsPlace): number[] =>
  Array.from({ length: bucketCount }, (_, bucket) => bucket);

/** The open rejections of these accounts. One that has none is a mistake of the caller: all such are told at once. */
export async function namedRejections(place: RejectionsPlace, accounts: readonly string[]): Promise<OpenRejection[]> {
  const wanted = new Set(accounts);
  const found: OpenRejection[] = [];
  const buckets = new Set(accounts.map((account) => bucketOf(account, place.bucketCount)));
  for await (const each of openRejections(place.dynamo, place.tables, place.month, buckets))
    if (wanted.delete(each.accountId)) found.push(each);
  if (wanted.size === 0) return found;
  const problems = [...wanted].map((account) => `account ${account} has no open rejection of ${place.month}`);
  throw new CallerFault(
    problems.length === 1 ? (problems[0] ?? '') : listed('nothing was changed:', problems, problems.length),
  );
}
