import type { ShardPayload } from '../contracts/settlement-payloads.ts';
import type { RunStore } from './adapters/run-store.ts';
import { InvalidRunInput } from './domain/faults.ts';
import { differsFromPinned, runNumberOf, type BucketScope, type RunRecord } from './domain/run.ts';

/**
 * The record of the run that a shard belongs to. What a run has pinned is what its record says: a payload that says
 * otherwise is refused, before it could write invoices that the run does not prove.
 */
export async function pinnedRun(runs: RunStore, payload: ShardPayload): Promise<RunRecord> {
  const run = await runs.readRun(payload.month, runNumberOf(payload.runId));
  const difference = differsFromPinned(payload, run);
  if (run === null || difference !== null)
    throw new InvalidRunInput(difference ?? `Run ${payload.runId} was never opened.`);
  return run;
}

/** What a retry is limited to in a bucket, as it pinned it; null for a settle run, which settles all accounts. */
export async function scopeIn(runs: RunStore, run: RunRecord, bucket: number): Promise<BucketScope | null> {
  if (run.mode === 'settle') return null;
  const accounts = await runs.readScope(run.runId, bucket);
  return { accounts: new Set(accounts), approvedBefore: new Set(run.approvedBefore) };
}
