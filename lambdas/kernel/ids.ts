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
