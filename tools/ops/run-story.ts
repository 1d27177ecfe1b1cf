/** A month's run as a person reads it: what it pinned, what its shards prove, and whether that adds up. */
import type { RunStore } from '../../lambdas/settlement/adapters/run-store.ts';
import { balanceOf } from '../../lambdas/settlement/domain/balance.ts';
import { runNumberOf, shardsOf, type RunRecord } from '../../lambdas/settlement/domain/run.ts';
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
  /** Accounts whose stored invoice differs from what the input comes to: a part of the invoiced. */
  readonly conflicts: readonly string[];
  /** A sample where a shard has many; `problemCount` counts all. */
  readonly problems: readonly Problem[];
  readonly problemCount: number;
}

/** Reads the proof that is stored with a run; null when there is no such run. */
export async function readRunStory(
  runs: Pick<RunStore, 'readRuns' | 'readProofs'>,
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
    conflicts: proofs.flatMap((proof) => proof.conflicts),
    problems: proofs.flatMap((proof) => proof.problems),
    problemCount: proofs.reduce((sum, proof) => sum + proof.problemCount, 0),
  };
}

const SHOWN = 20;
const number = (value: number): string => value.toLocaleString('en');

/** The story as text. */
export function runText({
  run,
  otherRuns,
  shardsProved,
  sentence,
  totals,
  conflicts,
  problems,
  problemCount,
}: RunStory): string {
  const named = problems
    .slice(0, SHOWN)
    .map(({ kind, accountId, detail }) => `    ${[kind, accountId ?? '', detail].filter(Boolean).join(' ')}`);
  const codes = Object.entries(totals.byCode).sort(([a], [b]) => (a < b ? -1 : 1));
  const won = codes.reduce((sum, [, amount]) => sum + amount, 0);
  const due = totals.amountDue - totals.carriedForward;
  const widest = Math.max(number(won).length, ...codes.map(([, amount]) => number(amount).length));
  return [
    `${run.runId}: ${run.status}${run.approvedAt === null ? '' : ` since ${run.approvedAt}`}`,
    `  import ${run.importId}, catalogs ${run.catalogDigest.slice(0, 12)}, opened ${run.openedAt}`,
    ...(run.reason === null ? [] : [`  a retry of ${number(run.accounts)} accounts: ${run.reason}`]),
    `  ${number(shardsProved)} of ${number(shardsOf(run).length)} shards are proved${run.proofDigest === null ? '' : `; approved on the proof ${run.proofDigest.slice(0, 12)}`}`,
    '',
    `  ${sign(totals.invoices + totals.billedBefore + totals.rejected === run.accounts)} ${number(run.accounts)} accounts = ${number(totals.invoices)} invoices + ${number(totals.rejected)} rejections${totals.billedBefore > 0 ? ` + ${number(totals.billedBefore)} billed before` : ''}`,
    `  ${sign(totals.billedUsage + totals.rejectedUsage + totals.foreignUsage === run.usageRecords)} ${number(run.usageRecords)} usage records = ${number(totals.billedUsage)} billed + ${number(totals.rejectedUsage)} rejected + ${number(totals.foreignUsage)} foreign`,
    `  ${sign(won === due)} ${number(won)} won of all charge codes = ${number(totals.amountDue)} due − ${number(totals.carriedForward)} carried forward`,
    ...codes.map(([code, amount]) => `      ${code.padEnd(19)} ${number(amount).padStart(widest)}`),
    `  ${sign(conflicts.length === 0)} ${number(conflicts.length)} conflicts${list(conflicts)}`,
    `  ${sign(problemCount === 0)} ${number(problemCount)} problems`,
    ...named,
    ...(problemCount > named.length ? [`    … and ${number(problemCount - named.length)} more`] : []),
    ...(sentence === null ? [] : ['', `  It cannot be approved: ${sentence}`]),
    ...(otherRuns.length === 0
      ? []
      : ['', '  Other runs of the month (--run shows one):', ...otherRuns.map(otherRunText)]),
  ].join('\n');
}

const otherRunText = ({ runId, mode, status, accounts, reason }: RunRecord): string =>
  `    ${runId}  ${mode} of ${number(accounts)} accounts, ${status}${reason === null ? '' : `: ${reason}`}`;
const sign = (holds: boolean): string => (holds ? '✔' : '✘');
const list = (ids: readonly string[]): string =>
  ids.length === 0 ? '' : `: ${ids.slice(0, SHOWN).join(', ')}${ids.length > SHOWN ? ', …' : ''}`;
