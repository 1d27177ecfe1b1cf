/** Imports files as a person does: what was refused goes to a file, and the outcome is told in a sentence. */
import type { Refusal } from './check-records.ts';
import type { ControlTotals } from './control-totals.ts';
import {
  checkInput,
  importMonth,
  type CheckedInput,
  type ImportOutcome,
  type InputRefused,
  type MonthImport,
} from './import-month.ts';
import { RefusedFile } from './refused-file.ts';
import { jsonLinesFile, type RecordSource } from './source.ts';
import { usageCsvFile } from './usage-csv.ts';

export interface FileImport extends Omit<MonthImport, 'accounts' | 'usage' | 'onRefused'> {
  /** Paths. Usage that ends in `.csv` is read as CSV. */
  readonly accounts: string;
  readonly usage: string;
  /** Where refused records are written. */
  readonly refusedFile: string;
  /** How many problems of records are kept to be shown. */
  readonly shown: number;
}

export interface FileOutcome<R = ImportOutcome> {
  readonly result: R;
  /** The first problems of records, each with file, line and field; and how many there are. */
  readonly shown: readonly string[];
  readonly problems: number;
}

/** The usage records of a file, CSV or JSON Lines by its name. */
export const usageFile = (path: string): RecordSource =>
  path.toLowerCase().endsWith('.csv') ? usageCsvFile(path) : jsonLinesFile(path);

/** Imports a month's files. */
export const importFiles = (job: FileImport): Promise<FileOutcome> =>
  withFiles(job, (records) => importMonth({ ...job, ...records }));

/** Checks a month's files as an import would; nothing is written but the list of what was refused. */
export const checkFiles = (
  job: Pick<FileImport, FileNames | 'month' | 'catalogs' | 'maxRefused'>,
): Promise<FileOutcome<CheckedInput>> => withFiles(job, (records) => checkInput({ ...job, ...records }));

type FileNames = 'accounts' | 'usage' | 'refusedFile' | 'shown';

async function withFiles<R>(
  { accounts, usage, refusedFile, shown }: Pick<FileImport, FileNames>,
  run: (records: Pick<MonthImport, 'accounts' | 'usage' | 'onRefused'>) => Promise<R>,
): Promise<FileOutcome<R>> {
  const refused = new RefusedFile(refusedFile, shown);
  const paths: Readonly<Record<Refusal['file'], string>> = { accounts, usage };
  try {
    const result = await run({
      accounts: jsonLinesFile(accounts),
      usage: usageFile(usage),
      onRefused: (refusal) => {
        refused.add(refusal, paths[refusal.file]);
      },
    });
    return { result, shown: refused.shown, problems: refused.count };
  } finally {
    refused.close();
  }
}

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
    case 'run-open':
      return refusal(
        `run ${result.runId} is open and has pinned the import in force; let it be approved, or redrive its execution, and import again`,
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

/** What is wrong with files. */
export function refusedReason(result: InputRefused): string {
  if (result.outcome === 'catalogs-refused')
    return `the catalog file has ${result.faults.length} fault${result.faults.length === 1 ? '' : 's'}`;
  const twice = result.duplicates > 0 ? `, ${result.duplicates} of them because they stand twice` : '';
  return `${result.refused} ${result.refused === 1 ? 'record was' : 'records were'} refused${twice}`;
}

const refusal = (reason: string, month: string) => ({
  holds: false,
  sentence: `The import in force for ${month} is as it was: ${reason}.`,
});

/** The control totals as a person compares them with the sender's. */
export function totalsText(totals: ControlTotals): string {
  const { accounts, usageRecords, otherMonths, refused, dataMb, voiceSec, messages, payments, paymentsWon, digest } =
    totals;
  const rows: readonly (readonly [string, number | string])[] = [
    ['accounts', accounts],
    ['usage records', usageRecords],
    ['of other months', otherMonths],
    ['refused records', refused],
    ['data, MB', dataMb],
    ['voice, seconds', voiceSec],
    ['messages', messages],
    ['payments', payments],
    ['payments, won', paymentsWon],
  ];
  const width = Math.max(...rows.map(([, value]) => grouped(value).length));
  return [
    ...rows.map(([name, value]) => `  ${name.padEnd(16)} ${grouped(value).padStart(width)}`),
    `  digest ${digest}`,
  ].join('\n');
}

const grouped = (value: number | string): string => BigInt(value).toLocaleString('en');
