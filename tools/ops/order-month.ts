/** What a person orders for the sending of a month (dispatch rules §6): one conditional write, and where its notices are planned already, an execution that moves them. */
import { StartExecutionCommand, type SFNClient } from '@aws-sdk/client-sfn';
import type { MonthOrders, ReadOrder } from '../../lambdas/dispatch/adapters/month-orders.ts';
import type { NoticeLedger } from '../../lambdas/dispatch/adapters/notice-ledger.ts';
import { FINAL_STATES, type NoticeState } from '../../lambdas/dispatch/domain/ledger.ts';
import type { Instant, Month } from '../../lambdas/kernel/dates.ts';

export interface OrderDeps {
  readonly orders: MonthOrders;
  readonly sfn: SFNClient;
  readonly dispatchRunArn: string;
}

/**
 * Writes the order; false when someone else's came between. Planned notices are moved to `at` (null: now) by the
 * execution. Cut off before it starts, the command is called again: it moves what still waits, and nothing twice.
 */
export async function reserve(
  { orders, sfn, dispatchRunArn }: OrderDeps,
  month: Month,
  seen: ReadOrder,
  reservedAt: Instant,
  at: Instant | null,
): Promise<boolean> {
  if (!(await orders.write(month, { ...seen.order, reservedAt, isCancelled: false }, seen))) return false;
  if (!seen.order.isPlanned) return true;
  const retime = at === null ? { month } : { month, at };
  await sfn.send(new StartExecutionCommand({ stateMachineArn: dispatchRunArn, input: JSON.stringify({ retime }) }));
  return true;
}

/** Where the notices of a month stand that is over, by state; null while one of them is not final. Reads until it finds one. */
export async function closedMonth(
  ledger: Pick<NoticeLedger, 'outlines'>,
  month: Month,
  bucketCount: number,
): Promise<Partial<Record<NoticeState, number>> | null> {
  const states: Partial<Record<NoticeState, number>> = {};
  for (let bucket = 0; bucket < bucketCount; bucket++)
    for await (const page of ledger.outlines(month, bucket))
      for (const { state } of page) {
        if (!FINAL_STATES.includes(state)) return null;
        states[state] = (states[state] ?? 0) + 1;
      }
  return states;
}
