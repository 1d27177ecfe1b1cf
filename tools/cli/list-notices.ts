/** `tr1l notice list`: where the notices of a month stand, one by one. Ids only, nothing of the customer. */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { Command } from 'commander';
import { noticeLedger } from '../../lambdas/dispatch/adapters/notice-ledger.ts';
import { STATES, type NoticeOutline } from '../../lambdas/dispatch/domain/ledger.ts';
import { waitsForPerson } from '../../lambdas/dispatch/domain/overdue.ts';
import { local } from '../ops/notice-story.ts';
import { counted } from './files.ts';
import { CallerFault, flag, month, oneOf, optional, optionCommand, word } from './options.ts';
import { STACK } from './stack-options.ts';
import { namedOutputs } from './stack-outputs.ts';

export const listCommand = (): Command =>
  optionCommand(
    'list',
    'List the notices of a month, or those in one state, as they are read. Counted on stderr. Changes nothing.',
    {
      month: word('month', 'the billing month, YYYY-MM', month),
      state: optional('--state <state>', 'only those in this state, such as IN_DOUBT', oneOf(STATES)),
      json: flag('--json', 'as JSON lines'),
      ...STACK,
    },
    async ({ month, state, json, outputs, stack }) => {
      const { NoticesTable, BucketCount } = namedOutputs(outputs, stack, ['NoticesTable', 'BucketCount']);
      const ledger = noticeLedger(new DynamoDBClient({}), NoticesTable);
      let [listed, read] = [0, 0];
      for (let bucket = 0; bucket < Number(BucketCount); bucket++)
        for await (const page of ledger.outlines(month, bucket)) {
          const found = page.filter((notice) => state === null || notice.state === state);
          process.stdout.write(found.map((each) => `${json ? jsonOf(each) : rowOf(each)}\n`).join(''));
          listed += found.length;
          read += page.length;
        }
      if (read === 0) throw new CallerFault(`${month} has no notice`);
      process.stderr.write(`${month}: ${counted(listed, 'notice')}${state === null ? '' : ` ${state}`}\n`);
    },
  );

const jsonOf = (notice: NoticeOutline): string => {
  const { accountId, noticeId, state, channel, reason, dueAt } = notice;
  return JSON.stringify({ accountId, noticeId, state, channel, reason, dueAt, waitsForPerson: waitsForPerson(notice) });
};

function rowOf(notice: NoticeOutline): string {
  const { accountId, noticeId, state, channel, reason, dueAt } = notice;
  const why = reason === null ? '' : ` (${reason})`;
  const next = waitsForPerson(notice) ? ', waits for a person' : '';
  return `${accountId.padEnd(12)} ${noticeId}  ${state} on ${channel}${why}, due ${local(dueAt)}${next}`;
}
