/** Notices for tests: a planned one, and changes to it. */
import type { Instant, LocalDate, Month } from '../../lambdas/kernel/dates.ts';
import { won } from '../../lambdas/kernel/money.ts';
import type { Notice } from '../../lambdas/dispatch/domain/ledger.ts';

export const at = (text: string): Instant => new Date(text).toISOString() as Instant;

export const NOON = at('2026-02-01T03:00:00Z');

/** `NOON` and so many minutes. */
export const minutesAfterNoon = (minutes: number): Instant =>
  new Date(Date.parse(NOON) + minutes * 60_000).toISOString() as Instant;

export const plannedNotice = (change: Partial<Notice> = {}): Notice => ({
  noticeId: '2026-01_A1_0001',
  month: '2026-01' as Month,
  bucket: 3,
  accountId: 'A1',
  runId: '2026-01-r0001',
  importId: '2026-01-000000000000',
  policyVersion: 0,
  state: 'PLANNED',
  channel: 'email',
  channels: ['email', 'sms'],
  used: 0,
  throttled: 0,
  attempts: [],
  dueAt: NOON,
  reason: null,
  leaseToken: null,
  leaseUntil: null,
  possibleDuplicate: false,
  accountWindowIgnored: false,
  locale: 'ko',
  dueDate: '2026-02-25' as LocalDate,
  amountDue: won(55_000),
  groups: [{ code: 'plan', amount: won(55_000) }],
  quietHours: null,
  contact: new Uint8Array([1, 2, 3]),
  ...change,
});
