import { describe, expect, it } from 'vitest';
import { checksOf, fileChecks, usageCheck, type Accepted } from '../../../tools/start/balance.ts';
import type { MonthTally } from '../../../tools/start/month-tally.ts';

const tally: MonthTally = {
  invoices: 3,
  rejections: 1,
  reasons: { MALFORMED: 1 },
  amountDue: 3000,
  amounts: [1000, 1000, 1000],
  byShard: { 'shard 0': 3 },
  notices: 3,
  resends: 0,
  noticed: 3000,
  states: { SENT: 2, SKIPPED: 1 },
  sent: { email: 1, sms: 1 },
  undeliverable: 0,
  skipped: 1,
  held: 0,
  attempts: { 'email ACCEPTED': 1, 'sms ACCEPTED': 1 },
  told: {},
  fallenBack: 1,
  possibleDuplicates: 0,
  sentIds: { email: ['n1'], sms: ['n2'] },
  bounced: new Map(),
  sample: null,
};
const accepted = (email: Record<string, number>, sms: Record<string, number>): Accepted => ({
  email: new Map(Object.entries(email)),
  sms: new Map(Object.entries(sms)),
});
const fine = accepted({ n1: 1 }, { n2: 1 });

const faults = (change: Partial<MonthTally>, providers = fine, accounts = 4, billed = 3000): number[] =>
  checksOf(accounts, billed, { ...tally, ...change }, providers).flatMap(({ holds }, index) => (holds ? [] : [index]));

describe('the checks of a month', () => {
  it('hold when everything adds up', () => {
    expect(faults({})).toEqual([]);
  });

  it('hold when a notice was resent, and count it apart', () => {
    const change = { resends: 1, sent: { email: 2, sms: 1 }, sentIds: { email: ['n1', 'n1_r1'], sms: ['n2'] } };
    const providers = accepted({ n1: 1, n1_r1: 1 }, { n2: 1 });
    expect(faults(change, providers)).toEqual([]);
    expect(faults({ ...change, resends: 0 }, providers)).toEqual([4]);
  });

  it.each([
    ['an account left out', {}, fine, 5, 3000, [0]],
    ['won that the proof does not know', {}, fine, 4, 2999, [1]],
    ['an invoice without a notice', { notices: 2, skipped: 0 }, fine, 4, 3000, [2]],
    ['a notice of another amount', { noticed: 2900 }, fine, 4, 3000, [3]],
    ['a notice that stands nowhere', { skipped: 0 }, fine, 4, 3000, [4]],
    ['a send that nobody accepted', {}, accepted({}, { n2: 1 }), 4, 3000, [5]],
    ['an acceptance that the ledger does not know', {}, accepted({ n1: 1, n9: 1 }, { n2: 1 }), 4, 3000, [5]],
    ['an email sent twice', {}, accepted({ n1: 2 }, { n2: 1 }), 4, 3000, [6]],
    ['an email and an SMS of one notice', {}, accepted({ n1: 1 }, { n1: 1, n2: 1 }), 4, 3000, [5, 6]],
    ['an email that came back, and no SMS for it', { bounced: new Map([['n1', 1]]) }, fine, 4, 3000, [5]],
  ] as const)('find %s', (_, change, providers, accounts, billed, expected) => {
    expect(faults(change, providers, accounts, billed)).toEqual(expected);
  });
});

describe('the checks of files and usage', () => {
  it('hold when every record is somewhere', () => {
    const counts = { accounts: { read: 4, refused: 1 }, usage: { read: 3, refused: 1 } };
    const imported = { accounts: 3, usageRecords: 2 } as Parameters<typeof fileChecks>[1];
    expect(fileChecks(counts, imported)).toEqual([
      { holds: true, sentence: '4 accounts in the file = 3 imported + 1 refused' },
      { holds: true, sentence: '3 usage records in the file = 2 imported + 1 refused' },
    ]);
    expect(fileChecks(counts, { ...imported, accounts: 2 }).map(({ holds }) => holds)).toEqual([false, true]);
    expect(fileChecks(counts, { ...imported, usageRecords: 1 }).map(({ holds }) => holds)).toEqual([true, false]);
  });

  it('find usage that the proof does not know', () => {
    const proof = { billedUsage: 1, rejectedUsage: 2, foreignUsage: 3 };
    expect(usageCheck(6, proof)).toEqual({
      ...{
        holds: true,
        sentence: '6 usage records = 1 billed + 2 of rejected accounts + 3 of another month or no account',
      },
    });
    expect(usageCheck(7, proof).holds).toBe(false);
  });
});

describe('an email that came back', () => {
  it('has notified nobody: its SMS is no second notice', () => {
    expect(faults({ bounced: new Map([['n2', 1]]) }, accepted({ n1: 1, n2: 1 }, { n2: 1 }))).toEqual([]);
  });
});
