import { shardCountFor } from '../kernel/buckets.ts';
import type { Month } from '../kernel/dates.ts';
import type { CatalogStore } from './adapters/catalog-store.ts';
import type { RunStore } from './adapters/run-store.ts';
import { BucketCountDiffers, InvalidRunInput } from './domain/faults.ts';
import type { ImportRecord, RunRecord } from './domain/run.ts';

/** The closed import that a new run of the month would pin. */
export async function importInForce(
  runs: RunStore,
  month: Month,
): Promise<ImportRecord & { readonly importId: string }> {
  const importId = await runs.importInForce(month);
  if (importId === null)
    throw new InvalidRunInput(`No import is in force for ${month}: import its accounts, usage and catalogs first.`);
  const imported = await runs.readImport(importId);
  if (imported?.month !== month)
    throw new InvalidRunInput(`The import in force for ${month}, ${importId}, is not a closed import of that month.`);
  return imported;
}

export interface PinDeps {
  readonly runs: RunStore;
  readonly catalogs: CatalogStore;
  readonly bucketCount: number;
}

/** What a new run pins of its import. Throws when the deployment has other buckets, or the catalog file is faulty. */
export async function pinImport(
  { runs, catalogs, bucketCount }: PinDeps,
  { importId, catalogDigest, accounts, bucketCount: importedWith }: ImportRecord,
): Promise<Pick<RunRecord, 'importId' | 'catalogDigest' | 'bucketCount' | 'shardCount'>> {
  checkBuckets(bucketCount, await runs.deploymentBuckets(), 'the deployment record');
  checkBuckets(bucketCount, importedWith, `import ${importId}`);
  await catalogs.read(catalogDigest); // a faulty catalog is refused before any account is billed
  return { importId, catalogDigest, bucketCount, shardCount: shardCountFor(accounts, bucketCount) };
}

/** Throws when data was written with another bucket count than is deployed. */
export function checkBuckets(deployed: number, written: number | null, where: string): void {
  if (written === deployed) return;
  throw new BucketCountDiffers(
    `The deployment has ${deployed} buckets, ${where} says ${written ?? 'nothing'}: the bucket count is part of every key and can never change.`,
  );
}
