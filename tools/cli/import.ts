import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { KMSClient } from '@aws-sdk/client-kms';
import { S3Client } from '@aws-sdk/client-s3';
import type { Command } from 'commander';
import { sentenceOf } from '../../lambdas/import/domain/sentences.ts';
import { clock } from '../../lambdas/platform/clock.ts';
import { importFiles, totalsText } from '../import/import-files.ts';
import { BILLED_FILES } from './bill.ts';
import { catalogFaults, fileToRead, listed, readCatalogJson, SHOWN } from './files.ts';
import { anyText, CallerFault, flag, option, optionCommand, wholeNumber } from './options.ts';
import { STACK } from './stack-options.ts';
import { readOutputs } from './stack-outputs.ts';

/** `tr1l import`: a month's files into a deployed stack. The SDK's own configuration says which account and region. */
export const importCommand = (): Command =>
  optionCommand(
    'import',
    "Import a month's accounts, usage and catalogs into a deployed stack. The same files again change nothing.",
    {
      ...BILLED_FILES,
      usage: option('--usage <file>', 'usage records as JSON Lines, or as CSV by a name that ends in .csv', fileToRead),
      ...STACK,
      refused: option('--refused <file>', 'where refused records are listed', anyText, 'out/refused.jsonl'),
      maxRefused: option('--max-refused <number>', 'records that may be left out', wholeNumber(0, 1_000_000), '0'),
      json: flag('--json', 'the outcome as one JSON object'),
    },
    async ({ catalogs: catalogPath, month, json, ...options }) => {
      const outputs = readOutputs(options.outputs, options.stack);
      const { result, shown, problems } = await importFiles({
        dynamo: new DynamoDBClient({}),
        s3: new S3Client({ forcePathStyle: process.env['TR1L_S3_PATH_STYLE'] === 'true' }),
        kms: new KMSClient({}),
        tables: { accounts: outputs.AccountsTable, usage: outputs.UsageTable, runs: outputs.RunsTable },
        catalogsBucket: outputs.CatalogsBucket,
        contactKey: outputs.ContactKeyArn,
        bucketCount: outputs.BucketCount,
        month,
        accounts: options.accounts,
        usage: options.usage,
        catalogs: readCatalogJson(catalogPath),
        now: clock.now(),
        maxRefused: options.maxRefused,
        refusedFile: options.refused,
        shown: SHOWN,
      });
      if (json) process.stdout.write(`${JSON.stringify(result)}\n`);
      if (problems > 0)
        process.stderr.write(`${listed(`refused, all listed in ${options.refused}:`, shown, problems)}\n`);
      const { holds, sentence } = sentenceOf(result, month);
      if (result.outcome === 'catalogs-refused')
        throw new CallerFault(`${sentence}\n${catalogFaults(result.faults, catalogPath)}`);
      if (!holds) throw new CallerFault(sentence);
      if (!json && 'totals' in result) process.stdout.write(`${sentence}\n${totalsText(result.totals)}\n`);
    },
  );
