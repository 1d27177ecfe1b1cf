/** What a person orders for the sending of a month (dispatch rules §6): one conditional write, and where its notices are planned already, an execution that moves them. */
import { StartExecutionCommand, type SFNClient } from '@aws-sdk/client-sfn';
import type { MonthOrders, ReadOrder } from '../../lambdas/dispatch/adapters/month-orders.ts';
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
