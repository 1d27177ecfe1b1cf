/** How an import's outcome is told, to a person at the command line and in an execution's failure. */
import type { CatalogFault } from '../../settlement/domain/compile-catalogs.ts';
import type { RecordProblem } from './record.ts';
import type { RefusedCounts } from './refused.ts';
import type { ControlTotals } from './sums.ts';

/** The files themselves are at fault. */
export type InputRefused =
  | { readonly outcome: 'catalogs-refused'; readonly faults: readonly CatalogFault[] }
  | (RefusedCounts & {
      readonly outcome: 'records-refused';
      /** Where they are listed, when it is said nowhere else. */
      readonly listed?: string;
    });

/** A run that is not decided yet. */
export interface OpenRun {
  readonly runId: string;
  /** It waits for a person; else its execution goes on by itself. */
  readonly waits: boolean;
}

/** Why files that can be imported are not. */
export type ImportRefused =
  | { readonly outcome: 'no-accounts' }
  | ({ readonly outcome: 'run-open' } & OpenRun)
  | { readonly outcome: 'buckets-differ'; readonly deployed: number }
  | { readonly outcome: 'pointer-moved'; readonly importId: string };

export interface ImportDone {
  /** `put-in-force`: the import was closed before, and the month points to it again. */
  readonly outcome: 'imported' | 'put-in-force' | 'unchanged';
  readonly importId: string;
  readonly totals: ControlTotals;
}

export type ImportOutcome = ImportDone | InputRefused | ImportRefused;

/** The problem of a record whose account stands in the file already. */
export const twice = (id: string, line: number): RecordProblem => ({
  field: 'accountId',
  reason: `${id} stands in the file already, on line ${line}`,
});

/** The sentence for an outcome, and whether the month's import is now what the files say. */
export function sentenceOf(
  result: ImportOutcome,
  month: string,
): { readonly holds: boolean; readonly sentence: string } {
  switch (result.outcome) {
    case 'imported':
      return { holds: true, sentence: `Import ${result.importId} is closed and in force for ${month}.` };
    case 'put-in-force':
      return { holds: true, sentence: `Import ${result.importId} was closed before; ${month} points to it again.` };
    case 'unchanged':
      return { holds: true, sentence: `Nothing changed: ${month} has import ${result.importId} of the same files.` };
    case 'catalogs-refused':
    case 'records-refused':
      return refusal(refusedReason(result), month);
    case 'no-accounts':
      return refusal('the files hold no account, and a month without accounts bills nobody', month);
    case 'run-open':
      return refusal(
        result.waits
          ? `run ${result.runId} has pinned the import in force, and waits for a person: decide it with "tr1l run approve|reject ${month} --run ${Number(result.runId.slice(-4))}", and import again`
          : `run ${result.runId} is open and has pinned the import in force; let it be approved, or redrive its execution, and import again`,
        month,
      );
    case 'buckets-differ':
      return refusal(
        `this deployment's data is in ${result.deployed} buckets, and the bucket count is part of every key: it can never change`,
        month,
      );
    case 'pointer-moved':
      return refusal(
        `another import came into force meanwhile; import ${result.importId} is closed, run the import again`,
        month,
      );
  }
}

/** What a person should look at, though it is no fault: the usage of another month is a file like any other. */
export const warningsOf = ({ usageRecords, otherMonths }: ControlTotals, month: string): string[] =>
  usageRecords > otherMonths
    ? []
    : [`No usage record is of ${month}: every account is billed as if nothing had been used.`];

/** What is wrong with files. */
export function refusedReason(result: InputRefused): string {
  if (result.outcome === 'catalogs-refused')
    return `the catalog file has ${result.faults.length} fault${result.faults.length === 1 ? '' : 's'}`;
  const { refused, duplicates, brokenRows, listed } = result;
  const never = [
    ...(duplicates > 0 ? [`${duplicates} of them because they stand twice`] : []),
    ...(brokenRows > 0 ? [`${brokenRows} of them with rows of CSV that cannot be read`] : []),
  ];
  const why = never.length > 0 ? `, ${never.join(' and ')}, which is never left out` : '';
  const where = listed === undefined ? '' : `; each is listed with its line, field and reason below ${listed}`;
  return `${refused} ${refused === 1 ? 'record was' : 'records were'} refused${why}${where}`;
}

const refusal = (reason: string, month: string) => ({
  holds: false,
  sentence: `The import in force for ${month} is as it was: ${reason}.`,
});
