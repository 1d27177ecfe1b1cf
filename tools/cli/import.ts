import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { KMSClient } from '@aws-sdk/client-kms';
import { S3Client } from '@aws-sdk/client-s3';
import { SFNClient } from '@aws-sdk/client-sfn';
import type { Command } from 'commander';
import { sentenceOf, warningsOf } from '../../lambdas/import/domain/sentences.ts';
import type { Month } from '../../lambdas/kernel/dates.ts';
import { clock } from '../../lambdas/platform/clock.ts';
import { importFiles, totalsText } from '../import/import-files.ts';
import { startImportOnAws } from '../import/import-on-aws.ts';
import { BILLED_FILES } from './bill.ts';
import { catalogFaults, compileCatalogFile, fileToRead, fileToWrite, listed, readJson, SHOWN } from './files.ts';
import { CallerFault, flag, option, optionCommand, wholeNumber } from './options.ts';
import { mustNotOverwrite } from './overwriting.ts';
import { STACK } from './stack-options.ts';
import { namedOutputs, readOutputs } from './stack-outputs.ts';

interface ImportOptions {
  readonly month: Month;
  readonly accounts: string;
  readonly usage: string;
  readonly catalogs: string;
  readonly outputs: string;
  readonly stack: string;
  readonly refused: string;
  readonly maxRefused: number;
  readonly json: boolean;
}

/** `tr1l import`: a month's files into a deployed stack. The SDK's own configuration says which account and region. */
export const importCommand = (): Command =>
  optionCommand(
    'import',
    "Import a month's accounts, usage and catalogs into a deployed stack. The same files again change nothing.",
    {
      ...BILLED_FILES,
      usage: option(
        '--usage <file>',
        'usage records as JSON Lines, or as CSV by a name that ends in .csv, each row with as many cells as the heading',
        fileToRead,
      ),
      onAws: flag('--on-aws', 'upload the files, and have the stack import them: for millions of accounts'),
      ...STACK,
      refused: option('--refused <file>', 'where refused records are listed', fileToWrite, 'out/refused.jsonl'),
      maxRefused: option('--max-refused <number>', 'records that may be left out', wholeNumber(0, 1_000_000), '0'),
      json: flag('--json', 'the outcome as one JSON object'),
    },
    ({ onAws, ...options }) => (onAws ? uploadAndStart(options) : importHere(options)),
    (given) =>
      given('onAws') !== null && given('refused') !== null
        ? ['--refused is for an import on this machine; the stack lists refused records in S3']
        : [],
  );

const s3Client = (): S3Client => new S3Client({ forcePathStyle: process.env['TR1L_S3_PATH_STYLE'] === 'true' });

/** Imports from this machine, and tells the outcome. */
async function importHere({ catalogs: catalogPath, month, json, ...options }: ImportOptions): Promise<void> {
  const { accounts, usage } = options;
  mustNotOverwrite('--refused', options.refused, [accounts, usage, catalogPath, options.outputs]);
  const outputs = readOutputs(options.outputs, options.stack);
  const { result, shown, problems } = await importFiles({
    dynamo: new DynamoDBClient({}),
    s3: s3Client(),
    kms: new KMSClient({}),
    tables: { accounts: outputs.AccountsTable, usage: outputs.UsageTable, runs: outputs.RunsTable },
    catalogsBucket: outputs.CatalogsBucket,
    contactKey: outputs.ContactKeyArn,
    bucketCount: outputs.BucketCount,
    month,
    accounts,
    usage,
    catalogs: readJson(catalogPath),
    now: clock.now(),
    maxRefused: options.maxRefused,
    refusedFile: options.refused,
    shown: SHOWN,
  });
  if (json) process.stdout.write(`${JSON.stringify(result)}\n`);
  if (problems > 0) process.stderr.write(`${listed(`refused, all listed in ${options.refused}:`, shown, problems)}\n`);
  const { holds, sentence } = sentenceOf(result, month);
  if (result.outcome === 'catalogs-refused')
    throw new CallerFault(`${sentence}\n${catalogFaults(result.faults, catalogPath)}`);
  if (!holds) throw new CallerFault(sentence);
  if (!('totals' in result)) return;
  for (const warning of warningsOf(result.totals, month)) process.stderr.write(`${warning}\n`);
  if (!json) process.stdout.write(`${sentence}\n${totalsText(result.totals)}\n`);
}

/** Uploads and starts, and tells what to look at: the stack goes on by itself. */
async function uploadAndStart({ catalogs, month, json, ...options }: ImportOptions): Promise<void> {
  const names = ['IncomingBucket', 'ImportMonthArn'] as const;
  const { IncomingBucket: incomingBucket, ImportMonthArn: machine } = namedOutputs(
    options.outputs,
    options.stack,
    names,
  );
  // Told here with every fault and its path, before anything is uploaded.
  compileCatalogFile(readJson(catalogs), catalogs);
  const { accounts, usage, maxRefused } = options;
  const files = { month, accounts, usage, catalogs, maxRefused };
  const started = await startImportOnAws({ s3: s3Client(), sfn: new SFNClient({}), incomingBucket, machine, ...files });
  if (json) {
    process.stdout.write(`${JSON.stringify(started)}\n`);
    return;
  }
  const uploaded = started.files.map(({ key, bytes }) => `  ${key} (${bytes.toLocaleString('en')} bytes)`);
  process.stdout.write(
    [
      `Uploaded to ${incomingBucket}:`,
      ...uploaded,
      `The stack imports them for ${month}. How it goes, and how it ends:`,
      `  aws stepfunctions describe-execution --execution-arn ${started.executionArn}`,
      `Until the execution has succeeded, ${month} keeps the import it has. Refused records are listed below`,
      `  s3://${incomingBucket}/refused/`,
      '',
    ].join('\n'),
  );
}
