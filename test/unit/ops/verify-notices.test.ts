import { describe, expect, it } from 'vitest';
import { CLOSED } from '../../../lambdas/dispatch/domain/breaker.ts';
import type { Notice } from '../../../lambdas/dispatch/domain/ledger.ts';
import { NO_ORDER } from '../../../lambdas/dispatch/domain/month-order.ts';
import type { Invoice } from '../../../lambdas/contracts/invoice.ts';
import { won } from '../../../lambdas/kernel/money.ts';
import { noticeCheckText } from '../../../tools/ops/notice-check-text.ts';
import { verifyNotices } from '../../../tools/ops/verify-notices.ts';
import { plannedNotice } from '../../support/notices.ts';

const { month, runId, importId, amountDue } = plannedNotice();
const ACCOUNTS = ['A1', 'A2', 'A3'];
const noticeOf = (accountId: string, change: Partial<Notice> = {}): Notice =>
  plannedNotice({ noticeId: `${month}_${accountId}_0001`, accountId, ...change });

/** The check of three issued invoices, of which so many stand in shards that are planned. */
async function checked(notices: readonly Notice[], planned: number) {
  const issued = ACCOUNTS.map((accountId) => ({
    invoice: { accountId, amountDue } as Invoice,
    version: 1,
    bucket: 0,
    runId,
    importId,
  }));
  const check = await verifyNotices(
    {
      invoices: { readBucket: () => Promise.resolve(issued) },
      ledger: {
        outlines: async function* () {
          yield await Promise.resolve([...notices]);
        },
      },
      budgets: { read: () => Promise.resolve({ notices: planned, reserved: 0, raisedTo: null }) },
    },
    { month, runIds: [runId], bucketCount: 1 },
  );
  const text = noticeCheckText({ ...check, pause: null, order: NO_ORDER, breakers: { email: CLOSED, sms: CLOSED } });
  return { check, lines: text.split('\n') };
}

describe('the check of a month', () => {
  it('while planning is under way says so, and calls no notice lost that is still to come', async () => {
    const { check, lines } = await checked([noticeOf('A1')], 1);
    expect(check).toMatchObject({ isPlanning: true, closed: false, planned: 1, invoices: 3 });
    expect(lines[0]).toBe('2026-01: planning is under way');
    expect(lines.join()).not.toContain('missing');
  });

  it('says what differs once every shard is planned, and at once what no plan can mend', async () => {
    const lost = await checked([noticeOf('A1'), noticeOf('A2')], 3);
    expect(lost.check.isPlanning).toBe(false);
    expect(lost.lines[0]).toBe('2026-01: NOTICES AND INVOICES DIFFER');
    const wrong = await checked([noticeOf('A1', { amountDue: won(1) })], 1);
    expect(wrong.check.isPlanning).toBe(false);
    expect(wrong.lines.join()).toContain('names another amount than its invoice');
  });

  it('tells what is held, in doubt and undeliverable by reason, and what may have come twice', async () => {
    const { check, lines } = await checked(
      [
        noticeOf('A1', { state: 'UNDELIVERABLE', reason: 'no-channel' }),
        noticeOf('A2', { state: 'HELD', reason: 'sms-budget' }),
        noticeOf('A3', { state: 'IN_DOUBT', reason: 'worker-died', possibleDuplicate: true }),
        plannedNotice({ noticeId: '2026-01_A2_0001_r1', state: 'HELD', reason: 'held by a person' }),
      ],
      3,
    );
    expect(check.reasons).toEqual({
      HELD: { 'sms-budget': 1, 'held by a person': 1 },
      IN_DOUBT: { 'worker-died': 1 },
      UNDELIVERABLE: { 'no-channel': 1 },
    });
    expect(check.possibleDuplicates).toBe(1);
    for (const line of [
      `      ${'sms-budget'.padEnd(24)}           1`,
      '  1 possible duplicate: sent once more, as nobody knew of the first send',
    ])
      expect(lines).toContain(line);
  });

  it('is through when every notice is there and final', async () => {
    const { check } = await checked(
      ACCOUNTS.map((accountId) => noticeOf(accountId, { state: 'SENT' })),
      3,
    );
    expect(check).toMatchObject({ isPlanning: false, closed: true, differences: [] });
  });
});
