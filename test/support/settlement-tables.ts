/** Settlement's tables in the DynamoDB emulator, with the golden accounts imported, and its functions wired to them. */
import { DeleteItemCommand, PutItemCommand, ScanCommand, type DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import { bucketOf } from '../../lambdas/kernel/buckets.ts';
import type { Instant } from '../../lambdas/kernel/dates.ts';
import type { Invocation } from '../../lambdas/platform/entry.ts';
import { digestOf } from '../../lambdas/platform/digest.ts';
import { invoiceStore } from '../../lambdas/settlement/adapters/invoice-store.ts';
import { rejectionStore } from '../../lambdas/settlement/adapters/rejection-store.ts';
import { runStore } from '../../lambdas/settlement/adapters/run-store.ts';
import { accountRecords, usageRecords } from '../../lambdas/settlement/adapters/stored-records.ts';
import type { Catalogs } from '../../lambdas/settlement/domain/catalogs.ts';
import { closeRun } from '../../lambdas/settlement/handlers/close-run.ts';
import { openRun } from '../../lambdas/settlement/handlers/open-run.ts';
import { settleShard } from '../../lambdas/settlement/handlers/settle-shard.ts';
import { verifyShard } from '../../lambdas/settlement/handlers/verify-shard.ts';
import { accounts, catalogJson, catalogs, MONTH, usageOf, type Json } from './billing-golden.ts';
import { startTable } from './dynamo-table.ts';

export const BUCKETS = 4;
export const IMPORT_ID = '2026-02-000000000001';
export const CATALOG_DIGEST = digestOf(catalogJson);
/** The golden accounts that have a usable id. */
const importable = accounts.filter((account) => typeof account['accountId'] === 'string');
export const ACCOUNT_IDS = importable.map((account) => String(account['accountId']));

const TABLES = ['accounts', 'usage', 'invoices', 'rejections', 'runs'] as const;
type Table = (typeof TABLES)[number];
export type Item = Record<string, unknown>;

/** What a handler is given beside its event, without logs. */
export const invocation = {
  log: { info: () => undefined } as unknown as Invocation['log'],
  count: () => undefined,
  clock: {
    now: () => '2026-03-01T03:00:00.000Z' as Instant,
    nowMs: () => Date.parse('2026-03-01T03:00:00Z'),
    sleep: () => Promise.resolve(),
  },
};

const depsOf = (dynamo: DynamoDBClient) => ({
  accounts: accountRecords(dynamo, 'accounts'),
  usage: usageRecords(dynamo, 'usage'),
  invoices: invoiceStore(dynamo, 'invoices'),
  rejections: rejectionStore(dynamo, 'rejections'),
  runs: runStore(dynamo, 'runs'),
  catalogs: {
    read: (digest: string): Promise<Catalogs> =>
      digest === CATALOG_DIGEST ? Promise.resolve(catalogs) : Promise.reject(new Error(`no catalog ${digest}`)),
  },
  bucketCount: BUCKETS,
  /** No execution waits here: what wakes them is shown on the whole stack. */
  wake: () => Promise.resolve(0),
});
export type SettlementDeps = ReturnType<typeof depsOf>;

export interface SettlementTables {
  readonly url: string;
  readonly dynamo: DynamoDBClient;
  readonly deps: SettlementDeps;
  readonly put: (table: Table, item: Item) => Promise<void>;
  readonly remove: (table: Table, item: Item) => Promise<void>;
  /** All items of a table, by their keys; the audit table's too, where a test has made it. */
  readonly items: (table: Table | 'audit') => Promise<Item[]>;
  readonly stop: () => Promise<void>;
}

const keyOf = ({ pk, sk }: Item): string => `${String(pk)} ${String(sk)}`;

/** The key of an account's record in an import. */
export const accountKey = (accountId: string, importId = IMPORT_ID): { pk: string; sk: string } => ({
  pk: `${importId}#${bucketOf(accountId, BUCKETS)}`,
  sk: accountId,
});

/** Starts an emulator with empty tables and one closed import in force, of the first golden accounts or all. */
export async function startSettlementTables(count = importable.length): Promise<SettlementTables> {
  const { url, dynamo, stop } = await startTable(...TABLES);
  const tables: SettlementTables = {
    url,
    dynamo,
    deps: depsOf(dynamo),
    async put(TableName, item) {
      await dynamo.send(new PutItemCommand({ TableName, Item: marshall(item) }));
    },
    async remove(TableName, { pk, sk }) {
      await dynamo.send(new DeleteItemCommand({ TableName, Key: marshall({ pk, sk }) }));
    },
    async items(TableName) {
      const { Items } = await dynamo.send(new ScanCommand({ TableName }));
      return (Items ?? []).map((item) => unmarshall(item)).toSorted((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
    },
    stop,
  };
  await tables.put('runs', { pk: 'DEPLOYMENT', sk: 'BUCKETS', bucketCount: BUCKETS });
  await importAccounts(tables, IMPORT_ID, importable.slice(0, count));
  return tables;
}

/** Puts accounts and their golden usage in force as a closed import. */
async function importAccounts({ put }: SettlementTables, importId: string, imported: readonly Json[]): Promise<void> {
  const usage = imported.map((account) => usageOf(account['accountId'])).filter((record) => record !== null);
  for (const account of imported)
    await put('accounts', { ...accountKey(String(account['accountId']), importId), account: JSON.stringify(account) });
  for (const record of usage)
    await put('usage', { ...accountKey(String(record['accountId']), importId), usage: JSON.stringify(record) });
  await put('runs', { pk: `MONTH#${MONTH}`, sk: 'IMPORT', importId });
  await put('runs', {
    pk: `IMPORT#${importId}`,
    sk: 'IMPORT',
    status: 'CLOSED',
    month: MONTH,
    accounts: imported.length,
    usageRecords: usage.length,
    catalogDigest: CATALOG_DIGEST,
    bucketCount: BUCKETS,
  });
}

export const CORRECTED_IMPORT_ID = '2026-02-000000000002';

/** An import of the first golden accounts in which these have a record that can be billed, and no usage. */
export async function importCorrected(tables: SettlementTables, corrected: readonly string[], count: number) {
  const fixed = new Map(
    corrected.map((accountId) => [accountId, { accountId, dueDay: 5, arrears: { nonTaxable: 900 } }]),
  );
  const accounts = importable.slice(0, count).map((account) => fixed.get(String(account['accountId'])) ?? account);
  await importAccounts(tables, CORRECTED_IMPORT_ID, accounts);
  for (const accountId of corrected) await tables.remove('usage', accountKey(accountId, CORRECTED_IMPORT_ID));
}

/** The execution that a test plays, as Step Functions names it. */
export const execution = (name: string): string =>
  `arn:aws:states:ap-northeast-2:000000000000:execution:tr1l-dev-settlement-run:${name}`;

export const open = (deps: SettlementDeps, name = 'one', input: unknown = { month: MONTH }) =>
  openRun(deps, { input, executionId: execution(name) }, invocation);
/** The input of a retry. */
export const retryOf = (...accounts: string[]) => ({ month: MONTH, mode: 'retry', accounts, reason: 'data corrected' });
export type Opened = Awaited<ReturnType<typeof open>>;

/** Calls settle-shard or verify-shard once for each shard of a run, as the distributed map does. */
export async function everyShard(
  deps: SettlementDeps,
  run: Opened,
  work: typeof settleShard | typeof verifyShard,
): Promise<void> {
  for (const shard of run.shards) await work(deps, { ...run, shard }, invocation);
}

/** A whole execution of the state machine, from OpenRun to CloseRun. */
export async function execute(deps: SettlementDeps, name = 'one', input?: unknown) {
  const run = await open(deps, name, input);
  if (run.outcome === 'already-approved') return run;
  await everyShard(deps, run, settleShard);
  await everyShard(deps, run, verifyShard);
  const closed = await closeRun(deps, run, invocation);
  if (closed.outcome !== 'approved') throw new Error(`the run is not approved: ${closed.outcome}`);
  return closed;
}

/** The wired functions over another client, such as one that a test makes fail. */
export const wiredTo = (dynamo: DynamoDBClient): SettlementDeps => depsOf(dynamo);
