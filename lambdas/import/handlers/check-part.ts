/**
 * Called by: the state CheckParts, once for each part of a job.
 * Guarantees: every record that begins in the part is checked and counted, and what is refused of it is listed with its
 * line in the file, field and reason. Nothing else is written, and nothing of a record is kept.
 * Fails when: S3 does not answer (retried), or the file is not the one any more that was cut (ImportFileChanged).
 */
import { partToCheck } from '../../contracts/import-payloads.ts';
import { clients } from '../../platform/clients.ts';
import { decode } from '../../platform/decode.ts';
import { entryPoint, type Invocation } from '../../platform/entry.ts';
import { once, readEnv } from '../../platform/env.ts';
import { incomingFiles, type IncomingFiles } from '../adapters/incoming-files.ts';
import { jobStore, type JobStore } from '../adapters/job-store.ts';
import { checkRecords } from '../check-records.ts';
import { partRecords } from '../domain/record-file.ts';
import type { Refusal } from '../domain/record.ts';
import { checkPartEnv } from '../env.ts';
import { partOfJob } from '../part-of-job.ts';

export interface CheckPartDeps {
  readonly files: IncomingFiles;
  readonly jobs: JobStore;
}

/** Checks the records of a part. */
export async function checkPart(
  { files, jobs }: CheckPartDeps,
  event: unknown,
  { log, count }: Pick<Invocation, 'log' | 'count'>,
) {
  const { month, jobId, part: number } = decode(partToCheck, event, 'the part to check');
  const { kind, file, part } = await partOfJob(jobs, jobId, number);
  const refusals: Refusal[] = [];
  const records = partRecords(file, part, files.bytesOf(file));
  const checked = await checkRecords(kind, month, records, (refusal) => refusals.push(refusal));
  // By the line on which the part begins: the objects of a job are in the order of the files.
  await jobs.putRefused(jobId, `${kind}-from-line-${String(part.line).padStart(9, '0')}`, refusals);
  await jobs.putChecked(jobId, number, {
    kind,
    ...checked,
    blocks: [...checked.blocks],
    refusedIds: [...checked.refusedIds],
  });
  const { read, refused, duplicates } = checked;
  log.info('PART_CHECKED', { jobId, part: number, kind, read, refused, duplicates });
  count('RecordsRefused', refused);
  return { part: number, read, refused };
}

const deps = once((): CheckPartDeps => {
  const bucket = readEnv(checkPartEnv).INCOMING_BUCKET;
  return { files: incomingFiles(clients.s3(), bucket), jobs: jobStore(clients.s3(), bucket) };
});

export const handler = entryPoint('check-part', (event, invocation) => checkPart(deps(), event, invocation));
