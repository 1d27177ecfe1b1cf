/**
 * Imports a month from this machine: accounts, usage and catalogs become one immutable import, and the month points to
 * it. Everything is checked before anything is written, so a broken file leaves the month as it was.
 */
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { KMSClient } from '@aws-sdk/client-kms';
import type { S3Client } from '@aws-sdk/client-s3';
import { putCatalogs } from '../../lambdas/import/adapters/catalog-writer.ts';
import { dataKeyMaker, dataKeyOpener } from '../../lambdas/import/adapters/data-key-store.ts';
import { importStore } from '../../lambdas/import/adapters/import-store.ts';
import { RecordWriter } from '../../lambdas/import/adapters/record-writer.ts';
import { checkRecords, type CheckedRecords, type FileCounts } from '../../lambdas/import/check-records.ts';
import { controlTotals, importDigest } from '../../lambdas/import/control-totals.ts';
import type { RecordKind, RecordSource, Refusal } from '../../lambdas/import/domain/record.ts';
import { mayBeLeftOut, refusedOf } from '../../lambdas/import/domain/refused.ts';
import type { ImportOutcome, InputRefused } from '../../lambdas/import/domain/sentences.ts';
import type { ControlTotals } from '../../lambdas/import/domain/sums.ts';
import { acceptImport, closeImport } from '../../lambdas/import/import-steps.ts';
import { writeRecords, type ImportTarget } from '../../lambdas/import/write-records.ts';
import type { Instant, Month } from '../../lambdas/kernel/dates.ts';
import { digestOf } from '../../lambdas/platform/digest.ts';
import { compileCatalogs } from '../../lambdas/settlement/domain/compile-catalogs.ts';

export interface MonthImport {
  readonly dynamo: DynamoDBClient;
  readonly s3: S3Client;
  readonly kms: KMSClient;
  /** What the import writes to, by physical names. */
  readonly tables: Readonly<Record<RecordKind | 'runs', string>>;
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
  /** How many records may be refused and left out; 0 when it is not said. Duplicates and broken rows of CSV are never left out. */
  readonly maxRefused?: number;
  /** Called from time to time with the number of records written. */
  readonly onProgress?: (written: number) => void;
}

/** What a month's files are, before anything is written. */
export type CheckedInput =
  | InputRefused
  | {
      readonly outcome: 'accepted';
      readonly totals: ControlTotals;
      /** What was read of each file, and how much of it was refused. */
      readonly files: Readonly<Record<RecordKind, FileCounts>>;
      readonly catalogDigest: string;
    };

/** Between two calls of `onProgress`. */
const PROGRESS_RECORDS = 1000;

/** The first reading: checks everything, and writes nothing. */
export async function checkInput(
  job: Pick<MonthImport, 'month' | 'accounts' | 'usage' | 'catalogs' | 'onRefused' | 'maxRefused'>,
): Promise<CheckedInput> {
  const compiled = compileCatalogs(job.catalogs);
  if (!compiled.ok) return { outcome: 'catalogs-refused', faults: compiled.faults };
  const check = (kind: RecordKind): Promise<CheckedRecords> =>
    checkRecords(kind, job.month, job[kind](), job.onRefused ?? (() => undefined));
  const [accounts, usage] = [await check('accounts'), await check('usage')];
  const refused = refusedOf([accounts, usage]);
  if (!mayBeLeftOut(refused, job.maxRefused ?? 0)) return { outcome: 'records-refused', ...refused };
  const catalogDigest = digestOf(job.catalogs);
  const totals = controlTotals({ accounts: [accounts], usage: [usage] }, refused.refused, catalogDigest);
  return { outcome: 'accepted', totals, files: { accounts, usage }, catalogDigest };
}

/** Imports a month, or says why not. The same files again change nothing. */
export async function importMonth(job: MonthImport): Promise<ImportOutcome> {
  const { month, bucketCount, now, tables } = job;
  const checked = await checkInput(job);
  if (checked.outcome !== 'accepted') return checked;
  const { totals, catalogDigest } = checked;
  const store = importStore(job.dynamo, tables.runs);
  const accepted = await acceptImport(store, { month, bucketCount, totals });
  if (accepted.outcome !== 'accepted') return accepted;
  const { importId } = accepted;
  if (!accepted.isClosed) await writeImport(job, importId, catalogDigest, totals);
  return closeImport(store, { importId, month, catalogDigest, bucketCount, closedAt: now, totals }, accepted);
}

async function writeImport(
  job: MonthImport,
  importId: string,
  catalogDigest: string,
  totals: ControlTotals,
): Promise<void> {
  const { dynamo, kms, tables } = job;
  await putCatalogs(job.s3, job.catalogsBucket, catalogDigest, job.catalogs);
  await dataKeyMaker(dynamo, kms, tables.accounts, job.contactKey).ensure(importId);
  const key = await dataKeyOpener(dynamo, kms, tables.accounts).open(importId);
  const target = { importId, month: job.month, bucketCount: job.bucketCount, tables, key };
  const written = await writeFiles(job, target);
  if (importDigest(written, catalogDigest) !== totals.digest)
    throw new Error(`the files changed while they were imported; import ${importId} was not closed`);
}

/** The second reading: what was accepted is written. */
async function writeFiles(job: MonthImport, target: ImportTarget) {
  let count = 0;
  const write = async (kind: RecordKind) => {
    const { blocks, duplicates } = await writeRecords(new RecordWriter(job.dynamo), target, kind, job[kind](), () => {
      if (++count % PROGRESS_RECORDS === 0) job.onProgress?.(count);
    });
    const [first] = duplicates;
    if (first) throw new Error(`${first.sk} is stored twice, of lines ${first.line} and ${first.storedLine}`);
    return [{ blocks }];
  };
  const written = { accounts: await write('accounts'), usage: await write('usage') };
  job.onProgress?.(count);
  return written;
}
