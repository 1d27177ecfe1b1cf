/** `tr1l rejections ignore`: leaves accounts out of retries. */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { Command } from 'commander';
import { clock } from '../../lambdas/platform/clock.ts';
import { audited, auditOf } from '../ops/audit-log.ts';
import { counted } from './files.ts';
import { accountId, anyText, flag, option, optionCommand, repeated } from './options.ts';
import { isRejected, MONTH, namedAccounts, settledMonth } from './rejections-place.ts';
import { STACK } from './stack-options.ts';

export const ignoreCommand = (): Command =>
  optionCommand(
    'ignore',
    'Leave accounts out of retries. Their rejections count all the same. A dry run unless --apply is given.',
    {
      month: MONTH,
      account: repeated('--account <id>', 'the account; may be given several times', accountId),
      reason: option('--reason <text>', 'why, for the rejection and the audit log', anyText),
      apply: flag('--apply', 'do it; without it, only say what would be done'),
      ...STACK,
    },
    async ({ month, account, reason, apply, outputs, stack }) => {
      const place = await settledMonth(new DynamoDBClient({}), month, outputs, stack);
      const named = await namedAccounts(place, account ?? [], isRejected);
      for (const { accountId, bucket, reasons } of named) {
        process.stdout.write(`${accountId.padEnd(12)} ${reasons.join(', ')}\n`);
        if (!apply) continue;
        await audited(
          auditOf(place.dynamo, place.auditTable, clock.now),
          { command: 'rejections ignore', target: `rejection ${month} ${accountId}`, reason, outcome: 'ignored' },
          () => place.stores.rejections.ignore(month, bucket, accountId, reason),
          (isDone) => (isDone ? {} : { outcome: 'refused: it is no rejection any more' }),
        );
      }
      const outcome = `${counted(named.length, 'account')} left out of retries`;
      process.stderr.write(apply ? `${outcome}\n` : `dry run, nothing changed; with --apply: ${outcome}\n`);
    },
    (given) => (given('account') === null ? ['--account must be given'] : []),
  );
