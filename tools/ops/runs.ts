/** The runs of a month, as the commands speak of them. */
import type { RunStore } from '../../lambdas/settlement/adapters/run-store.ts';
import type { MonthRuns } from './left-out.ts';
import { runNumberOf, SETTLE_RUN, type RunRecord } from '../../lambdas/settlement/domain/run.ts';

/** All runs of a month, by their numbers, and the settle run among them; null for a month that was never settled. */
export async function runsOfMonth(
  runs: Pick<RunStore, 'readRuns'>,
  month: RunRecord['month'],
): Promise<MonthRuns | null> {
  const all = await runs.readRuns(month);
  const settle = all.find(({ runId }) => runNumberOf(runId) === SETTLE_RUN);
  return settle ? { settle, all } : null;
}
