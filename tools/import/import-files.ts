/** Imports files as a person does: what was refused goes to a file, and the outcome is told in a sentence. */
import type { RecordKind } from '../../lambdas/import/domain/record.ts';
import type { ImportOutcome } from '../../lambdas/import/domain/sentences.ts';
import type { ControlTotals } from '../../lambdas/import/domain/sums.ts';
import { checkInput, importMonth, type CheckedInput, type MonthImport } from './import-month.ts';
import { RefusedFile } from './refused-file.ts';
import { jsonLinesFile, usageFile } from './source.ts';

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
  const paths: Readonly<Record<RecordKind, string>> = { accounts, usage };
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
