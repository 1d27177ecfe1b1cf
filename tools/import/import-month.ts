/**
 * Imports a month: accounts, usage and catalogs become one immutable import, and the month points to it. Everything is
 * checked before anything is written, so a broken file leaves the month as it was; the import is closed after its last
 * item, and the pointer moves after that, so one that is cut off anywhere is simply made again.
 */
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { KMSClient } from '@aws-sdk/client-kms';
import { PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { bucketOf } from '../../lambdas/kernel/buckets.ts';
import type { Instant, Month } from '../../lambdas/kernel/dates.ts';
import { digestOf } from '../../lambdas/platform/digest.ts';
import { seal, type DataKey } from '../../lambdas/platform/seal.ts';
import { catalogKey } from '../../lambdas/settlement/adapters/catalog-store.ts';
import { compileCatalogs, type CatalogFault } from '../../lambdas/settlement/domain/compile-catalogs.ts';
import { checkRecords, type CheckedRecords, type Refusal, type RecordFiles } from './check-records.ts';
import { TotalsCounter, type ControlTotals } from './control-totals.ts';
import { importStore, type ImportStore, type ImportTables } from './import-store.ts';
import { ItemWriter } from './item-writer.ts';
import { readAccountRecord, readUsageRecord, type AccountToStore, type UsageToStore } from './read-records.ts';
import type { RecordSource } from './source.ts';

export interface MonthImport {
  readonly dynamo: DynamoDBClient;
  readonly s3: S3Client;
  readonly kms: KMSClient;
  readonly tables: ImportTables;
  readonly catalogsBucket: string;
  /** The KMS key that wraps the import's data key: ARN, id or alias. */
  readonly contactKey: string;
  /** The deployment's bucket count; the first import writes it down. */
  readonly bucketCount: number;
  readonly month: Month;
  readonly accounts: RecordSource;
  readonly usage: RecordSource;
  /** The catalog file: a list of versions. */
  readonly catalogs: unknown;
  readonly now: Instant;
  /** Called for every problem of a record, in the order of the lines. */
  readonly onRefused?: (refusal: Refusal) => void;
  /** How many records may be refused and left out; 0 when it is not said. Duplicates are never left out. */
  readonly maxRefused?: number;
  /** Called from time to time with the number of records written. */
  readonly onProgress?: (written: number) => void;
}

/** The files themselves are at fault. */
export type InputRefused =
  | { readonly outcome: 'catalogs-refused'; readonly faults: readonly CatalogFault[] }
  | { readonly outcome: 'records-refused'; readonly refused: number; readonly duplicates: number };

/** What a month's files are, before anything is written. */
export type CheckedInput =
  InputRefused | (CheckedRecords & { readonly outcome: 'accepted'; readonly source: RecordFiles });

export type ImportOutcome =
  /** `put-in-force`: the import was closed before, and the month points to it again. */
  | {
      readonly outcome: 'imported' | 'put-in-force' | 'unchanged';
      readonly importId: string;
      readonly totals: ControlTotals;
    }
  | InputRefused
  | { readonly outcome: 'run-open'; readonly runId: string }
  | { readonly outcome: 'buckets-differ'; readonly deployed: number }
  | { readonly outcome: 'pointer-moved'; readonly importId: string };

/** Between two calls of `onProgress`. */
const PROGRESS_RECORDS = 1000;

/** The first reading: checks everything, and writes nothing. */
export async function checkInput(
  job: Pick<MonthImport, 'month' | 'accounts' | 'usage' | 'catalogs' | 'onRefused' | 'maxRefused'>,
): Promise<CheckedInput> {
  const compiled = compileCatalogs(job.catalogs);
  if (!compiled.ok) return { outcome: 'catalogs-refused', faults: compiled.faults };
  const { month, accounts, usage } = job;
  const source: RecordFiles = { month, accounts, usage, catalogDigest: digestOf(job.catalogs) };
  const checked = await checkRecords(source, job.onRefused ?? (() => undefined));
  const { totals, duplicates } = checked;
  if (duplicates > 0 || totals.refused > (job.maxRefused ?? 0))
    return { outcome: 'records-refused', refused: totals.refused, duplicates };
  return { outcome: 'accepted', ...checked, source };
}

/** Imports a month, or says why not. The same files again change nothing. */
export async function importMonth(job: MonthImport): Promise<ImportOutcome> {
  const { month, bucketCount } = job;
  const checked = await checkInput(job);
  if (checked.outcome !== 'accepted') return checked;
  const { totals, source: files } = checked;

  const store = importStore(job.dynamo, job.kms, job.tables, job.contactKey);
  const importId = `${month}-${totals.digest.slice(0, 12)}`;
  const before = await store.inForce(month);
  const isClosed = await store.isClosed(importId);
  if (isClosed && before === importId) return { outcome: 'unchanged', importId, totals };
  const openRun = await store.openRun(month);
  if (openRun !== null) return { outcome: 'run-open', runId: openRun };
  const deployed = await store.pinBuckets(bucketCount);
  if (deployed !== bucketCount) return { outcome: 'buckets-differ', deployed };

  if (!isClosed) await writeImport(job, files, store, importId, totals);
  const openedMeanwhile = await store.openRun(month);
  if (openedMeanwhile !== null) return { outcome: 'run-open', runId: openedMeanwhile };
  if (!(await store.putInForce(month, importId, before))) return { outcome: 'pointer-moved', importId };
  return { outcome: isClosed ? 'put-in-force' : 'imported', importId, totals };
}

async function writeImport(
  job: MonthImport,
  files: RecordFiles,
  store: ImportStore,
  importId: string,
  totals: ControlTotals,
): Promise<void> {
  const { month, bucketCount, catalogs, now } = job;
  const { catalogDigest } = files;
  await job.s3.send(
    new PutObjectCommand({
      Bucket: job.catalogsBucket,
      Key: catalogKey(catalogDigest),
      Body: JSON.stringify(catalogs),
      ContentType: 'application/json',
    }),
  );
  const written = await writeRecords(job, importId, await store.dataKey(importId));
  if (written.totals(catalogDigest, totals.refused).digest !== totals.digest)
    throw new Error(`the files changed while they were imported; import ${importId} was not closed`);
  await store.close({ importId, month, catalogDigest, bucketCount, closedAt: now, totals });
}

/** The second reading: what was accepted is written. */
async function writeRecords(job: MonthImport, importId: string, key: DataKey): Promise<TotalsCounter> {
  const { month, bucketCount, tables } = job;
  const counter = new TotalsCounter(month);
  const writer = new ItemWriter(job.dynamo);
  let count = 0;
  const note = (): void => {
    if (++count % PROGRESS_RECORDS === 0) job.onProgress?.(count);
  };
  const partition = (accountId: string) => ({ S: `${importId}#${bucketOf(accountId, bucketCount)}` });
  for await (const found of job.accounts()) {
    const read = 'value' in found ? readAccountRecord(found.value) : null;
    if (!('value' in found) || !read?.ok) continue;
    counter.addAccount(found.value);
    const full = writer.put(tables.accounts, {
      pk: partition(read.record.accountId),
      ...accountItem(read.record, key),
    });
    if (full) await full;
    note();
  }
  for await (const found of job.usage()) {
    const read = 'value' in found ? readUsageRecord(found.value) : null;
    if (!('value' in found) || !read?.ok) continue;
    counter.addUsage(found.value);
    const full = writer.put(tables.usage, {
      pk: partition(read.record.accountId),
      ...usageItem(read.record, key, month),
    });
    if (full) await full;
    note();
  }
  await writer.end();
  job.onProgress?.(count);
  return counter;
}

const accountItem = ({ accountId, account, contact, locale, preferences }: AccountToStore, key: DataKey) => ({
  sk: { S: accountId },
  account: { S: account },
  locale: { S: locale },
  ...(contact === null ? {} : { contact: { B: seal(key, accountId, contact) } }),
  ...(preferences === null ? {} : { preferences: { S: preferences } }),
});

/** A record of another month stands beside the month's own, under a key that no account can have. */
const usageItem = ({ accountId, month, usage, merchants }: UsageToStore, key: DataKey, importMonth: Month) => ({
  sk: { S: month === importMonth ? accountId : `${accountId}@${month}` },
  usage: { S: usage },
  ...(merchants === null ? {} : { merchants: { B: seal(key, accountId, merchants) } }),
});
