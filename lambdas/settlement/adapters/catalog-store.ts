import { GetObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { catalogKey } from '../../kernel/ids.ts';
import { digestOf } from '../../platform/digest.ts';
import type { Catalogs } from '../domain/catalogs.ts';
import { compileCatalogs } from '../domain/compile-catalogs.ts';
import { CatalogRefused } from '../domain/faults.ts';

export interface CatalogStore {
  /** The compiled catalogs of a digest: read and compiled once a process. Throws `CatalogRefused` when they are faulty. */
  read: (digest: string) => Promise<Catalogs>;
}

/** An error's message is part of the execution's history, which ends at 256 KiB; the import has named all of them. */
const NAMED_FAULTS = 50;

function parsed(digest: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new CatalogRefused(`${catalogKey(digest)} is no JSON`, { cause });
  }
}

/** Catalog files in S3, whole, by digest: what is read is what was pinned, or nothing. */
export function catalogStore(s3: S3Client, bucket: string): CatalogStore {
  const known = new Map<string, Promise<Catalogs>>();
  const load = async (digest: string): Promise<Catalogs> => {
    const { Body } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: catalogKey(digest) }));
    const json = parsed(digest, (await Body?.transformToString('utf-8')) ?? '');
    if (digestOf(json) !== digest)
      throw new CatalogRefused(`${catalogKey(digest)} does not have the digest it is named by`);
    const compiled = compileCatalogs(json);
    if (compiled.ok) return compiled.catalogs;
    const faults = compiled.faults.map(({ path, problem }) => `${path}: ${problem}`);
    throw new CatalogRefused(
      `${catalogKey(digest)} has ${faults.length} faults: ${faults.slice(0, NAMED_FAULTS).join('; ')}`,
    );
  };
  return {
    read(digest) {
      let catalogs = known.get(digest);
      if (!catalogs) {
        catalogs = load(digest);
        known.set(digest, catalogs);
        catalogs.catch(() => known.delete(digest)); // a failed read must not be remembered by a warm process
      }
      return catalogs;
    },
  };
}
