/** Has a deployed stack import a month's files: uploads them, and starts the state machine import-month. */
import type { S3Client } from '@aws-sdk/client-s3';
import { StartExecutionCommand, type SFNClient } from '@aws-sdk/client-sfn';
import { INCOMING, type ImportInput } from '../../lambdas/import/domain/import-input.ts';
import { formatOf } from '../../lambdas/import/domain/record-file.ts';
import type { Month } from '../../lambdas/kernel/dates.ts';
import { uploadFile, type UploadedFile } from './upload-file.ts';

export interface ImportOnAws {
  readonly s3: S3Client;
  readonly sfn: SFNClient;
  readonly incomingBucket: string;
  readonly machine: string;
  readonly month: Month;
  /** Paths. Usage that ends in `.csv` is read as CSV. */
  readonly accounts: string;
  readonly usage: string;
  readonly catalogs: string;
  readonly maxRefused: number;
}

export interface StartedImport {
  readonly executionArn: string;
  readonly input: ImportInput;
  readonly files: readonly UploadedFile[];
}

/** Digits of a file's digest that name it: 64 bits. */
const DIGITS = 16;

/** Uploads the files, and starts their import. The same files again lie in the same place, and change nothing. */
export async function startImportOnAws(job: ImportOnAws): Promise<StartedImport> {
  const { s3, sfn, incomingBucket, machine, month, maxRefused } = job;
  const upload = (name: string, path: string, end: string): Promise<UploadedFile> =>
    uploadFile(s3, incomingBucket, path, (digest) => `${INCOMING}${month}/${name}-${digest.slice(0, DIGITS)}.${end}`);
  const accounts = await upload('accounts', job.accounts, 'jsonl');
  const usage = await upload('usage', job.usage, formatOf(job.usage));
  const catalogs = await upload('catalogs', job.catalogs, 'json');
  const input = { month, accountsKey: accounts.key, usageKey: usage.key, catalogsKey: catalogs.key, maxRefused };
  const { executionArn = '' } = await sfn.send(
    new StartExecutionCommand({ stateMachineArn: machine, input: JSON.stringify(input) }),
  );
  return { executionArn, input, files: [accounts, usage, catalogs] };
}
