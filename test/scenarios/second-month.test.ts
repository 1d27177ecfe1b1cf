/** What a month learns of its customers' channels, the next month on the same stack goes by: two months, one after the other. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { noticeLedger } from '../../lambdas/dispatch/adapters/notice-ledger.ts';
import type { Notice } from '../../lambdas/dispatch/domain/ledger.ts';
import { addMonths, epochMs, seoulInstant, type LocalDate } from '../../lambdas/kernel/dates.ts';
import { recordsOf } from '../../tools/import/source.ts';
import type { EmailFate } from '../../tools/local/provider-rates.ts';
import { population } from '../../tools/population/population.ts';
import type { AccountRecord } from '../../tools/population/records.ts';
import { CATALOG_JSON } from '../../tools/population/tariff.ts';
import { followMonth, importRecords } from '../../tools/start/run-month.ts';
import { MONTH, startScenario, type Scenario } from '../support/scenario.ts';

const NEXT = addMonths(MONTH, 1);
const ACCOUNTS = 80;
/** By the last digit of the account, in the first month; all else is delivered. */
const FATES: Readonly<Record<string, EmailFate>> = { 1: 'bounced-hard', 2: 'bounced-soft', 5: 'complained' };
const digitOf = (id: string): string => (id.split('_').at(1) ?? id).slice(-1);
/** Whoever ends in 6 shares the address of the one before, who complains. */
const sharing = (account: AccountRecord, before: AccountRecord | null): AccountRecord => {
  // Both channels for all, email first, so that what differs next month was learnt.
  const asked = { ...account, dispatch: { ...account.dispatch, channels: ['email', 'sms'] as const } };
  return digitOf(account.accountId) === '6' && before ? { ...asked, email: before.email } : asked;
};
/** The same changes to the customers of each month, who come in the order of their ids. */
const changing = () => {
  let before: AccountRecord | null = null;
  return (account: AccountRecord): AccountRecord => {
    const changed = sharing(account, before);
    before = account;
    return changed;
  };
};

/** A busy machine takes its time. */
const LONG_MS = 300_000;

let stack: Scenario;
let first: { readonly notices: readonly Notice[]; readonly faults: readonly string[] };
let notices: Notice[];
beforeAll(async () => {
  stack = await startScenario({
    accounts: ACCOUNTS,
    timeScale: 100,
    change: changing(),
    decideFate: ({ noticeId }) => (noticeId.startsWith(MONTH) ? FATES[digitOf(noticeId)] : undefined),
  });
  await stack.run();
  first = { notices: await stack.notices(), faults: await stack.faults() };
  const { runtime, clients } = stack;
  const people = () => population({ seed: 7, accounts: ACCOUNTS, month: NEXT });
  await importRecords(
    {
      month: NEXT,
      records: {
        accounts: recordsOf(function* () {
          const change = changing();
          for (const { account } of people()) yield change(account);
        }),
        usage: recordsOf(function* () {
          for (const { usage } of people()) if (usage) yield usage;
        }),
        catalogs: CATALOG_JSON,
      },
    },
    runtime,
    clients,
  );
  const follow = followMonth(runtime, { month: NEXT }, clients);
  runtime.schedules.fire('settlement', epochMs(seoulInstant(`${addMonths(NEXT, 1)}-01` as LocalDate, '12:00')));
  await follow.ended('settlement');
  await follow.ended('dispatch');
  await follow.quiet();
  notices = [];
  for (let bucket = 0; bucket < Number(runtime.resource('BucketCount')); bucket++)
    for await (const page of noticeLedger(clients.dynamo, runtime.resource('NoticesTable')).bucket(NEXT, bucket))
      notices.push(...page);
}, LONG_MS);
afterAll(() => stack.stop());

/** The second month's notices of accounts that got theirs in both months. */
const noticesOf = (...digits: string[]): Notice[] => {
  const sent = new Set(first.notices.flatMap((n) => (n.state === 'SKIPPED' ? [] : [n.accountId])));
  return notices.filter((n) => digits.includes(digitOf(n.accountId)) && sent.has(n.accountId) && n.state !== 'SKIPPED');
};
const took = (channel: 'email' | 'sms', { noticeId }: Notice): number =>
  stack.runtime.providers.inbox.accepted(channel).get(noticeId) ?? 0;

describe('the month after', () => {
  it('starts on SMS who had a hard bounce or complained: an SMS and no email', () => {
    const learnt = noticesOf('1', '5');
    expect(learnt.length).toBeGreaterThan(8);
    for (const notice of learnt) {
      expect(notice).toMatchObject({ state: 'SENT', channel: 'sms', channels: ['sms', 'email'] });
      expect([took('email', notice), took('sms', notice)]).toEqual([0, 1]);
    }
  });

  it('starts on email everybody else, also who had a full mailbox', () => {
    const others = noticesOf('0', '2', '3', '4', '7', '8', '9');
    expect(others.length).toBeGreaterThan(30);
    for (const notice of others) {
      expect(notice).toMatchObject({ state: 'DELIVERED', channel: 'email', channels: ['email', 'sms'] });
      expect([took('email', notice), took('sms', notice)]).toEqual([1, 0]);
    }
  });

  it('sends no email to an address that complained, whoever’s account it stands in', () => {
    const complained = new Set(noticesOf('5').map(({ accountId }) => accountId));
    const shared = noticesOf('6').filter(({ accountId }) => complained.has(`${accountId.slice(0, -1)}5`));
    expect(shared.length).toBeGreaterThan(3);
    for (const notice of shared) {
      expect(notice).toMatchObject({ state: 'SENT', channel: 'sms', channels: ['email', 'sms'] });
      expect(notice.attempts[0]).toMatchObject({ channel: 'email', class: 'PERMANENT' });
      expect([took('email', notice), took('sms', notice)]).toEqual([0, 1]);
    }
  });

  it('leaves the first month’s notices as they were', async () => {
    expect(first.faults).toEqual([]);
    expect(await stack.notices()).toEqual(first.notices);
  });
});
