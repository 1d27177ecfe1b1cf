/** The environment of settlement's functions, declared once: the constructs must supply exactly these keys, the handlers read only them. */

/** Of what works on the shards of a run. */
export const shardEnv = [
  'ACCOUNTS_TABLE',
  'USAGE_TABLE',
  'INVOICES_TABLE',
  'REJECTIONS_TABLE',
  'RUNS_TABLE',
  'CATALOGS_BUCKET',
] as const;

export const openRunEnv = [...shardEnv, 'BUCKET_COUNT'] as const;

export const closeRunEnv = ['RUNS_TABLE'] as const;

export const awaitDecisionEnv = ['RUNS_TABLE'] as const;
