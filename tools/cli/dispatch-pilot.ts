/** `tr1l dispatch pilot`: a month goes to a few accounts first, and to all others when a person has looked. */
import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { noticeLedger } from '../../lambdas/dispatch/adapters/notice-ledger.ts';
import { bucketOf } from '../../lambdas/kernel/buckets.ts';
import type { Month } from '../../lambdas/kernel/dates.ts';
import { accountNotices } from '../ops/account-notices.ts';
import { changedMeanwhile, connectOrders, tell } from './dispatch-order.ts';
import { counted, inputToRead, listed } from './files.ts';
import { accountId, APPLY, CallerFault, flag, month, optional, optionCommand, REASON, word } from './options.ts';
import { STACK } from './stack-options.ts';
import { namedOutputs } from './stack-outputs.ts';

/** A pilot is looked at by a person, and every worker reads its list: 33 KB at most. */
const MOST_ACCOUNTS = 1000;

const accountList = (text: string): string[] => text.split(',').map((each) => accountId(each.trim()));

export const pilotCommand = (): Command =>
  optionCommand(
    'pilot',
    'Let a month go to a few accounts first; --continue lets the rest go. A dry run unless --apply is given.',
    {
      month: word('month', 'the billing month, YYYY-MM', month),
      account: optional('--account <ids>', 'the accounts, parted by commas', accountList),
      accountsFile: optional('--accounts-file <file>', 'the accounts, one a line', inputToRead),
      continue: flag('--continue', 'end the pilot: the rest goes with the next wave'),
      reason: REASON,
      apply: APPLY,
      ...STACK,
    },
    async ({ month, account, accountsFile, continue: isOver, reason, apply, outputs, stack }) => {
      const { deps, record, dynamo } = connectOrders(outputs, stack, month);
      const seen = await deps.orders.read(month);
      if (isOver && seen.order.pilot === null) throw new CallerFault(`no pilot of ${month} waits`);
      const accounts = isOver ? null : pilotAccounts(account, accountsFile);
      if (accounts && seen.order.isPlanned) {
        const { NoticesTable, BucketCount } = namedOutputs(outputs, stack, ['NoticesTable', 'BucketCount']);
        const ledger = noticeLedger(dynamo, NoticesTable);
        const without: string[] = [];
        for (const each of accounts)
          if ((await accountNotices(ledger, month, bucketOf(each, Number(BucketCount)), each)).length === 0)
            without.push(`account ${each} has no notice of ${month}`);
        if (without.length > 0) throw new CallerFault(listed('the pilot is not started:', without));
      }
      if (apply) {
        if (!(await deps.orders.write(month, { ...seen.order, pilot: accounts }, seen))) throw changedMeanwhile(month);
        await record('dispatch pilot', reason, accounts ? `of ${accounts.join(', ')}` : 'over, the rest goes');
      }
      tell(apply, sentence(month, accounts));
    },
    (given) => [
      ...(given('continue') === null && given('account') === null && given('accountsFile') === null
        ? ['--account or --accounts-file must name the accounts, or --continue end the pilot']
        : []),
      ...(given('continue') !== null && (given('account') !== null || given('accountsFile') !== null)
        ? ['--continue ends a pilot: it takes no accounts']
        : []),
    ],
  );

const sentence = (month: Month, accounts: readonly string[] | null): string =>
  accounts
    ? `${month} goes to ${counted(accounts.length, 'account')} first; "tr1l dispatch pilot ${month} --continue" lets the rest go`
    : `the rest of ${month} goes with the next wave`;

function pilotAccounts(given: readonly string[] | null, path: string | null): string[] {
  const inFile = path === null ? [] : readFileSync(path, 'utf8').split('\n');
  const faults: string[] = [];
  const fromFile = inFile.flatMap((line, index) => {
    const text = line.trim();
    if (text === '') return [];
    try {
      return [accountId(text)];
    } catch (error) {
      if (!(error instanceof CallerFault)) throw error;
      faults.push(`${path ?? ''}:${index + 1}: ${error.message}`);
      return [];
    }
  });
  if (faults.length > 0) throw new CallerFault(listed('the pilot is not started:', faults));
  const accounts = [...new Set([...(given ?? []), ...fromFile])];
  if (accounts.length >= 1 && accounts.length <= MOST_ACCOUNTS) return accounts;
  throw new CallerFault(`a pilot has 1 to ${MOST_ACCOUNTS.toLocaleString('en')} accounts, not ${accounts.length}`);
}
