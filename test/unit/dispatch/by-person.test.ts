import { describe, expect, it } from 'vitest';
import { canBeSettled, lastNotice, resendOf, settling } from '../../../lambdas/dispatch/domain/by-person.ts';
import { allows, applied, FINAL_STATES, STATES } from '../../../lambdas/dispatch/domain/ledger.ts';
import { DEFAULT_POLICY } from '../../../lambdas/dispatch/domain/policy.ts';
import { noticeMessageSchema } from '../../../lambdas/contracts/notice-message.ts';
import { isResend, originalOf, resendIdOf, resendNumber } from '../../../lambdas/kernel/ids.ts';
import { at, minutesAfterNoon, NOON, plannedNotice } from '../../support/notices.ts';

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

  it('waits for the end of every notice of the version: one may have been redriven, or come back', () => {
    const resend = { ...sent, noticeId: `${sent.noticeId}_r1` };
    for (const state of ['PLANNED', 'RETRYING', 'IN_DOUBT'] as const) {
      const open = { ...sent, state };
      expect(resendOf([open, resend], DEFAULT_POLICY, NOON)).toEqual({ kind: 'refused', of: open, why: 'not-final' });
      const later = { ...sent, noticeId: '2026-01_A1_0002' };
      expect(resendOf([open, resend, later], DEFAULT_POLICY, NOON).kind).toBe('new');
    }
  });

  it('is refused where there is no address, or no channel', () => {
    expect(resendOf([{ ...sent, contact: null }], DEFAULT_POLICY, NOON)).toMatchObject({ why: 'no-address' });
    expect(resendOf([{ ...sent, channels: [] }], DEFAULT_POLICY, NOON)).toMatchObject({ why: 'no-address' });
  });
});

describe('what a person settles', () => {
  const doubtful = plannedNotice({
    ...{ state: 'IN_DOUBT', channel: 'sms', used: 1, reason: 'TimeoutError' },
    attempts: [{ channel: 'sms', number: 1, at: NOON, class: 'UNKNOWN', reason: 'TimeoutError', lease: 't' }],
  });
  const later = minutesAfterNoon(90);

  it('as sent is SENT, and keeps its attempts', () => {
    const transition = settling(doubtful, 'sent', later);
    expect(allows(doubtful, transition, later)).toBe(true);
    expect(applied(doubtful, transition)).toEqual({ ...doubtful, state: 'SENT', reason: 'settled by a person' });
  });

  it('as planned is due now on its channel, and may arrive twice', () => {
    const transition = settling(doubtful, 'planned', later);
    expect(allows(doubtful, transition, later)).toBe(true);
    expect(applied(doubtful, transition)).toEqual({
      ...doubtful,
      ...{ state: 'PLANNED', used: 0, dueAt: later, reason: 'reopened', reopened: 1, possibleDuplicate: true },
    });
  });

  it.each(STATES)('is in doubt, or could not be delivered and is known to have arrived: %s', (state) => {
    const isDoubt = state === 'IN_DOUBT';
    expect(canBeSettled({ state }, 'planned')).toBe(isDoubt);
    expect(canBeSettled({ state }, 'sent')).toBe(isDoubt || state === 'UNDELIVERABLE');
    const stored = { ...doubtful, state };
    expect(allows(stored, settling(stored, 'sent', later), later)).toBe(canBeSettled({ state }, 'sent'));
  });
});

it('ids of resends are told from accounts that look like them', () => {
  expect([isResend('2026-01_A_r1_0001'), isResend('2026-01_A_r1_0001_r1')]).toEqual([false, true]);
  const id = resendIdOf('2026-01_A_r1_0001_r9', 10);
  expect([id, resendNumber(id), originalOf(id)]).toEqual(['2026-01_A_r1_0001_r10', 10, '2026-01_A_r1_0001']);
  expect(noticeMessageSchema.safeParse({ version: 1, noticeId: id, month: '2026-01', bucket: 1 }).success).toBe(true);
});
