/** The story of a run as text. */
import type { Conflict } from '../../lambdas/settlement/adapters/run-store.ts';
import { runNumberOf, shardsOf, type RunRecord } from '../../lambdas/settlement/domain/run.ts';
import { counted } from '../cli/files.ts';
import type { RunStory } from './run-story.ts';

const SHOWN = 20;
/** The first digits of a proof's digest, by which a person names it. */
export const PROOF_DIGITS = 12;
const number = (value: number): string => value.toLocaleString('en');
const sign = (holds: boolean): string => (holds ? '✔' : '✘');

/** The story as a person reads it. */
export function runText(story: RunStory): string {
  const { run, shardsProved, totals, conflicts, problems, problemCount, otherRuns } = story;
  const named = problems.map(({ kind, accountId, detail }) =>
    [kind, accountId ?? '', detail].filter(Boolean).join(' '),
  );
  const shards = shardsOf(run).length;
  const codes = Object.entries(totals.byCode).sort(([a], [b]) => (a < b ? -1 : 1));
  const won = codes.reduce((sum, [, amount]) => sum + amount, 0);
  const due = totals.amountDue - totals.carriedForward;
  const widest = Math.max(number(won).length, ...codes.map(([, amount]) => number(amount).length));
  const before = totals.billedBefore > 0 ? ` + ${number(totals.billedBefore)} billed before` : '';
  return [
    `${run.runId}: ${stateOf(run)}`,
    `  import ${run.importId}, catalogs ${run.catalogDigest.slice(0, 12)}, opened ${run.openedAt}`,
    ...(run.reason === null ? [] : [`  a retry of ${counted(run.accounts, 'account')}: ${run.reason}`]),
    `  ${number(shardsProved)} of ${counted(shards, 'shard')} ${shards === 1 ? 'is' : 'are'} proved${decidedOn(run)}`,
    '',
    `  ${sign(totals.invoices + totals.billedBefore + totals.rejected === run.accounts)} ${counted(run.accounts, 'account')} = ${counted(totals.invoices, 'invoice')} + ${counted(totals.rejected, 'rejection')}${before}`,
    `  ${sign(totals.billedUsage + totals.rejectedUsage + totals.foreignUsage === run.usageRecords)} ${counted(run.usageRecords, 'usage record')} = ${number(totals.billedUsage)} billed + ${number(totals.rejectedUsage)} rejected + ${number(totals.foreignUsage)} foreign`,
    `  ${sign(won === due)} ${number(won)} won of all charge codes = ${number(totals.amountDue)} due − ${number(totals.carriedForward)} carried forward`,
    ...codes.map(([code, amount]) => `      ${code.padEnd(19)} ${number(amount).padStart(widest)}`),
    `  ${sign(conflicts.length === 0)} ${counted(conflicts.length, 'conflict')}${conflicts.length > 0 ? ', among the invoices:' : ''}`,
    ...some(conflicts.map(conflictText), conflicts.length),
    `  ${sign(problemCount === 0)} ${counted(problemCount, 'problem')}`,
    ...some(named, problemCount),
    ...nextOf(story),
    ...(otherRuns.length === 0
      ? []
      : ['', '  Other runs of the month (--run shows one):', ...otherRuns.map(otherRunText)]),
  ].join('\n');
}

/** `A0000001     stored 45,000 won, comes to 47,000 won now`. */
export const conflictText = ({ accountId, storedAmountDue, computedAmountDue }: Conflict): string =>
  `${accountId.padEnd(12)} stored ${number(storedAmountDue)} won, ${computedAmountDue === null ? 'would be rejected now' : `comes to ${number(computedAmountDue)} won now`}`;

const some = (lines: readonly string[], count: number): string[] => {
  const shown = lines.slice(0, SHOWN);
  const more = count - shown.length;
  return [...shown.map((line) => `    ${line}`), ...(more > 0 ? [`    … and ${number(more)} more`] : [])];
};

function stateOf({ status, waits, approvedAt, decision }: RunRecord): string {
  if (waits !== null) return `${status}, waits for a person since ${waits.since}`;
  const by = decision === null ? '' : ` by ${decision.by}: ${decision.reason}`;
  const at = approvedAt ?? decision?.at ?? null;
  return `${status}${at === null ? '' : ` since ${at}`}${by}`;
}

const decidedOn = ({ proofDigest }: RunRecord): string =>
  proofDigest === null ? '' : `; decided on the proof ${proofDigest.slice(0, PROOF_DIGITS)}`;

/** How a run stands that is decided: who, when, and on what. */
export const decisionText = (run: RunRecord): string => `run ${run.runId} is ${stateOf(run)}${decidedOn(run)}`;

/** What a person can do about an open run. */
function nextOf({ run, sentence, outcome, waiting }: RunStory): string[] {
  if (run.status !== 'OPEN' || sentence === null) return [];
  if (outcome === 'unbalanced') return ['', `  It cannot be approved: ${sentence}`];
  const which = `${run.month} --run ${runNumberOf(run.runId)}`;
  return [
    '',
    `  A person decides: "tr1l run approve ${which}" issues the stored invoices, "tr1l run reject ${which}" ends the run.`,
    `  ${counted(waiting, 'execution')} ${waiting === 1 ? 'has' : 'have'} come to wait for it.`,
  ];
}

const otherRunText = ({ runId, mode, status, waits, accounts, reason }: RunRecord): string =>
  `    ${runId}  ${mode} of ${counted(accounts, 'account')}, ${status}${waits === null ? '' : ' (waits for a person)'}${reason === null ? '' : `: ${reason}`}`;
