/**
 * Called by: the state AcceptImport, after every part of a job was checked.
 * Guarantees: the import has its id, and its data key, wrapped, exactly once; or nothing is to be done, as the month has
 * this very import. No record is written before this answers.
 * Fails when: records are refused (RecordsRefused), there is no account (ImportHasNoAccounts), the month has an open run
 * (MonthHasOpenRun), or the deployment's bucket count changed (BucketCountDiffers). The month's import is then as it was.
 */
import { importJob } from '../../contracts/import-payloads.ts';
import { clients } from '../../platform/clients.ts';
import { decode } from '../../platform/decode.ts';
import { entryPoint, type Invocation } from '../../platform/entry.ts';
import { once, readEnv } from '../../platform/env.ts';
import { dataKeyMaker, type DataKeyMaker } from '../adapters/data-key-store.ts';
import { importStore, type ImportStore } from '../adapters/import-store.ts';
import { jobStore, type JobStore } from '../adapters/job-store.ts';
import { totalsOfParts } from '../control-totals.ts';
import { ImportNotMade } from '../domain/faults.ts';
import { mayBeLeftOut, refusedOf } from '../domain/refused.ts';
import { acceptImportEnv } from '../env.ts';
import { acceptImport } from '../import-steps.ts';

export interface AcceptImportDeps {
  readonly jobs: JobStore;
  readonly imports: ImportStore;
  readonly keys: DataKeyMaker;
  readonly bucketCount: number;
}

/** Decides whether the checked files become an import. */
export async function acceptJob(
  { jobs, imports, keys, bucketCount }: AcceptImportDeps,
  event: unknown,
  { log }: Pick<Invocation, 'log'>,
) {
  const job = decode(importJob, event, 'the checked job');
  const { month, jobId, catalogDigest, maxRefused, partCount } = job;
  const parts = await jobs.readChecked(jobId, partCount);
  const refused = refusedOf(parts);
  if (!mayBeLeftOut(refused, maxRefused)) {
    const listed = jobs.refusedPlace(jobId);
    throw new ImportNotMade({ outcome: 'records-refused', ...refused, listed }, month);
  }
  const totals = totalsOfParts(parts, catalogDigest);
  const accepted = await acceptImport(imports, { month, bucketCount, totals });
  switch (accepted.outcome) {
    case 'accepted': {
      const { importId, before, isClosed } = accepted;
      if (!isClosed) await keys.ensure(importId);
      log.info('IMPORT_ACCEPTED', { jobId, importId, isClosed, digest: totals.digest });
      return { ...job, outcome: isClosed ? ('closed' as const) : ('accepted' as const), importId, before };
    }
    case 'unchanged':
      log.info('IMPORT_UNCHANGED', { jobId, importId: accepted.importId });
      return { month, ...accepted };
    default:
      throw new ImportNotMade(accepted, month);
  }
}

const deps = once((): AcceptImportDeps => {
  const env = readEnv(acceptImportEnv);
  const dynamo = clients.dynamo();
  return {
    jobs: jobStore(clients.s3(), env.INCOMING_BUCKET),
    imports: importStore(dynamo, env.RUNS_TABLE),
    keys: dataKeyMaker(dynamo, clients.kms(), env.ACCOUNTS_TABLE, env.CONTACT_KEY),
    bucketCount: Number(env.BUCKET_COUNT),
  };
});

export const handler = entryPoint('accept-import', (event, invocation) => acceptJob(deps(), event, invocation));
