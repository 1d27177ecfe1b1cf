/** The proof of a bucket and the balance of a run, as values: what fits, and what is named when it does not. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Invoice } from '../../../lambdas/contracts/invoice.ts';
import { bucketOf } from '../../../lambdas/kernel/buckets.ts';
import type { Instant } from '../../../lambdas/kernel/dates.ts';
import { balanceOf } from '../../../lambdas/settlement/domain/balance.ts';
import { proveBucket, type FoundBucket, type FoundInvoice } from '../../../lambdas/settlement/domain/prove-bucket.ts';
import {
  differsFromPinned,
  NOT_DECIDED,
  runNumberOf,
  type RunRecord,
  type ShardProof,
} from '../../../lambdas/settlement/domain/run.ts';
import { settleAccount } from '../../../lambdas/settlement/domain/settle-account.ts';
import {
  addTally,
  differences,
  emptyTally,
  tallyInvoice,
  type Tally,
} from '../../../lambdas/settlement/domain/tally.ts';
import { catalogs, MONTH } from '../../support/billing-golden.ts';

const RUN_ID = '2026-02-r0001';
const BUCKET_COUNT = 2;
const hash = (digit: string): string => digit.repeat(64);
/** Ids of accounts whose bucket is 0. */
const IDS = Array.from({ length: 40 }, (_, index) => `A${index}`).filter((id) => bucketOf(id, BUCKET_COUNT) === 0);
const [FIRST = '', SECOND = '', THIRD = '', FOURTH = ''] = IDS;
const elsewhere =
  Array.from({ length: 9 }, (_, index) => `B${index}`).find((id) => bucketOf(id, BUCKET_COUNT) === 1) ?? '';

const accountOf = (accountId: string) => ({
  accountId,
  dueDay: 5,
  lines: [{ lineId: 'L1' }],
  arrears: { nonTaxable: 700 },
  credits: [{ creditId: 'C1', amount: 100 }],
});
const usageOf = (accountId: string) => ({
  accountId,
  month: MONTH,
  lines: [{ lineId: 'L1', payments: [{ kind: 'content', amount: 400 }] }],
});
const invoiceOf = (accountId: string): Invoice =>
  settleAccount(accountId, accountOf(accountId), usageOf(accountId), catalogs, MONTH) as Invoice;
const foundInvoice = (accountId: string, change: Partial<FoundInvoice> = {}): FoundInvoice => {
  const invoice = invoiceOf(accountId);
  const { amountDue } = invoice;
  return {
    accountId,
    version: 1,
    runId: RUN_ID,
    contentHash: hash('a'),
    isOfThisInput: true,
    amountDue,
    invoice,
    ...change,
  };
};

/** Two accounts with invoices, one that is rejected; the second and the third have usage. */
const whole: FoundBucket = {
  month: MONTH,
  runId: RUN_ID,
  bucket: 0,
  bucketCount: BUCKET_COUNT,
  accounts: new Map([FIRST, SECOND, THIRD].map((id) => [id, accountOf(id)])),
  usage: new Map([FIRST, SECOND, THIRD].map((id) => [id, usageOf(id)])),
  invoices: [foundInvoice(FIRST), foundInvoice(SECOND, { contentHash: hash('b') })],
  billedBefore: new Set(),
  rejections: [THIRD],
  conflicts: new Set(),
};
const problemsOf = (change: Partial<FoundBucket>): string[] =>
  proveBucket({ ...whole, ...change }).problems.map(({ kind, accountId }) => `${kind} ${accountId ?? ''}`);

