/** `tr1l dispatch pilot`: a month goes to a few accounts first, and to all others when a person has looked. */
import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { isHeldByPerson } from '../../lambdas/dispatch/domain/by-person.ts';
import { FINAL_STATES, type Notice } from '../../lambdas/dispatch/domain/ledger.ts';
import { bucketOf } from '../../lambdas/kernel/buckets.ts';
import type { Instant, Month } from '../../lambdas/kernel/dates.ts';
import { clock } from '../../lambdas/platform/clock.ts';
import { accountNotices } from '../ops/account-notices.ts';
import { standing } from '../ops/notice-story.ts';
import { connectOrders, tell } from './dispatch-order.ts';
import { counted, inputToRead, listed } from './files.ts';
import { accountId, APPLY, CallerFault, flag, month, optional, optionCommand, REASON, word } from './options.ts';
import { STACK } from './stack-options.ts';

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
      const { deps, change, ledger, bucketCount } = connectOrders(outputs, stack, month);
      const seen = await deps.orders.read(month);
      if (isOver && seen.order.pilot === null) throw new CallerFault(`no pilot of ${month} waits`);
      const accounts = isOver ? null : pilotAccounts(account, accountsFile);
      if (accounts && seen.order.isPlanned) {
        const faults: string[] = [];
        for (const each of accounts) {
          const notices = await accountNotices(ledger, month, bucketOf(each, bucketCount), each);
          const fault = pilotFault(notices, each, month, clock.now());
          if (fault !== null) faults.push(fault);
        }
        if (faults.length > 0) throw new CallerFault(listed('the pilot is not started:', faults));
      }
      if (apply) {
        const outcome = accounts ? `of ${accounts.join(', ')}` : 'over, the rest goes';
        await change('dispatch pilot', reason, outcome, () =>
          deps.orders.write(month, { ...seen.order, pilot: accounts }, seen),
        );
      }
      tell(apply, sentence(month, accounts, seen.order.pilot));
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

function sentence(month: Month, accounts: readonly string[] | null, waiting: readonly string[] | null): string {
  if (!accounts) return `the rest of ${month} goes with the next wave`;
  const replaced = waiting ? `this pilot takes the place of the one of ${counted(waiting.length, 'account')}: ` : '';
  return `${replaced}${month} goes to ${counted(accounts.length, 'account')} first; "tr1l dispatch pilot ${month} --continue" lets the rest go`;
}

/** Why an account cannot be of a pilot: none of its notices may go any more, or a person holds them; else null. */
function pilotFault(notices: readonly Notice[], account: string, month: Month, now: Instant): string | null {
  if (notices.length === 0) return `account ${account} has no notice of ${month}`;
  const mayGo = notices.some((notice) => !FINAL_STATES.includes(notice.state) && !isHeldByPerson(notice));
  return mayGo ? null : `account ${account}: ${notices.map((notice) => standing(notice, now)).join('; ')}`;
}

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
