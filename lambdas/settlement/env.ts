/** The environment of settlement's functions, declared once: the constructs must supply exactly these keys, the handlers read only them. */

export const openRunEnv = [
  'ACCOUNTS_TABLE',
  'USAGE_TABLE',
  'INVOICES_TABLE',
  'REJECTIONS_TABLE',
  'RUNS_TABLE',
  'CATALOGS_BUCKET',
  'BUCKET_COUNT',
] as const;

export const settleShardEnv = [
  'ACCOUNTS_TABLE',
  'USAGE_TABLE',
  'INVOICES_TABLE',
  'REJECTIONS_TABLE',
  'RUNS_TABLE',
  'CATALOGS_BUCKET',
] as const;

export const verifyShardEnv = [
  'ACCOUNTS_TABLE',
  'USAGE_TABLE',
  'INVOICES_TABLE',
  'REJECTIONS_TABLE',
  'RUNS_TABLE',
  'CATALOGS_BUCKET',
] as const;

export const closeRunEnv = ['RUNS_TABLE'] as const;

export const awaitDecisionEnv = ['RUNS_TABLE'] as const;
