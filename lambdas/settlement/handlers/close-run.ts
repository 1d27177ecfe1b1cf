/**
 * Called by: the state CloseRun, after every shard was verified.
 * Guarantees: a run is approved by one conditional write that is bound to the digest of its proofs, and only when they
 * add up to its import and no invoice conflicts. Called again it answers with the decision that stands.
 * Fails when: the run does not balance (RunDoesNotBalance) or has conflicts (RunHasConflicts): a person must look; or it
 * was never opened (InvalidRunInput).
 */
import { closePayload } from '../../contracts/settlement-payloads.ts';
import { clients } from '../../platform/clients.ts';
import { decode } from '../../platform/decode.ts';
import { digestOf } from '../../platform/digest.ts';
import { entryPoint, type Invocation } from '../../platform/entry.ts';
import { once, readEnv } from '../../platform/env.ts';
import { runStore, type RunStore } from '../adapters/run-store.ts';
import { balanceOf } from '../domain/balance.ts';
import { InvalidRunInput, RunDoesNotBalance, RunHasConflicts } from '../domain/faults.ts';
import { runNumberOf, shardsOf, type RunRecord } from '../domain/run.ts';
import { closeRunEnv } from '../env.ts';

export interface CloseRunDeps {
  readonly runs: RunStore;
}

/** Adds the proofs of a run up and approves it. */
export async function closeRun(
  { runs }: CloseRunDeps,
  event: unknown,
  { log, clock }: Pick<Invocation, 'log' | 'clock'>,
) {
  const { month, runId } = decode(closePayload, event, 'the run to close');
  const run = await runs.readRun(month, runNumberOf(runId));
  if (run?.runId !== runId) throw new InvalidRunInput(`Run ${runId} of ${month} was never opened.`);
  if (run.status === 'APPROVED') return answer(run);

  const proofs = await runs.readProofs(runId);
  const balance = balanceOf(run, proofs);
  if (balance.outcome === 'unbalanced') throw new RunDoesNotBalance(balance.sentence);
  if (balance.outcome === 'conflicts') throw new RunHasConflicts(balance.sentence);

  const { totals } = balance;
  const proofDigest = digestOf(proofs);
  const decided = await runs.approve(run, { approvedAt: clock.now(), proofDigest, totals });
  const counts = { invoices: totals.invoices, rejected: totals.rejected, foreignUsage: totals.foreignUsage };
  log.info('RUN_APPROVED', { runId, proofDigest: decided.proofDigest, ...counts });
  return answer(decided);
}

/** What the state machine goes on with, and publishes: the same for every call, as it is read from the decision. */
function answer(run: RunRecord) {
  const { month, runId, importId, catalogDigest, bucketCount, shardCount, accounts, approvedAt, totals } = run;
  if (run.status !== 'APPROVED' || approvedAt === null || totals === null)
    throw new Error(`run ${runId} is ${run.status}, and nothing but CloseRun decides it`);
  const { invoices, rejected, amountDue } = totals;
  return {
    outcome: 'approved' as const,
    ...{ month, runId, importId, catalogDigest, bucketCount, shardCount, shards: shardsOf(run), accounts, approvedAt },
    totals: { invoices, rejected, amountDue },
  };
}

const deps = once((): CloseRunDeps => ({ runs: runStore(clients.dynamo(), readEnv(closeRunEnv).RUNS_TABLE) }));

export const handler = entryPoint('close-run', (event, invocation) => closeRun(deps(), event, invocation));
