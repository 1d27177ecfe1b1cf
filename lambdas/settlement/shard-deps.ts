/** What the functions that open, settle and verify a run work with. */
import { clients } from '../platform/clients.ts';
import { catalogStore, type CatalogStore } from './adapters/catalog-store.ts';
import { invoiceStore } from './adapters/invoice-store.ts';
import { rejectionStore } from './adapters/rejection-store.ts';
import { runStore, type RunStore } from './adapters/run-store.ts';
import { accountRecords, usageRecords } from './adapters/stored-records.ts';
import type { shardEnv } from './env.ts';
import type { BucketDeps } from './settle-bucket.ts';

export interface ShardDeps extends BucketDeps {
  readonly catalogs: CatalogStore;
  readonly runs: RunStore;
}

export function shardDeps(env: Readonly<Record<(typeof shardEnv)[number], string>>): ShardDeps {
  const dynamo = clients.dynamo();
  return {
    accounts: accountRecords(dynamo, env.ACCOUNTS_TABLE),
    usage: usageRecords(dynamo, env.USAGE_TABLE),
    invoices: invoiceStore(dynamo, env.INVOICES_TABLE),
    rejections: rejectionStore(dynamo, env.REJECTIONS_TABLE),
    runs: runStore(dynamo, env.RUNS_TABLE),
    catalogs: catalogStore(clients.s3(), env.CATALOGS_BUCKET),
  };
}
