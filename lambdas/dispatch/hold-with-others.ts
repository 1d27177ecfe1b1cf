/** What is planned for an account while a person holds a notice of it: a corrected invoice must not go in spite of the hold (dispatch rules §6). */
import type { Instant, Month } from '../kernel/dates.ts';
import type { NoticeLedger } from './adapters/notice-ledger.ts';
import { canBeHeld, holding, isHeldByPerson } from './domain/by-person.ts';
import type { NoticeOutline } from './domain/ledger.ts';
import { messageOf } from './domain/message-of.ts';

/**
 * Holds every notice of these accounts in the bucket that can be held, where a person holds one already; answers with how
 * many. Call it after they are planned and before their due markers are put. A person who holds at the same time looks
 * again after the write, so one of the two sees the other.
 */
export async function holdWithOthers(
  ledger: Pick<NoticeLedger, 'outlines' | 'record'>,
  month: Month,
  bucket: number,
  accounts: ReadonlySet<string>,
  now: Instant,
): Promise<number> {
  if (accounts.size === 0) return 0;
  const heldAccounts = new Set<string>();
  const waiting: NoticeOutline[] = [];
  for await (const page of ledger.outlines(month, bucket))
    for (const notice of page.filter(({ accountId }) => accounts.has(accountId))) {
      if (isHeldByPerson(notice)) heldAccounts.add(notice.accountId);
      else if (canBeHeld(notice)) waiting.push(notice);
    }
  const writes = waiting
    .filter(({ accountId }) => heldAccounts.has(accountId))
    .map((notice) => ({ notice: messageOf(notice), transition: holding(notice) }));
  return (await ledger.record(writes, now)).filter(Boolean).length;
}
