import type { RunPayload } from '../contracts/settlement-payloads.ts';
import type { RunStore } from './adapters/run-store.ts';
import { InvalidRunInput } from './domain/faults.ts';
import { differsFromPinned, runNumberOf, type RunRecord } from './domain/run.ts';

/**
 * The record of the run that a shard belongs to. What a run has pinned is what its record says: a payload that says
 * otherwise is refused, before it could write invoices that the run does not prove.
 */
export async function pinnedRun(runs: RunStore, payload: RunPayload): Promise<RunRecord> {
  const run = await runs.readRun(payload.month, runNumberOf(payload.runId));
  const difference = differsFromPinned(payload, run);
  if (run === null || difference !== null)
    throw new InvalidRunInput(difference ?? `Run ${payload.runId} was never opened.`);
  return run;
}
