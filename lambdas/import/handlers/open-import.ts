/**
 * Called by: the first state of import-month, with the execution's input as it is.
 * Guarantees: the catalogs are sound and lie where settlement finds them, and the files are cut into parts; the same
 * files again come to the same parts. Nothing of the month has changed.
 * Fails when: the input or what it names is wrong (InvalidImportInput, every problem at once), the catalogs have faults
 * (CatalogRefused, each with its path), or a file is replaced while it is read (ImportFileChanged).
 */
import type { ImportJob } from '../../contracts/import-payloads.ts';
import { clients } from '../../platform/clients.ts';
import { digestOf } from '../../platform/digest.ts';
import { entryPoint, type Invocation } from '../../platform/entry.ts';
import { once, readEnv } from '../../platform/env.ts';
import { compileCatalogs } from '../../settlement/domain/compile-catalogs.ts';
import { putCatalogs } from '../adapters/catalog-writer.ts';
import { incomingFiles, type IncomingFile, type IncomingFiles } from '../adapters/incoming-files.ts';
import { jobStore, type JobStore } from '../adapters/job-store.ts';
import { ImportNotMade, InvalidImportInput } from '../domain/faults.ts';
import { readImportInput } from '../domain/import-input.ts';
import { partCountOf } from '../domain/job.ts';
import { cutFile, formatOf, type FileFormat } from '../domain/record-file.ts';
import { openImportEnv } from '../env.ts';
import { findFiles } from '../find-files.ts';

export interface OpenImportDeps {
  readonly files: IncomingFiles;
  readonly jobs: JobStore;
  readonly putCatalogs: (digest: string, catalogs: unknown) => Promise<void>;
  /** A part has so many bytes at least. */
  readonly partBytes: number;
}

/** Checks what an execution was started with, and cuts its files. */
export async function openImport(
  deps: OpenImportDeps,
  event: unknown,
  { log }: Pick<Invocation, 'log'>,
): Promise<ImportJob> {
  const { files, jobs, partBytes } = deps;
  const wanted = readImportInput(event);
  if (!wanted.ok) throw new InvalidImportInput(wanted.sentence);
  const { month, maxRefused } = wanted.input;
  const { accounts, usage, catalogs } = await findFiles(files, wanted.input);
  const compiled = compileCatalogs(catalogs);
  if (!compiled.ok) throw new ImportNotMade({ outcome: 'catalogs-refused', faults: compiled.faults }, month);
  const catalogDigest = digestOf(catalogs);
  await deps.putCatalogs(catalogDigest, catalogs);
  const cut = async ({ key, etag, bytes }: IncomingFile, format: FileFormat) => ({
    key,
    etag,
    ...(await cutFile(format, files.bytesOf({ key, etag }), bytes, partBytes)),
  });
  const plan = { accounts: await cut(accounts, 'jsonl'), usage: await cut(usage, formatOf(usage.key)) };
  const jobId = `${month}-${digestOf({ month, plan }).slice(0, 12)}`;
  await jobs.putPlan(jobId, plan);
  const partCount = partCountOf(plan);
  log.info('IMPORT_OPENED', { jobId, partCount, accountsBytes: accounts.bytes, usageBytes: usage.bytes });
  return { month, jobId, catalogDigest, maxRefused, partCount };
}

const deps = once((): OpenImportDeps => {
  const env = readEnv(openImportEnv);
  const s3 = clients.s3();
  return {
    files: incomingFiles(s3, env.INCOMING_BUCKET),
    jobs: jobStore(s3, env.INCOMING_BUCKET),
    putCatalogs: (digest, catalogs) => putCatalogs(s3, env.CATALOGS_BUCKET, digest, catalogs),
    partBytes: Number(env.PART_BYTES),
  };
});

export const handler = entryPoint('open-import', (event, invocation) => openImport(deps(), event, invocation));
