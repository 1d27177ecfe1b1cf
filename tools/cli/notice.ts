/** `tr1l notice`: single notices. */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { Command } from 'commander';
import { noticeLedger } from '../../lambdas/dispatch/adapters/notice-ledger.ts';
import type { Notice } from '../../lambdas/dispatch/domain/ledger.ts';
import { bucketOf } from '../../lambdas/kernel/buckets.ts';
import { clampedDate, type Instant, type Month } from '../../lambdas/kernel/dates.ts';
import { clock } from '../../lambdas/platform/clock.ts';
import { accountNotices } from '../ops/account-notices.ts';
import { readAudit } from '../ops/audit-log.ts';
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
      const { NoticesTable, AuditTable, BucketCount } = namedOutputs(outputs, stack, [
        'NoticesTable',
        'AuditTable',
        'BucketCount',
      ]);
      const dynamo = new DynamoDBClient({});
      const ledger = noticeLedger(dynamo, NoticesTable);
      const found = await accountNotices(ledger, month, bucketOf(account, Number(BucketCount)), account);
      if (found.length === 0) throw noNotice(account, month);
      const now = clock.now();
      const told = json ? [] : await deedsOf(dynamo, AuditTable, month, account, now);
      const lines = json ? found.map(withoutContact) : found.flatMap((each) => noticeStory(each, now, told));
      process.stdout.write(lines.map((line) => `${line}\n`).join(''));
    },
  );

/** What people did to the account's notices of a month: before its first day there was nothing to do it to. */
const deedsOf = (dynamo: DynamoDBClient, table: string, month: Month, account: string, now: Instant) =>
  readAudit(
    dynamo,
    table,
    [clampedDate(month, 1), now],
    ({ target, outcome }) => target === `${month} ${account}` || outcome.includes(`${month}_${account}_`),
  );

const withoutContact = ({ contact, ...rest }: Notice): string =>
  JSON.stringify({ ...rest, contact: contact === null ? 'none' : 'sealed' });
