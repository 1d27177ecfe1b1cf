/**
 * Called by: the state WriteParts, once for each part of an accepted job.
 * Guarantees: every record that begins in the part is stored, sealed where it must be, unless another line's is stored
 * under its key, which is noted. Doing it again, at once or after a crash, changes no item; an import that is closed is
 * left alone.
 * Fails when: a table, S3 or KMS does not answer (retried), or the file is not the one any more that was checked
 * (ImportFileChanged).
 */
import { partToWrite } from '../../contracts/import-payloads.ts';
import { clients } from '../../platform/clients.ts';
import { decode } from '../../platform/decode.ts';
import { entryPoint, type Invocation } from '../../platform/entry.ts';
import { once, readEnv } from '../../platform/env.ts';
import { dataKeyOpener, type DataKeyOpener } from '../adapters/data-key-store.ts';
import { importStore, type ImportStore } from '../adapters/import-store.ts';
import { incomingFiles, type IncomingFiles } from '../adapters/incoming-files.ts';
import { jobStore, type JobStore } from '../adapters/job-store.ts';
import { RecordWriter } from '../adapters/record-writer.ts';
import { partRecords } from '../domain/record-file.ts';
import { writePartEnv } from '../env.ts';
import { partOfJob } from '../part-of-job.ts';
import { writeRecords, type ImportTarget } from '../write-records.ts';

export interface WritePartDeps extends Pick<ImportTarget, 'tables' | 'bucketCount'> {
  readonly files: IncomingFiles;
  readonly jobs: JobStore;
  readonly imports: Pick<ImportStore, 'isClosed'>;
  readonly keys: DataKeyOpener;
  readonly writer: () => RecordWriter;
}

/** Stores the records of a part. */
export async function writePart(
  { files, jobs, imports, keys, writer, tables, bucketCount }: WritePartDeps,
  event: unknown,
  { log, count }: Pick<Invocation, 'log' | 'count'>,
) {
  const { month, jobId, importId, part: number } = decode(partToWrite, event, 'the part to write');
  if (await imports.isClosed(importId)) return { part: number, outcome: 'closed' as const };
  const { kind, file, part, partCount } = await partOfJob(jobs, jobId, number);
  const target = { importId, month, bucketCount, tables, key: await keys.open(importId) };
  // An account that was refused in another part stands twice, too.
  const checked = await jobs.readChecked(jobId, partCount);
  const refused = new Map(checked.flatMap((other) => (other.kind === kind ? other.refusedIds : [])));
  const records = partRecords(file, part, files.bytesOf(file));
  const written = await writeRecords(writer(), target, kind, records, undefined, refused);
  const { records: stored, duplicates } = written;
  await jobs.putWritten(jobId, importId, number, { kind, records: stored, duplicates: [...duplicates] });
  log.info('PART_WRITTEN', { jobId, importId, part: number, kind, records: stored, duplicates: duplicates.length });
  count('RecordsImported', stored);
  return { part: number, outcome: 'written' as const, records: stored };
}

const deps = once((): WritePartDeps => {
  const env = readEnv(writePartEnv);
  const dynamo = clients.dynamo();
  return {
    files: incomingFiles(clients.s3(), env.INCOMING_BUCKET),
    jobs: jobStore(clients.s3(), env.INCOMING_BUCKET),
    imports: importStore(dynamo, env.RUNS_TABLE),
    keys: dataKeyOpener(dynamo, clients.kms(), env.ACCOUNTS_TABLE),
    writer: () => new RecordWriter(dynamo),
    tables: { accounts: env.ACCOUNTS_TABLE, usage: env.USAGE_TABLE },
    bucketCount: Number(env.BUCKET_COUNT),
  };
});

export const handler = entryPoint('write-part', (event, invocation) => writePart(deps(), event, invocation));
