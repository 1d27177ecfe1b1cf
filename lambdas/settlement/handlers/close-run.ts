/**
 * Called by: the state CloseRun, after every shard was verified, and again once a person has decided.
 * Guarantees: a run is approved by one conditional write that is bound to the digest of its proofs, and by itself only
 * when they add up to its import and no invoice conflicts. With conflicts it waits for a person, and that is noted on its
 * record. Called again it answers with the decision that stands, and wakes whoever still waits for it.
 * Fails when: the run does not balance (RunDoesNotBalance): a person must look; or it was never opened (InvalidRunInput).
 */
import { closePayload } from '../../contracts/settlement-payloads.ts';
import { clients } from '../../platform/clients.ts';
import { decode } from '../../platform/decode.ts';
import { digestOf } from '../../platform/digest.ts';
import { entryPoint, type Invocation } from '../../platform/entry.ts';
import { once, readEnv } from '../../platform/env.ts';
import { runStore, type RunStore } from '../adapters/run-store.ts';
import { wakeTasks } from '../adapters/waiting-tasks.ts';
import { balanceOf } from '../domain/balance.ts';
import { InvalidRunInput, RunDoesNotBalance } from '../domain/faults.ts';
import { runNumberOf, shardsOf, type RunRecord } from '../domain/run.ts';
import { closeRunEnv } from '../env.ts';

export interface CloseRunDeps {
  readonly runs: RunStore;
  /** Lets the executions of these task tokens go on. */
  readonly wake: (tokens: readonly string[]) => Promise<number>;
}

/** Adds the proofs of a run up and approves it, or lets it wait. */
export async function closeRun(
  { runs, wake }: CloseRunDeps,
  event: unknown,
  { log, clock }: Pick<Invocation, 'log' | 'clock'>,
) {
  const { month, runId } = decode(closePayload, event, 'the run to close');
  const found = await runs.readRun(month, runNumberOf(runId));
  if (found?.runId !== runId) throw new InvalidRunInput(`Run ${runId} of ${month} was never opened.`);
  const run = found.status === 'OPEN' ? await decideOrWait(runs, found, clock.now()) : found;
  const { status, proofDigest, waits, totals } = run;
  if (status === 'OPEN') log.info('RUN_WAITS', { runId, proofDigest: waits?.proofDigest });
  else {
    const woken = await wake(await runs.readTokens(runId));
    const counts = { invoices: totals?.invoices, rejected: totals?.rejected, foreignUsage: totals?.foreignUsage };
    log.info('RUN_DECIDED', { runId, status, proofDigest, woken, ...counts });
  }
  return answer(run);
}

async function decideOrWait(runs: RunStore, run: RunRecord, at: RunRecord['openedAt']): Promise<RunRecord> {
  const proofs = await runs.readProofs(run.runId);
  const balance = balanceOf(run, proofs);
  if (balance.outcome === 'unbalanced') throw new RunDoesNotBalance(balance.sentence);
  const proofDigest = digestOf(proofs);
  if (balance.outcome === 'conflicts') return runs.noteWaiting(run, proofDigest, at);
  return runs.decide(run, { status: 'APPROVED', at, proofDigest, totals: balance.totals, person: null });
}

/** What the state machine goes on with, and publishes: the same for every call, as it is read from the record. */
function answer(run: RunRecord) {
  const { month, runId, status, importId, catalogDigest, bucketCount, shardCount, accounts, approvedAt, totals } = run;
  if (status === 'REJECTED') return { outcome: 'rejected' as const, month, runId };
  if (approvedAt === null || totals === null) return { outcome: 'waits' as const, month, runId };
  const { invoices, rejected, amountDue } = totals;
  return {
    outcome: 'approved' as const,
    ...{ month, runId, importId, catalogDigest, bucketCount, shardCount, shards: shardsOf(run), accounts, approvedAt },
    totals: { invoices, rejected, amountDue },
  };
}

const deps = once((): CloseRunDeps => ({
  runs: runStore(clients.dynamo(), readEnv(closeRunEnv).RUNS_TABLE),
  wake: (tokens) => wakeTasks(clients.sfn(), tokens),
}));

export const handler = entryPoint('close-run', (event, invocation) => closeRun(deps(), event, invocation));
