import { describe, expect, it } from 'vitest';
import type { Invoice } from '../../../lambdas/contracts/invoice.ts';
import { startingWithOneThatWorks, type FailedChannel } from '../../../lambdas/dispatch/domain/channel-memory.ts';
import { planNotice } from '../../../lambdas/dispatch/domain/plan-notice.ts';
import { DEFAULT_POLICY, type Channel } from '../../../lambdas/dispatch/domain/policy.ts';
import type { LocalDate, Month } from '../../../lambdas/kernel/dates.ts';
import { won } from '../../../lambdas/kernel/money.ts';
import { NOON } from '../../support/notices.ts';

const inJanuary = (channel: Channel): FailedChannel => ({ channel, month: '2026-01' as Month });

describe('the channels of a notice', () => {
  it.each([
    ['nothing is remembered', ['email', 'sms'], null, '2026-02', ['email', 'sms']],
    ['email bounced last month', ['email', 'sms'], 'email', '2026-02', ['sms', 'email']],
    [
      'email bounced this month, and the month is planned again',
      ['email', 'sms'],
      'email',
      '2026-01',
      ['sms', 'email'],
    ],
    ['email bounced half a year ago', ['email', 'sms'], 'email', '2026-07', ['sms', 'email']],
    ['email bounced longer ago', ['email', 'sms'], 'email', '2026-08', ['email', 'sms']],
    ['there is no other channel', ['email'], 'email', '2026-02', ['email']],
    ['the customer takes no email', ['sms'], 'email', '2026-02', ['sms']],
    ['the customer prefers SMS', ['sms', 'email'], 'email', '2026-02', ['sms', 'email']],
  ] as const)('when %s', (_, channels, failed, month, expected) => {
    const memory = failed === null ? undefined : inJanuary(failed);
    expect(startingWithOneThatWorks(channels, memory, month as Month)).toEqual(expected);
  });
});

describe('the notice of an account whose email bounced last month', () => {
  const nothing = won(0);
  const sums = { taxable: nothing, supply: nothing, vat: nothing, subtotal: nothing, rounding: nothing };
  const invoice: Invoice = {
    ...{ accountId: 'A1', month: '2026-02' as Month, catalogId: 'c', dueDate: '2026-03-25' as LocalDate, lines: [] },
    ...{ ...sums, nonTaxable: won(1000), amountDue: won(1000), carriedForward: nothing },
  };
  const plan = (failed?: FailedChannel) =>
    planNotice(
      { invoice, version: 1, bucket: 3, runId: '2026-02-r0001', importId: 'i' },
      { locale: 'ko', preferences: {}, contact: new Uint8Array([1]) },
      { version: 0, policy: DEFAULT_POLICY },
      NOON,
      null,
      failed,
    ).notice;

  it('is planned on SMS, with email as its last resort', () => {
    expect(plan(inJanuary('email'))).toMatchObject({ state: 'PLANNED', channel: 'sms', channels: ['sms', 'email'] });
    expect(plan()).toMatchObject({ state: 'PLANNED', channel: 'email', channels: ['email', 'sms'] });
  });
});
