/** `tr1l rejections`: the accounts of a month that could not be billed. */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { Command } from 'commander';
import { bucketOf } from '../../lambdas/kernel/buckets.ts';
import { openRejections, type OpenRejection } from '../ops/open-rejections.ts';
import { counted } from './files.ts';
import { ignoreCommand } from './ignore-rejections.ts';
import { accountId, anyText, CallerFault, commandGroup, flag, optional, optionCommand, word } from './options.ts';
import { bucketsOf, MONTH, settledMonth } from './rejections-place.ts';
import { retryCommand } from './retry-rejections.ts';
import { STACK } from './stack-options.ts';

export const rejectionsCommand = (): Command =>
  commandGroup('rejections', 'Accounts of a month that could not be billed, and why.', [
    listCommand(),
    showCommand(),
    retryCommand(),
    ignoreCommand(),
  ]);

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
      const place = await settledMonth(new DynamoDBClient({}), month, outputs, stack);
      const byReason = new Map<string, number>();
      let [found, ignored] = [0, 0];
      for await (const each of openRejections(place.dynamo, place.tables, month, bucketsOf(place))) {
        const { accountId, reasons, ignoredFor } = each;
        if (reason !== null && !reasons.includes(reason)) continue;
        found++;
        if (ignoredFor !== null) ignored++;
        for (const code of reasons) byReason.set(code, (byReason.get(code) ?? 0) + 1);
        process.stdout.write(json ? `${JSON.stringify({ accountId, reasons, ignoredFor })}\n` : `${rowOf(each)}\n`);
      }
      const counts = [...byReason].sort(([a], [b]) => (a < b ? -1 : 1)).map(([each, count]) => `  ${each} ${count}\n`);
      const left = ignored > 0 ? `, ${ignored.toLocaleString('en')} of them ignored` : '';
      process.stderr.write(`${month}: ${counted(found, 'account')} without an invoice${left}\n${counts.join('')}`);
    },
  );

const rowOf = ({ accountId, reasons, ignoredFor }: OpenRejection): string =>
  `${accountId.padEnd(12)} ${reasons.join(', ')}${ignoredFor === null ? '' : `  (ignored: ${ignoredFor})`}`;

const showCommand = (): Command =>
  optionCommand(
    'show',
    "Show why an account of a month was not billed. The account's input is not shown.",
    { month: MONTH, account: word('account', 'the account', accountId), ...STACK },
    async ({ month, account, outputs, stack }) => {
      const { dynamo, tables, bucketCount } = await settledMonth(new DynamoDBClient({}), month, outputs, stack);
      for await (const found of openRejections(dynamo, tables, month, [bucketOf(account, bucketCount)])) {
        if (found.accountId !== account) continue;
        const ignored = found.ignoredFor === null ? '' : `\n  left out of retries: ${found.ignoredFor}`;
        process.stdout.write(`${account} was not billed for ${month}: ${found.reasons.join(', ')}${ignored}\n`);
        return;
      }
      throw new CallerFault(`account ${account} has no open rejection of ${month}`);
    },
  );
