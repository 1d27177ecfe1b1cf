/** The environment of the import's functions, declared once: the construct must supply exactly these keys, the handlers read only them. */

export const openImportEnv = ['INCOMING_BUCKET', 'CATALOGS_BUCKET', 'PART_BYTES'] as const;

export const checkPartEnv = ['INCOMING_BUCKET'] as const;

export const acceptImportEnv = [
  'INCOMING_BUCKET',
  'ACCOUNTS_TABLE',
  'RUNS_TABLE',
  'CONTACT_KEY',
  'BUCKET_COUNT',
] as const;

export const writePartEnv = ['INCOMING_BUCKET', 'ACCOUNTS_TABLE', 'USAGE_TABLE', 'RUNS_TABLE', 'BUCKET_COUNT'] as const;

export const closeImportEnv = ['INCOMING_BUCKET', 'RUNS_TABLE', 'BUCKET_COUNT'] as const;
