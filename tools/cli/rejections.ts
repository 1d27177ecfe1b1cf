/** `tr1l rejections`: the accounts of a month that have no issued invoice, most of them because they could not be billed. */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { Command } from 'commander';
import { bucketOf } from '../../lambdas/kernel/buckets.ts';
import { inOrder, leftOut, openRejections, type LeftOut, type OpenRejection } from '../ops/left-out.ts';
import { counted } from './files.ts';
import { ignoreCommand } from './ignore-rejections.ts';
import { accountId, CallerFault, commandGroup, flag, optional, optionCommand, word } from './options.ts';
import { bucketsOf, MONTH, reasonCode, settledMonth, whyLeftOut } from './rejections-place.ts';
import { retryCommand } from './retry-rejections.ts';
import { STACK } from './stack-options.ts';

export const rejectionsCommand = (): Command =>
  commandGroup('rejections', 'Accounts of a month that could not be billed, and why.', [
    listCommand(),
    showCommand(),
    retryCommand(),
    ignoreCommand(),
  ]);

/** What stands over accounts that are in the list for another reason than a rejection. */
const HEADINGS = {
  'never-issued': 'has an invoice of a rejected run, never issued',
  'in-no-run': 'came with a later import, in no run',
} as const;

const listCommand = (): Command =>
  optionCommand(
    'list',
    'List every account without an issued invoice of the month: rejected, with an invoice of a rejected run, or in no run yet. In the order of their ids, 100,000 at a time. Counted on stderr.',
    {
      month: MONTH,
      reason: optional('--reason <code>', 'only those that are rejected for this reason', reasonCode),
      json: flag('--json', 'as JSON lines'),
      ...STACK,
    },
    async ({ month, reason, json, outputs, stack }) => {
      const place = await settledMonth(new DynamoDBClient({}), month, outputs, stack);
      const byReason = new Map<string, number>();
      const found = { rejected: 0, 'never-issued': 0, 'in-no-run': 0 };
      let ignored = 0;
      const accounts =
        reason === null
          ? leftOut(place.stores, place.runs, bucketsOf(place))
          : rejectedFor(reason, openRejections(place.stores, place.runs, bucketsOf(place)));
      for await (const each of inOrder(accounts)) {
        if (each.why === 'rejected') {
          if (each.ignoredFor !== null) ignored++;
          for (const code of each.reasons) byReason.set(code, (byReason.get(code) ?? 0) + 1);
        }
        if (!json && each.why !== 'rejected' && found[each.why] === 0)
          process.stdout.write(`\n${HEADINGS[each.why]}:\n`);
        found[each.why]++;
        process.stdout.write(json ? `${JSON.stringify(jsonOf(each))}\n` : `${rowOf(each)}\n`);
      }
      const left = ignored > 0 ? `, ${ignored.toLocaleString('en')} of them ignored` : '';
      const counts = [...byReason].sort(([a], [b]) => (a < b ? -1 : 1)).map(([each, count]) => `  ${each} ${count}`);
      const { 'never-issued': never, 'in-no-run': late } = found;
      const lines = [
        `${month}: ${counted(found.rejected, 'account')} ${reason === null ? 'without an invoice' : `with reason ${reason}`}${left}`,
        ...counts,
        ...(never > 0 ? [`${counted(never, 'account')} with an invoice of a rejected run, never issued`] : []),
        ...(late > 0 ? [lateText(late, month)] : []),
      ];
      process.stderr.write(`${lines.join('\n')}\n`);
    },
  );

async function* rejectedFor(reason: string, accounts: AsyncIterable<OpenRejection>): AsyncGenerator<LeftOut> {
  for await (const each of accounts) if (each.reasons.includes(reason)) yield each;
}

const lateText = (late: number, month: string): string =>
  `${counted(late, 'account')} came with a later import and ${late === 1 ? 'is' : 'are'} in no run: "tr1l rejections retry ${month} --account <id>" settles what it names`;

/** The bucket is no matter of the caller's. */
const jsonOf = (each: LeftOut) => ({ ...each, bucket: undefined });

function rowOf(each: LeftOut): string {
  const id = each.accountId.padEnd(12);
  switch (each.why) {
    case 'rejected':
      return `${id} ${each.reasons.join(', ')}${each.ignoredFor === null ? '' : `  (ignored: ${each.ignoredFor})`}`;
    case 'never-issued':
      return `${id} ${each.runId}`;
    case 'in-no-run':
      return `${id} ${each.importId}`;
  }
}

const showCommand = (): Command =>
  optionCommand(
    'show',
    "Show why an account of a month was not billed. The account's input is not shown.",
    { month: MONTH, account: word('account', 'the account', accountId), ...STACK },
    async ({ month, account, outputs, stack }) => {
      const { stores, runs, bucketCount } = await settledMonth(new DynamoDBClient({}), month, outputs, stack);
      for await (const found of leftOut(stores, runs, [bucketOf(account, bucketCount)])) {
        if (found.accountId !== account) continue;
        const ignoredFor = found.why === 'rejected' ? found.ignoredFor : null;
        const ignored = ignoredFor === null ? '' : `\n  left out of retries: ${ignoredFor}`;
        process.stdout.write(`${month}: ${account} ${whyLeftOut(found)}${ignored}\n`);
        return;
      }
      throw new CallerFault(`account ${account} has no open rejection of ${month}`);
    },
  );
