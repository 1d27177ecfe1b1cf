/** `tr1l rejections`: the accounts of a month that could not be billed. */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { Command } from 'commander';
import { bucketOf } from '../../lambdas/kernel/buckets.ts';
import type { Month } from '../../lambdas/kernel/dates.ts';
import { runStore } from '../../lambdas/settlement/adapters/run-store.ts';
import { openRejections } from '../ops/open-rejections.ts';
import { counted } from './files.ts';
import { anyText, CallerFault, commandGroup, flag, month, optional, optionCommand, word } from './options.ts';
import { STACK } from './stack-options.ts';
import { namedOutputs } from './stack-outputs.ts';

const MONTH = word('month', 'the billing month, YYYY-MM', month);

export const rejectionsCommand = (): Command =>
  commandGroup('rejections', 'Accounts of a month that could not be billed, and why.', [listCommand(), showCommand()]);

const listCommand = (): Command =>
  optionCommand(
    'list',
    'List the rejections that count: those whose account has no invoice of the month. Counted by reason on stderr.',
    {
      month: MONTH,
      reason: optional('--reason <code>', 'only those with this reason', anyText),
      json: flag('--json', 'as JSON lines'),
      ...STACK,
    },
    async ({ month, reason, json, outputs, stack }) => {
      const { dynamo, tables, bucketCount } = await settledMonth(month, outputs, stack);
      const buckets = Array.from({ length: bucketCount }, (_, bucket) => bucket);
      const byReason = new Map<string, number>();
      let found = 0;
      for await (const { accountId, reasons } of openRejections(dynamo, tables, month, buckets)) {
        if (reason !== null && !reasons.includes(reason)) continue;
        found++;
        for (const each of reasons) byReason.set(each, (byReason.get(each) ?? 0) + 1);
        process.stdout.write(
          json ? `${JSON.stringify({ accountId, reasons })}\n` : `${accountId.padEnd(12)} ${reasons.join(', ')}\n`,
        );
      }
      const counts = [...byReason].sort(([a], [b]) => (a < b ? -1 : 1)).map(([each, count]) => `  ${each} ${count}\n`);
      process.stderr.write(`${month}: ${counted(found, 'account')} without an invoice\n${counts.join('')}`);
    },
  );

const showCommand = (): Command =>
  optionCommand(
    'show',
    "Show why an account of a month was not billed. The account's input is not shown.",
    { month: MONTH, account: word('account', 'the account', anyText), ...STACK },
    async ({ month, account, outputs, stack }) => {
      const { dynamo, tables, bucketCount } = await settledMonth(month, outputs, stack);
      for await (const found of openRejections(dynamo, tables, month, [bucketOf(account, bucketCount)])) {
        if (found.accountId !== account) continue;
        process.stdout.write(`${account} was not billed for ${month}: ${found.reasons.join(', ')}\n`);
        return;
      }
      throw new CallerFault(`account ${account} has no open rejection of ${month}`);
    },
  );

/** Where the rejections of a month are; a month without a run has none, and is a mistake of the caller. */
async function settledMonth(month: Month, outputs: string, stack: string) {
  const names = ['RunsTable', 'InvoicesTable', 'RejectionsTable', 'BucketCount'] as const;
  const place = namedOutputs(outputs, stack, names);
  const dynamo = new DynamoDBClient({});
  if ((await runStore(dynamo, place.RunsTable).readRun(month, 1)) === null)
    throw new CallerFault(`${month} was never settled: it has no run`);
  const tables = { invoices: place.InvoicesTable, rejections: place.RejectionsTable };
  return { dynamo, tables, bucketCount: Number(place.BucketCount) };
}
