/** Whether a run's proofs add up to its import. */
import { shardsOf, type RunRecord, type ShardProof } from './run.ts';
import { addTally, emptyTally, type Tally } from './tally.ts';

/** How many problems and conflicts a message names; all of them are in the proofs. */
const NAMED = 10;

export type Balance =
  | { readonly outcome: 'balanced'; readonly totals: Tally }
  | { readonly outcome: 'unbalanced'; readonly sentence: string }
  | { readonly outcome: 'conflicts'; readonly sentence: string };

/** Adds the proofs of a run's shards and compares the sums with what the run pinned. */
export function balanceOf(run: RunRecord, proofs: readonly ShardProof[]): Balance {
  const problems: string[] = [];
  const totals = emptyTally();
  const byShard = new Map(proofs.map((proof) => [proof.shard, proof]));
  let unnamed = 0;
  const shards = shardsOf(run);
  for (const shard of shards) {
    const proof = byShard.get(shard);
    if (!proof) {
      problems.push(`shard ${shard} has no proof`);
      continue;
    }
    addTally(totals, proof);
    unnamed += proof.problemCount - proof.problems.length;
    problems.push(
      ...proof.problems.map(({ kind, accountId, detail }) =>
        [kind, accountId, detail].filter((part) => part !== null).join(' '),
      ),
    );
  }
  if (byShard.size > shards.length) problems.push(`${byShard.size} proofs for ${shards.length} shards`);
  problems.push(...sumProblems(run, totals));

  const conflicts = proofs.flatMap((proof) => proof.conflicts);
  const differing = `${conflicts.length} stored invoices differ from what its input comes to: ${named(conflicts, 0)}`;
  if (problems.length + unnamed > 0) {
    const sentence = `Run ${run.runId} does not balance (${problems.length + unnamed} problems): ${named(problems, unnamed)}`;
    return { outcome: 'unbalanced', sentence: conflicts.length > 0 ? `${sentence}. Also, ${differing}` : sentence };
  }
  if (conflicts.length > 0) return { outcome: 'conflicts', sentence: `Run ${run.runId} balances, but ${differing}` };
  return { outcome: 'balanced', totals };
}

function sumProblems(run: RunRecord, totals: Tally): string[] {
  const won = Object.values(totals.byCode).reduce((sum, amount) => sum + amount, 0);
  const compared: [what: string, found: number, expected: number][] = [
    ['accounts', totals.accounts, run.accounts],
    ['usage records', totals.usageRecords, run.usageRecords],
    ['invoices and rejections', totals.invoices + totals.billedBefore + totals.rejected, run.accounts],
    [
      'usage billed, rejected and foreign',
      totals.billedUsage + totals.rejectedUsage + totals.foreignUsage,
      run.usageRecords,
    ],
    ['won of all charge codes, as won due less carried forward', won, totals.amountDue - totals.carriedForward],
  ];
  return compared
    .filter(([, found, expected]) => found !== expected)
    .map(([what, found, expected]) => `${what}: ${found} found, ${expected} expected`);
}

function named(all: readonly string[], unnamed: number): string {
  const shown = all.slice(0, NAMED);
  const more = all.length + unnamed - shown.length;
  return more > 0 ? `${shown.join('; ')}; and ${more} more` : shown.join('; ');
}
