/** Whether a month adds up, said check by check so that a person can follow. Pure. */
import type { Channel } from '../../lambdas/dispatch/domain/policy.ts';
import type { Tally } from '../../lambdas/settlement/domain/tally.ts';
import type { FileCounts } from '../../lambdas/import/check-records.ts';
import type { RecordKind } from '../../lambdas/import/domain/record.ts';
import type { ControlTotals } from '../../lambdas/import/domain/sums.ts';
import type { MonthTally } from './month-tally.ts';

export interface Check {
  readonly holds: boolean;
  readonly sentence: string;
}

/** How often a provider accepted each notice. */
export type Accepted = Readonly<Record<Channel, ReadonlyMap<string, number>>>;

const count = (number: number): string => number.toLocaleString('en-US');
const won = (amount: number): string => `${count(amount)} won`;
/** `1 invoice`, `2 invoices`. */
const counted = (number: number, noun: string): string => `${count(number)} ${noun}${number === 1 ? '' : 's'}`;

/** Whether every record of a person's files was imported or refused. */
export function fileChecks(
  { accounts, usage }: Readonly<Record<RecordKind, FileCounts>>,
  totals: ControlTotals,
): Check[] {
  const { usageRecords } = totals;
  return [
    {
      holds: accounts.read === totals.accounts + accounts.refused,
      sentence: `${counted(accounts.read, 'account')} in the file = ${count(totals.accounts)} imported + ${count(accounts.refused)} refused`,
    },
    {
      holds: usage.read === usageRecords + usage.refused,
      sentence: `${counted(usage.read, 'usage record')} in the file = ${count(usageRecords)} imported + ${count(usage.refused)} refused`,
    },
  ];
}

/** Whether every imported usage record was billed, or it is known why not. The second is what the run's proof says of them. */
export function usageCheck(
  records: number,
  { billedUsage, rejectedUsage, foreignUsage }: Pick<Tally, 'billedUsage' | 'rejectedUsage' | 'foreignUsage'>,
): Check {
  return {
    holds: records === billedUsage + rejectedUsage + foreignUsage,
    sentence:
      `${counted(records, 'usage record')} = ${count(billedUsage)} billed + ${count(rejectedUsage)} of rejected accounts + ` +
      `${count(foreignUsage)} of another month or no account`,
  };
}

/** How often each notice's email was accepted and did not come back. */
function withoutBounced(accepted: ReadonlyMap<string, number>, bounced: ReadonlyMap<string, number>) {
  const kept = [...accepted].map(([noticeId, times]) => [noticeId, times - (bounced.get(noticeId) ?? 0)] as const);
  return new Map(kept.filter(([, times]) => times > 0));
}

/** The sums that must hold once a month is through. `billed` is what the run's proof says of the won. */
export function checksOf(accounts: number, billed: number, tally: MonthTally, providers: Accepted): Check[] {
  const { invoices, rejections, amountDue, notices, resends, noticed, sent, undeliverable, skipped, held } = tally;
  const equal = (left: number, right: number, sentence: string): Check => ({ holds: left === right, sentence });
  const accepted = { ...providers, email: withoutBounced(providers.email, tally.bounced) };
  const twice = (['email', 'sms'] as const).flatMap((channel) =>
    [...accepted[channel]].filter(([, times]) => times > 1).map(([noticeId]) => noticeId),
  );
  const both = [...accepted.sms.keys()].filter((noticeId) => accepted.email.has(noticeId));
  const unsent = (['email', 'sms'] as const).flatMap((channel) =>
    tally.sentIds[channel].filter((noticeId) => !accepted[channel].has(noticeId)),
  );
  const unknown = accepted.email.size + accepted.sms.size - sent.email - sent.sms;
  return [
    equal(
      accounts,
      invoices + rejections,
      `${counted(accounts, 'account')} = ${counted(invoices, 'invoice')} + ${counted(rejections, 'rejection')}`,
    ),
    equal(amountDue, billed, `${won(amountDue)} on the invoices = ${won(billed)} in the run's proof`),
    equal(notices, invoices, `${counted(notices, 'notice')} = ${counted(invoices, 'invoice')}`),
    equal(noticed, amountDue, `${won(noticed)} in the notices = ${won(amountDue)} on the invoices`),
    equal(
      notices + resends,
      sent.email + sent.sms + undeliverable + skipped + held,
      `${counted(notices, 'notice')} ${resends === 0 ? '' : `+ ${count(resends)} resent `}= ${count(sent.email)} by email + ${count(sent.sms)} by SMS + ` +
        `${count(skipped)} skipped + ${count(undeliverable)} undeliverable + ${count(held)} not final`,
    ),
    {
      holds: unsent.length === 0 && unknown === 0,
      sentence:
        `what the providers accepted${tally.bounced.size > 0 ? ' and did not give back' : ''} = what the ledger says was sent ` +
        `(${counted(accepted.email.size, 'email')}, ${count(accepted.sms.size)} SMS)`,
    },
    {
      holds: twice.length === 0 && both.length === 0,
      sentence:
        twice.length + both.length === 0
          ? 'nobody was notified twice'
          : `notified twice: ${[...twice, ...both].slice(0, 5).join(', ')}`,
    },
  ];
}
