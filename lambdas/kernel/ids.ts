/** Derived identities: nothing here is random, so doing a thing twice names it the same. */
import type { Month } from './dates.ts';

/** What an account id may be (import refuses others). */
export const ACCOUNT_ID = /^[A-Za-z0-9_-]{1,32}$/;

/** `2026-01-r0001`: run 1 of the month. */
export const runIdOf = (month: Month, runNumber: number): string => `${month}-r${String(runNumber).padStart(4, '0')}`;

/** `A0000001#0001`: the sort key of an invoice. */
export const invoiceKey = (accountId: string, version: number): string =>
  `${accountId}#${String(version).padStart(4, '0')}`;

/** `2026-01_A0000001_0001`: one notice per month, account and invoice version. */
export const noticeIdOf = (month: Month, accountId: string, version: number): string =>
  `${month}_${accountId}_${String(version).padStart(4, '0')}`;

/** `catalogs/<digest>.json`: where the catalog file of a digest lies in its bucket. */
export const catalogKey = (digest: string): string => `catalogs/${digest}.json`;

const RESEND = /_r(\d+)$/;

/** A notice that a person had sent once more: `2026-01_A0000001_0001_r1`. It stands beside the one of its invoice. */
export const isResend = (noticeId: string): boolean => RESEND.test(noticeId);

/** The number of a resend, from 1; 0 for the notice that planning wrote. */
export const resendNumber = (noticeId: string): number => Number(RESEND.exec(noticeId)?.[1] ?? 0);

/** The notice that planning wrote, of it or of a resend of it. */
export const originalOf = (noticeId: string): string => noticeId.replace(RESEND, '');

/** The id of a resend of a notice, which may be a resend itself. */
export const resendIdOf = (noticeId: string, number: number): string => `${originalOf(noticeId)}_r${number}`;
