/** A person's hold on the emulator: it is the account's, whatever version of its invoice comes later. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { noticeLedger, type NoticeLedger } from '../../lambdas/dispatch/adapters/notice-ledger.ts';
import { isHeldByPerson } from '../../lambdas/dispatch/domain/by-person.ts';
import type { Notice } from '../../lambdas/dispatch/domain/ledger.ts';
import { DEFAULT_POLICY } from '../../lambdas/dispatch/domain/policy.ts';
import { holdWithOthers } from '../../lambdas/dispatch/hold-with-others.ts';
import { accountNotices, holdNotices, releaseNotices, type AccountDeps } from '../../tools/ops/account-notices.ts';
import { startTable } from '../support/dynamo-table.ts';
import { NOON, plannedNotice } from '../support/notices.ts';

let ledger: NoticeLedger;
let stop: () => Promise<unknown>;
beforeAll(async () => {
  const table = await startTable('notices');
  ledger = noticeLedger(table.dynamo, 'notices');
  stop = table.stop;
});
afterAll(() => stop());

const deps = (over: Partial<NoticeLedger> = {}): AccountDeps => ({
  ledger: { ...ledger, ...over },
  mark: () => Promise.resolve(),
  policies: { version: () => Promise.resolve(DEFAULT_POLICY) },
});
const versionOf = (accountId: string, version: number): Notice =>
  plannedNotice({ noticeId: `2026-01_${accountId}_000${version}`, accountId });
const read = (accountId: string) => accountNotices(ledger, plannedNotice().month, plannedNotice().bucket, accountId);
const heldOf = async (accountId: string) => (await read(accountId)).map(isHeldByPerson);

it('a later version is held with the earlier one, and released with it; another account’s goes', async () => {
  const { month, bucket } = plannedNotice();
  await ledger.plan([versionOf('H1', 1), versionOf('H2', 1)]);
  await holdNotices(deps(), await read('H1'), NOON);
  await ledger.plan([versionOf('H1', 2), versionOf('H2', 2)]);
  expect(await holdWithOthers(ledger, month, bucket, new Set(['H1', 'H2']), NOON)).toBe(1);
  expect(await holdWithOthers(ledger, month, bucket, new Set(['H1', 'H2']), NOON)).toBe(0);
  expect([await heldOf('H1'), await heldOf('H2')]).toEqual([
    [true, true],
    [false, false],
  ]);
  await releaseNotices(deps(), await read('H1'), NOON);
  expect(await heldOf('H1')).toEqual([false, false]);
  expect(await holdWithOthers(ledger, month, bucket, new Set(['H1']), NOON)).toBe(0);
});

it('a version that is planned while a person holds the account is held by one of the two', async () => {
  await ledger.plan([versionOf('H3', 1)]);
  let isPlanned = false;
  // The planner has looked before the hold was written, and seen nothing.
  const apply: NoticeLedger['apply'] = async (writes, now) => {
    if (!isPlanned) await ledger.plan([versionOf('H3', 2)]);
    isPlanned = true;
    return ledger.apply(writes, now);
  };
  const { changed, untouched } = await holdNotices(deps({ apply }), await read('H3'), NOON);
  expect(changed.map(({ noticeId }) => noticeId)).toEqual(['2026-01_H3_0001', '2026-01_H3_0002']);
  expect(untouched).toEqual([]);
  expect(await heldOf('H3')).toEqual([true, true]);
});
