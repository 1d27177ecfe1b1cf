/** An import on AWS without its state machine: the functions of import-month, one after the other, on the emulators. */
import { PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { KMSClient } from '@aws-sdk/client-kms';
import { putCatalogs } from '../../lambdas/import/adapters/catalog-writer.ts';
import { dataKeyMaker, dataKeyOpener } from '../../lambdas/import/adapters/data-key-store.ts';
import { importStore } from '../../lambdas/import/adapters/import-store.ts';
import { incomingFiles } from '../../lambdas/import/adapters/incoming-files.ts';
import { jobStore } from '../../lambdas/import/adapters/job-store.ts';
import { RecordWriter } from '../../lambdas/import/adapters/record-writer.ts';
import { acceptJob } from '../../lambdas/import/handlers/accept-import.ts';
import { checkPart } from '../../lambdas/import/handlers/check-part.ts';
import { closeJob } from '../../lambdas/import/handlers/close-import.ts';
import { openImport } from '../../lambdas/import/handlers/open-import.ts';
import { writePart } from '../../lambdas/import/handlers/write-part.ts';
import { dataKeys } from '../../lambdas/platform/data-keys.ts';
import { unseal } from '../../lambdas/platform/seal.ts';
import { catalogJson, MONTH } from './billing-golden.ts';
import type { ImportPlace } from './import-place.ts';
import { invocation } from './settlement-tables.ts';

export interface JobClients {
  readonly dynamo: DynamoDBClient;
  readonly s3: S3Client;
  readonly kms: KMSClient;
}

/** What every function of the import is given, by these clients. */
export function wireImport({ dynamo, s3, kms }: JobClients, { place }: ImportPlace, partBytes: number) {
  const { tables, bucketCount, contactKey } = place;
  const imports = importStore(dynamo, tables.runs);
  return {
    files: incomingFiles(s3, 'incoming'),
    jobs: jobStore(s3, 'incoming'),
    putCatalogs: (digest: string, catalogs: unknown) => putCatalogs(s3, 'catalogs', digest, catalogs),
    imports,
    maker: dataKeyMaker(dynamo, kms, tables.accounts, contactKey),
    keys: dataKeyOpener(dynamo, kms, tables.accounts),
    writer: () => new RecordWriter(dynamo),
    tables,
    bucketCount,
    partBytes,
  };
}
export type ImportDeps = ReturnType<typeof wireImport>;

/** Runs the machine's states. `order` says in which order the parts are written. */
export async function runImport(
  deps: ImportDeps,
  input: unknown,
  order: (parts: number[]) => number[] = (parts) => parts,
) {
  const job = await openImport(deps, input, invocation);
  const { month, jobId, partCount } = job;
  const parts = Array.from({ length: partCount }, (_, part) => part);
  for (const part of parts) await checkPart(deps, { month, jobId, part }, invocation);
  const accepted = await acceptJob({ ...deps, keys: deps.maker }, job, invocation);
  if (accepted.outcome === 'unchanged') return accepted;
  if (accepted.outcome === 'accepted')
    for (const part of order(parts))
      await writePart(deps, { month, jobId, part, importId: accepted.importId }, invocation);
  return closeJob(deps, accepted, invocation);
}

/** Puts files where an import finds them; answers with the machine's input. */
export async function upload(
  s3: S3Client,
  month: string,
  files: { readonly accounts: string; readonly usage: string; readonly catalogs: unknown },
  usageName = 'usage.jsonl',
) {
  const keys = {
    accountsKey: `incoming/${month}/accounts.jsonl`,
    usageKey: `incoming/${month}/${usageName}`,
    catalogsKey: `incoming/${month}/catalogs.json`,
  };
  const put = (Key: string, Body: string) => s3.send(new PutObjectCommand({ Bucket: 'incoming', Key, Body }));
  await put(keys.accountsKey, files.accounts);
  await put(keys.usageKey, files.usage);
  await put(keys.catalogsKey, typeof files.catalogs === 'string' ? files.catalogs : JSON.stringify(files.catalogs));
  return { month, ...keys };
}

/** Parts begin with every thousandth line; empty lines after each record make a small file of several. */
const sparse = (records: readonly object[], every: number): string =>
  records.map((record) => `${JSON.stringify(record)}${'\n'.repeat(every)}`).join('');
const ids = (count: number): string[] => Array.from({ length: count }, (_, index) => `A${1000 + index}`);

export const accountOf = (accountId: string) => ({ accountId, name: `name of ${accountId}`, dueDay: 5, lines: [] });
export const usageOf = (accountId: string) => ({
  accountId,
  month: MONTH,
  lines: [{ lineId: 'L1', dataMb: 7, payments: [{ amount: 100, kind: 'micro', merchant: `shop of ${accountId}` }] }],
});

/** A month's files: so many records, and after each so many lines to the next. */
export const filesOf = (accounts: readonly [number, number], usage: readonly [number, number]) => ({
  accounts: sparse(ids(accounts[0]).map(accountOf), accounts[1]),
  usage: sparse(ids(usage[0]).map(usageOf), usage[1]),
  catalogs: catalogJson,
});

type Stored = Record<'accounts' | 'usage' | 'runs', Record<string, unknown>[]>;

/** Everything that is stored, byte by byte. */
export const bytesIn = async ({ itemsOf }: ImportPlace): Promise<Stored> => ({
  accounts: await itemsOf('accounts'),
  usage: await itemsOf('usage'),
  runs: await itemsOf('runs'),
});

/** Everything that is stored, with what is sealed opened: a seal has a random part. */
export async function openedIn(place: ImportPlace): Promise<Stored> {
  const stored = await bytesIn(place);
  const openKey = dataKeys(place.place.dynamo, place.place.kms, 'accounts');
  const open = async (item: Record<string, unknown>) => {
    const key = await openKey(String(item['pk']).split('#')[0] ?? '');
    const unsealed = (blob: unknown) => (key && blob ? unseal(key, String(item['sk']), blob as Uint8Array) : undefined);
    return {
      ...item,
      wrappedKey: item['wrappedKey'] !== undefined,
      contact: unsealed(item['contact']),
      merchants: unsealed(item['merchants']),
    };
  };
  return {
    ...stored,
    accounts: await Promise.all(stored.accounts.map(open)),
    usage: await Promise.all(stored.usage.map(open)),
  };
}
