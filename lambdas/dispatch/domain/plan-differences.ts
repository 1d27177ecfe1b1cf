/** How a plan differs from what was issued: notices and invoices as sets, and their amounts. Pure. */
import type { Won } from '../../kernel/money.ts';

/** What an invoice and its notice must agree on. */
export interface BilledNotice {
  readonly amountDue: Won;
}

/** Every difference, by notice id; none when the plan is complete. */
export function planDifferences(
  expected: ReadonlyMap<string, BilledNotice>,
  found: ReadonlyMap<string, BilledNotice>,
): string[] {
  const differences: string[] = [];
  for (const [noticeId, { amountDue }] of expected) {
    const notice = found.get(noticeId);
    if (!notice) differences.push(`${noticeId} is missing`);
    else if (notice.amountDue !== amountDue) differences.push(`${noticeId} names another amount than its invoice`);
  }
  for (const noticeId of found.keys())
    if (!expected.has(noticeId)) differences.push(`${noticeId} has no issued invoice`);
  return differences;
}
