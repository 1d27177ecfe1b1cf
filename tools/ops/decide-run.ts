/** A person's decision on a run: what may be decided, and the one write that decides it. */
import type { Put } from '@aws-sdk/client-dynamodb';
import type { Conflict, RunStore } from '../../lambdas/settlement/adapters/run-store.ts';
import { balanceOf } from '../../lambdas/settlement/domain/balance.ts';
import { shardsOf, type RunRecord, type ShardProof } from '../../lambdas/settlement/domain/run.ts';
import { addTally, emptyTally, type Tally } from '../../lambdas/settlement/domain/tally.ts';
import { listedConflicts } from './run-story.ts';
import type { Instant } from '../../lambdas/kernel/dates.ts';
import { digestOf } from '../../lambdas/platform/digest.ts';

/** What a person decides on. */
export interface Deciding {
  readonly run: RunRecord;
  readonly proofDigest: string;
  readonly totals: Tally;
  readonly conflicts: readonly Conflict[];
  /** Why the run cannot be approved now, or null. */
  readonly notApprovable: string | null;
  /** Why it cannot be rejected now, or null. */
  readonly notRejectable: string | null;
}

type Verdict = 'APPROVED' | 'REJECTED';

/** Reads a run with its proofs as they are now. */
export async function readDeciding(
  runs: Pick<RunStore, 'readProofs' | 'readConflicts'>,
  run: RunRecord,
): Promise<Deciding> {
  const proofs = await runs.readProofs(run.runId);
  const totals = emptyTally();
  for (const proof of proofs) addTally(totals, proof);
  const proofDigest = digestOf(proofs);
  const conflicts = await listedConflicts(runs, run.runId, proofs);
  const balance = balanceOf(run, proofs);
  const notApprovable = whyNotApproved(run, proofDigest, balance);
  return { run, proofDigest, totals, conflicts, notApprovable, notRejectable: whyNotRejected(run, proofs) };
}

function whyNotApproved(
  { runId, waits }: RunRecord,
  proofDigest: string,
  balance: ReturnType<typeof balanceOf>,
): string | null {
  if (balance.outcome === 'unbalanced') return balance.sentence;
  if (waits === null) return `Run ${runId} does not wait for a person: redrive its execution, it goes on by itself`;
  return waits.proofDigest === proofDigest
    ? null
    : `The proof of run ${runId} is being made anew: look again when it waits`;
}

/** A worker that is late would write invoices under the id of a run that has ended: nobody could bill their accounts. */
function whyNotRejected(run: RunRecord, proofs: readonly ShardProof[]): string | null {
  const proved = new Set(proofs.map(({ shard }) => shard));
  const shards = shardsOf(run);
  const count = shards.filter((shard) => proved.has(shard)).length;
  return count === shards.length
    ? null
    : `Run ${run.runId} may still write invoices, ${count} of ${shards.length} ${shards.length === 1 ? 'shard' : 'shards'} proved: let its execution end, or redrive it, and reject the run when every shard is`;
}

/** Decides, if the run is still what was looked at, and writes the audit entry with it; answers with the run as it stands. */
export const decideRun = (
  runs: Pick<RunStore, 'decide'>,
  { run, proofDigest, totals }: Deciding,
  status: Verdict,
  person: { readonly by: string; readonly reason: string },
  at: Instant,
  audit?: Put,
): Promise<RunRecord> => runs.decide(run, { status, at, proofDigest, totals, person }, audit);