describe('the proof of a bucket', () => {
  it('has no problem when sets and won are the same', () => {
    const { amountDue } = invoiceOf(FIRST);
    expect(proveBucket(whole)).toMatchObject({
      problems: [],
      tally: {
        ...{ accounts: 3, invoices: 2, rejected: 1 },
        ...{ usageRecords: 3, billedUsage: 2, rejectedUsage: 1, foreignUsage: 0 },
        amountDue: 2 * amountDue,
        byCode: { ARREARS: 1400, CREDIT: -200, CONTENT_PAYMENT: 800 },
        contents: hash('1'), // a XOR b
      },
    });
  });

  it('lets an invoice resolve the rejection of its account', () => {
    expect(proveBucket({ ...whole, rejections: [FIRST, THIRD] })).toEqual(proveBucket(whole));
  });

  it('counts usage of nobody, and of another month, as foreign', () => {
    const usage = new Map<string, unknown>([
      [FIRST, usageOf(FIRST)],
      [SECOND, { ...usageOf(SECOND), month: '2026-01' }],
      [FOURTH, usageOf(FOURTH)],
    ]);
    expect(proveBucket({ ...whole, usage }).tally).toMatchObject({ usageRecords: 3, billedUsage: 1, foreignUsage: 2 });
  });

  it("looks for usage of another month in its account's bucket, wherever its key would be", () => {
    const foreign = IDS.map((id): [string, unknown] => [`${id}@2025-12`, { ...usageOf(id), month: '2025-12' }]);
    const { problems, tally } = proveBucket({ ...whole, usage: new Map([...whole.usage, ...foreign]) });
    expect(problems).toEqual([]);
    expect(tally.foreignUsage).toBe(IDS.length);
    const strayed = new Map([...whole.usage, [`${elsewhere}@2025-12`, usageOf(elsewhere)] as const]);
    expect(problemsOf({ usage: strayed })).toEqual([`wrong-bucket ${elsewhere}`]);
  });

  const more = (invoice: FoundInvoice): FoundInvoice[] => [...whole.invoices, invoice];
  const other = (change: Partial<FoundInvoice>): FoundInvoice[] => [foundInvoice(FIRST, change), foundInvoice(SECOND)];
  it.each<[string, Partial<FoundBucket>, string[]]>([
    ['an account without invoice and rejection', { rejections: [] }, [`missing ${THIRD}`]],
    ['an invoice of nobody', { invoices: more(foundInvoice(FOURTH)) }, [`strange-invoice ${FOURTH}`]],
    ['a rejection of nobody', { rejections: [THIRD, FOURTH] }, [`strange-rejection ${FOURTH}`]],
    ['an invoice of another bucket', { invoices: more(foundInvoice(elsewhere)) }, [`wrong-bucket ${elsewhere}`]],
    ['a rejection of another bucket', { rejections: [THIRD, elsewhere] }, [`wrong-bucket ${elsewhere}`]],
    [
      'an account of another bucket',
      { accounts: new Map([...whole.accounts, [elsewhere, accountOf(elsewhere)]]) },
      [`wrong-bucket ${elsewhere}`],
    ],
    [
      'usage of another bucket',
      { usage: new Map([...whole.usage, [elsewhere, usageOf(elsewhere)]]) },
      [`wrong-bucket ${elsewhere}`],
    ],
    ['an invoice of another run', { invoices: other({ runId: '2026-02-r0002' }) }, [`other-run ${FIRST}`]],
    ['a second version', { invoices: more(foundInvoice(FIRST, { version: 2 })) }, [`other-run ${FIRST}`]],
    ['an invoice of another input', { invoices: other({ isOfThisInput: false }) }, [`other-input ${FIRST}`]],
    ['a body that is not its hash', { invoices: other({ invoice: null }) }, [`damaged-invoice ${FIRST}`]],
    ['an amount that is not its body', { invoices: other({ amountDue: 1 }) }, [`damaged-invoice ${FIRST}`]],
    [
      'won that the input does not have',
      { accounts: new Map([...whole.accounts, [FIRST, { ...accountOf(FIRST), arrears: null }]]) },
      [`won-differs ${FIRST}`],
    ],
    [
      'payments that nobody billed',
      { usage: new Map([...whole.usage, [FIRST, { ...usageOf(FIRST), lines: [] }]]) },
      [`won-differs ${FIRST}`],
    ],
    ['a conflict without an invoice', { conflicts: new Set([THIRD]) }, [`conflict-without-invoice ${THIRD}`]],
  ])('names %s', (_, change, problems) => {
    expect(problemsOf(change)).toEqual(problems);
  });

  it('keeps conflicts apart: their invoices are counted, and not compared', () => {
    const accounts = new Map([...whole.accounts, [FIRST, { ...accountOf(FIRST), arrears: null }]]);
    const change = { accounts, invoices: other({ isOfThisInput: false }), conflicts: new Set([FIRST]) };
    expect(problemsOf(change)).toEqual([]);
    expect(proveBucket({ ...whole, ...change }).tally.invoices).toBe(2);
  });

  it('names a conflict that could not be issued: its invoice is none of the run, or cannot be read', () => {
    const change = { invoices: other({ runId: '', isOfThisInput: false, invoice: null }), conflicts: new Set([FIRST]) };
    expect(problemsOf(change)).toEqual([`other-run ${FIRST}`, `damaged-invoice ${FIRST}`]);
  });
});

describe('tallies', () => {
  const tally = fc
    .array(fc.tuple(fc.constantFrom(...IDS), fc.stringMatching(/^[0-9a-f]{64}$/)), { maxLength: 5 })
    .map((stored) => {
      const sum: Tally = { ...emptyTally(), accounts: stored.length };
      for (const [id, contentHash] of stored) tallyInvoice(sum, contentHash, invoiceOf(id));
      return sum;
    });
  const sumOf = (...parts: Tally[]): Tally => {
    const sum = emptyTally();
    for (const part of parts) addTally(sum, part);
    return sum;
  };

  it('add up in any order and grouping', () => {
    fc.assert(
      fc.property(tally, tally, tally, (a, b, c) => {
        expect(sumOf(a, b, c)).toEqual(sumOf(c, sumOf(b, a)));
        expect(differences(sumOf(a, b), sumOf(b, a))).toEqual([]);
      }),
    );
  });

  it('differ in what was changed, also when every sum is the same', () => {
    const [a, b, c] = [emptyTally(), emptyTally(), emptyTally()];
    tallyInvoice(a, hash('a'), invoiceOf(FIRST));
    tallyInvoice(b, hash('b'), invoiceOf(FIRST));
    tallyInvoice(c, hash('a'), { ...invoiceOf(FIRST), amountDue: 7 as Invoice['amountDue'] });
    expect(differences(a, b)).toEqual(['contents: not the same invoices']);
    expect(differences(a, c)).toEqual([`amountDue: ${a.amountDue} ≠ 7`]);
  });
});

