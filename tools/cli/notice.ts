/** `tr1l notice`: single notices. */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { Command } from 'commander';
import { noticeLedger } from '../../lambdas/dispatch/adapters/notice-ledger.ts';
import type { Notice } from '../../lambdas/dispatch/domain/ledger.ts';
import { bucketOf } from '../../lambdas/kernel/buckets.ts';
import { accountNotices } from '../ops/account-notices.ts';
import { noticeStory } from '../ops/notice-story.ts';
import { listCommand } from './list-notices.ts';
import { holdCommand, noNotice, releaseCommand, resendCommand, settleCommand } from './notice-actions.ts';
import { accountId, commandGroup, flag, month, optionCommand, word } from './options.ts';
import { STACK } from './stack-options.ts';
import { namedOutputs } from './stack-outputs.ts';

export const noticeCommand = (): Command =>
  commandGroup('notice', 'Single notices of a month.', [
    listCommand(),
    showCommand(),
    holdCommand(),
    releaseCommand(),
    settleCommand(),
    resendCommand(),
  ]);

const showCommand = (): Command =>
  optionCommand(
    'show',
    "Tell the story of an account's notices of a month, in time order.",
    {
      month: word('month', 'the billing month, YYYY-MM', month),
      account: word('account', 'the account', accountId),
      json: flag('--json', 'as JSON lines, without the sealed contact'),
      ...STACK,
    },
    async ({ month, account, json, outputs, stack }) => {
      const { NoticesTable, BucketCount } = namedOutputs(outputs, stack, ['NoticesTable', 'BucketCount']);
      const ledger = noticeLedger(new DynamoDBClient({}), NoticesTable);
      const found = await accountNotices(ledger, month, bucketOf(account, Number(BucketCount)), account);
      if (found.length === 0) throw noNotice(account, month);
      const lines = json ? found.map(withoutContact) : found.flatMap(noticeStory);
      process.stdout.write(lines.map((line) => `${line}\n`).join(''));
    },
  );

const withoutContact = ({ contact, ...rest }: Notice): string =>
  JSON.stringify({ ...rest, contact: contact === null ? 'none' : 'sealed' });
