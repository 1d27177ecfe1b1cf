/**
 * Called by: the state CloseImport, after every part of an accepted job is stored.
 * Guarantees: the import is closed with its control totals, and only when every record that was checked is stored; then
 * the month points to it, unless somebody else moved the pointer. Called again it answers the same.
 * Fails when: accounts stand in two parts (RecordsRefused, each with its lines), the month has an open run
 * (MonthHasOpenRun), or another import came into force meanwhile (ImportInForceMoved). The month's import is then as it was.
 */
import { acceptedJob } from '../../contracts/import-payloads.ts';
import { clients } from '../../platform/clients.ts';
import { decode } from '../../platform/decode.ts';
import { entryPoint, type Invocation } from '../../platform/entry.ts';
import { once, readEnv } from '../../platform/env.ts';
import { importStore, type ImportStore } from '../adapters/import-store.ts';
import { jobStore, type JobStore } from '../adapters/job-store.ts';
import { totalsOfParts } from '../control-totals.ts';
import { ImportNotMade, InvalidImportInput } from '../domain/faults.ts';
import { refusedOf } from '../domain/refused.ts';
import { duplicatesAcross, storedRecords } from '../domain/sum-parts.ts';
import { closeImportEnv } from '../env.ts';
import { closeImport, importIdOf } from '../import-steps.ts';

export interface CloseImportDeps {
  readonly jobs: JobStore;
  readonly imports: ImportStore;
  readonly bucketCount: number;
}

/** Closes an import whose parts are stored, and puts it in force. */
export async function closeJob(
  { jobs, imports, bucketCount }: CloseImportDeps,
  event: unknown,
  { log, clock }: Pick<Invocation, 'log' | 'clock'>,
) {
  const { month, jobId, importId, catalogDigest, partCount, before } = decode(acceptedJob, event, 'the job to close');
  const checked = await jobs.readChecked(jobId, partCount);
  const totals = totalsOfParts(checked, catalogDigest);
  if (importIdOf(month, totals) !== importId)
    throw new InvalidImportInput(`Job ${jobId} comes to import ${importIdOf(month, totals)}, not to ${importId}.`);
  const isClosed = await imports.isClosed(importId);
  if (!isClosed) {
    const written = await jobs.readWritten(jobId, importId, partCount);
    const duplicates = duplicatesAcross(written, checked, month);
    if (duplicates.length > 0) {
      await jobs.putRefused(jobId, 'twice', duplicates);
      const known = new Set(checked.flatMap(({ kind, refusedIds }) => refusedIds.map(([, line]) => `${kind} ${line}`)));
      const added = duplicates.filter(({ file, line }) => !known.has(`${file} ${line}`));
      const twice = { refused: added.length, duplicates: duplicates.length, brokenRows: 0 };
      const listed = jobs.refusedPlace(jobId);
      throw new ImportNotMade({ outcome: 'records-refused', ...refusedOf([...checked, twice]), listed }, month);
    }
    const stored = storedRecords(written);
    if (stored !== totals.accounts + totals.usageRecords)
      throw new Error(
        `${stored} records of import ${importId} are stored, and ${totals.accounts + totals.usageRecords} were checked`,
      );
  }
  const record = { importId, month, catalogDigest, bucketCount, closedAt: clock.now(), totals };
  const closed = await closeImport(imports, record, { isClosed, before });
  if (!('totals' in closed)) throw new ImportNotMade(closed, month);
  log.info('IMPORT_CLOSED', { jobId, ...closed });
  return { month, ...closed };
}

const deps = once((): CloseImportDeps => {
  const env = readEnv(closeImportEnv);
  return {
    jobs: jobStore(clients.s3(), env.INCOMING_BUCKET),
    imports: importStore(clients.dynamo(), env.RUNS_TABLE),
    bucketCount: Number(env.BUCKET_COUNT),
  };
});

export const handler = entryPoint('close-import', (event, invocation) => closeJob(deps(), event, invocation));