describe('the balance of a run', () => {
  const run: RunRecord = {
    ...{ runId: RUN_ID, month: MONTH, mode: 'settle', importId: 'I', catalogDigest: hash('c') },
    ...{ bucketCount: BUCKET_COUNT, shardCount: 2, shards: null, accounts: 6, usageRecords: 6 },
    ...{ accountsDigest: null, reason: null, approvedBefore: [] },
    ...{
      openedAt: '2026-03-01T03:00:00.000Z' as Instant,
      ...NOT_DECIDED,
    },
  };
  const proofOf = (shard: number, change: Partial<ShardProof> = {}): ShardProof => ({
    ...proveBucket(whole).tally,
    ...{ shard, conflicts: [], problemCount: 0, problems: [], ...change },
  });
  const sentenceOf = (...proofs: ShardProof[]): string => {
    const balance = balanceOf(run, proofs);
    return balance.outcome === 'balanced' ? 'balanced' : `${balance.outcome}: ${balance.sentence}`;
  };

  it('is the sum of its shards, in any order', () => {
    expect(balanceOf(run, [proofOf(1), proofOf(0)])).toMatchObject({
      outcome: 'balanced',
      totals: { accounts: 6, invoices: 4, rejected: 2, usageRecords: 6 },
    });
  });

  it.each<[string, ShardProof[], string]>([
    ['no proof', [], 'shard 0 has no proof; shard 1 has no proof'],
    ['a shard without a proof', [proofOf(0)], 'shard 1 has no proof'],
    ['a proof of no shard', [proofOf(0), proofOf(1), proofOf(7)], '3 proofs for 2 shards'],
    ['an account that the import has not', [proofOf(0), proofOf(1, { accounts: 4 })], 'accounts: 7 found, 6 expected'],
    ['usage that is lost', [proofOf(0), proofOf(1, { usageRecords: 2 })], 'usage records: 5 found, 6 expected'],
    [
      'usage that nobody settled',
      [proofOf(0), proofOf(1, { billedUsage: 1 })],
      'billed, rejected and foreign: 5 found',
    ],
    ['an invoice less', [proofOf(0), proofOf(1, { invoices: 1 })], 'invoices and rejections: 5 found, 6 expected'],
    ['won that no charge explains', [proofOf(0), proofOf(1, { amountDue: 1 })], 'won of all charge codes'],
    [
      'a problem of a shard',
      [
        proofOf(0),
        proofOf(1, { problemCount: 1, problems: [{ kind: 'missing', accountId: 'A7', detail: 'nothing' }] }),
      ],
      '(1 problems): missing A7 nothing',
    ],
    ['problems that are counted only', [proofOf(0), proofOf(1, { problemCount: 3 })], '(3 problems): ; and 3 more'],
  ])('is refused for %s', (_, proofs, part) => {
    const sentence = sentenceOf(...proofs);
    expect(sentence).toMatch(/^unbalanced: Run 2026-02-r0001 does not balance/);
    expect(sentence).toContain(part);
  });

  it('names ten problems and counts the rest', () => {
    const problems = Array.from({ length: 12 }, (_, index) => ({
      ...{ kind: 'missing' as const, accountId: `A${index}`, detail: '' },
    }));
    const sentence = sentenceOf(proofOf(0), proofOf(1, { problemCount: 40, problems }));
    expect(sentence).toContain('(40 problems)');
    expect(sentence).toContain('missing A9 ; and 30 more');
  });

  it('waits for a person when there are conflicts, and names them', () => {
    expect(sentenceOf(proofOf(0), proofOf(1, { conflicts: ['A3'] }))).toBe(
      'conflicts: Run 2026-02-r0001 balances, but 1 stored invoices differ from what its input comes to: A3',
    );
    expect(sentenceOf(proofOf(0, { conflicts: ['A3'] }))).toMatch(/^unbalanced: .*Also, 1 stored invoices differ/);
  });

  it('is of a run with a number, and of what it has pinned', () => {
    expect([runNumberOf('2026-01-r0001'), runNumberOf('2026-01-r0123')]).toEqual([1, 123]);
    const payload = { ...run, shard: 1 };
    expect(differsFromPinned(payload, run)).toBeNull();
    expect(differsFromPinned({ ...payload, shardCount: 3 }, run)).toContain('shardCount 2, not 3');
    expect(differsFromPinned(payload, { ...run, shards: [0] })).toContain('no accounts in shard 1');
    expect(differsFromPinned(payload, null)).toContain('never opened');
  });
});
