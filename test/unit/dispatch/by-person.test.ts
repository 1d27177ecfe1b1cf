import { describe, expect, it } from 'vitest';
import { lastNotice, resendOf } from '../../../lambdas/dispatch/domain/by-person.ts';
import { FINAL_STATES, STATES } from '../../../lambdas/dispatch/domain/ledger.ts';
import { DEFAULT_POLICY } from '../../../lambdas/dispatch/domain/policy.ts';
import { noticeMessageSchema } from '../../../lambdas/contracts/notice-message.ts';
import { isResend, originalOf, resendIdOf, resendNumber } from '../../../lambdas/kernel/ids.ts';
import { at, NOON, plannedNotice } from '../../support/notices.ts';

const sent = plannedNotice({
  state: 'SENT',
  channel: 'sms',
  used: 1,
  attempts: [{ channel: 'sms', number: 1, at: NOON, class: 'ACCEPTED', providerMessageId: 'm' }],
  possibleDuplicate: true,
});

describe('a resend', () => {
  it('is a new notice of the same bill, from its first channel, that has been sent to nobody', () => {
    const resend = resendOf([sent], DEFAULT_POLICY, NOON);
    expect(resend).toMatchObject({
      kind: 'new',
      notice: {
        noticeId: '2026-01_A1_0001_r1',
        state: 'PLANNED',
        channel: 'email',
        used: 0,
        attempts: [],
        leaseToken: null,
        possibleDuplicate: false,
        amountDue: sent.amountDue,
        runId: sent.runId,
      },
    });
  });

  it('goes now, or when the quiet time is over', () => {
    const dueAt = (now: string) => {
      const resend = resendOf([sent], DEFAULT_POLICY, at(now));
      return resend.kind === 'new' ? resend.notice.dueAt : null;
    };
    expect(dueAt('2026-02-01T03:00:00Z')).toBe('2026-02-01T03:00:00.000Z');
    // 23:00 in Seoul: quiet until 08:00.
    expect(dueAt('2026-02-01T14:00:00Z')).toBe('2026-02-01T23:00:00.000Z');
  });

  it.each(STATES)('of a notice that is %s is planned only if that has ended', (state) => {
    expect(resendOf([{ ...sent, state }], DEFAULT_POLICY, NOON).kind).toBe(
      FINAL_STATES.includes(state) ? 'new' : 'refused',
    );
  });

  it('follows the last resend of the last version, and waits for its end', () => {
    const versions = ['_0001', '_0002', '_0002_r2', '_0002_r10', '_0001_r11'].map((end) => `2026-01_A1${end}`);
    const notices = versions.map((noticeId) => ({ ...sent, noticeId }));
    expect(lastNotice(notices).noticeId).toBe('2026-01_A1_0002_r10');
    const next = resendOf(notices, DEFAULT_POLICY, NOON);
    expect(next.kind === 'new' && next.notice.noticeId).toBe('2026-01_A1_0002_r11');
    const open = notices.map((notice) =>
      notice.noticeId.endsWith('_r10') ? { ...notice, state: 'RETRYING' as const } : notice,
    );
    expect(resendOf(open, DEFAULT_POLICY, NOON)).toMatchObject({ kind: 'refused', why: 'not-final' });
  });

  it('is refused where there is no address, or no channel', () => {
    expect(resendOf([{ ...sent, contact: null }], DEFAULT_POLICY, NOON)).toMatchObject({ why: 'no-address' });
    expect(resendOf([{ ...sent, channels: [] }], DEFAULT_POLICY, NOON)).toMatchObject({ why: 'no-address' });
  });
});

it('ids of resends are told from accounts that look like them', () => {
  expect([isResend('2026-01_A_r1_0001'), isResend('2026-01_A_r1_0001_r1')]).toEqual([false, true]);
  const id = resendIdOf('2026-01_A_r1_0001_r9', 10);
  expect([id, resendNumber(id), originalOf(id)]).toEqual(['2026-01_A_r1_0001_r10', 10, '2026-01_A_r1_0001']);
  expect(noticeMessageSchema.safeParse({ version: 1, noticeId: id, month: '2026-01', bucket: 1 }).success).toBe(true);
});
