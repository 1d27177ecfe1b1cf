/** A month's run as a person reads it: what it pinned, what its shards prove, and whether that adds up. */
import type { Conflict, RunStore } from '../../lambdas/settlement/adapters/run-store.ts';
import { balanceOf } from '../../lambdas/settlement/domain/balance.ts';
import { runNumberOf, type RunRecord, type ShardProof } from '../../lambdas/settlement/domain/run.ts';
import { addTally, emptyTally, type Tally } from '../../lambdas/settlement/domain/tally.ts';
import type { Problem } from '../../lambdas/settlement/domain/prove-bucket.ts';

export interface RunStory {
  readonly run: RunRecord;
  /** The month's other runs, by their numbers. */
  readonly otherRuns: readonly RunRecord[];
  readonly shardsProved: number;
  /** `balanced`, `unbalanced`, `conflicts`, by the proofs that are stored. */
  readonly outcome: ReturnType<typeof balanceOf>['outcome'];
  /** Why it does not balance, or null. */
  readonly sentence: string | null;
  /** What the proofs add up to. */
  readonly totals: Tally;
  /** Stored invoices that differ from what the input comes to: a part of the invoiced. */
  readonly conflicts: readonly Conflict[];
  /** Executions that have begun to wait for a person; some may have been stopped since. */
  readonly waiting: number;
  /** A sample where a shard has many; `problemCount` counts all. */
  readonly problems: readonly Problem[];
  readonly problemCount: number;
}

/** Reads the proof that is stored with a run; null when there is no such run. */
export async function readRunStory(
  runs: Pick<RunStore, 'readRuns' | 'readProofs' | 'readConflicts' | 'readTokens'>,
  month: RunRecord['month'],
  runNumber: number,
): Promise<RunStory | null> {
  const all = await runs.readRuns(month);
  const run = all.find(({ runId }) => runNumberOf(runId) === runNumber);
  if (!run) return null;
  const proofs = await runs.readProofs(run.runId);
  const balance = balanceOf(run, proofs);
  const totals = emptyTally();
  for (const proof of proofs) addTally(totals, proof);
  return {
    run,
    otherRuns: all.filter((other) => other !== run),
    shardsProved: proofs.length,
    outcome: balance.outcome,
    sentence: 'sentence' in balance ? balance.sentence : null,
    totals,
    conflicts: await listedConflicts(runs, run.runId, proofs),
    waiting: run.waits === null ? 0 : (await runs.readTokens(run.runId)).length,
    problems: proofs.flatMap((proof) => proof.problems),
    problemCount: proofs.reduce((sum, proof) => sum + proof.problemCount, 0),
  };
}

/** The conflicts that the proofs list; the items beside them are the last thing that was seen of an account. */
export async function listedConflicts(
  runs: Pick<RunStore, 'readConflicts'>,
  runId: string,
  proofs: readonly ShardProof[],
): Promise<Conflict[]> {
  const listed = new Set(proofs.flatMap((proof) => proof.conflicts));
  if (listed.size === 0) return [];
  return (await runs.readConflicts(runId)).filter(({ accountId }) => listed.has(accountId));
}

/** Whether somebody must look: the proof does not balance, or the run waits for a decision. */
export const needsPerson = ({ run, outcome }: RunStory): boolean =>
  run.status === 'OPEN' ? outcome !== 'balanced' : run.status === 'APPROVED' && outcome === 'unbalanced';
