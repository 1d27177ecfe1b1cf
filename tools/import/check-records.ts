/** The first reading of an import: every record is checked and counted, and nothing is written. */
import type { Month } from '../../lambdas/kernel/dates.ts';
import type { Members } from '../../lambdas/settlement/domain/form.ts';
import { TotalsCounter, type ControlTotals } from './control-totals.ts';
import { readAccountRecord, readUsageRecord, type Read } from './read-records.ts';
import type { RecordProblem, RecordSource } from './source.ts';

/** A record that cannot be kept: one problem of it. */
export interface Refusal extends RecordProblem {
  readonly file: 'accounts' | 'usage';
  /** The line on which the record begins. */
  readonly line: number;
}

export interface CheckedRecords {
  readonly totals: ControlTotals;
  /** An account or a usage record stands twice: it is not known which one holds, so no import can be made of the file. */
  readonly duplicates: number;
  /** What was read of each file, and how much of it was refused. */
  readonly files: Readonly<Record<Refusal['file'], FileCounts>>;
}

/** Records of a file. */
export interface FileCounts {
  readonly read: number;
  readonly refused: number;
}

export interface RecordFiles {
  readonly month: Month;
  readonly accounts: RecordSource;
  readonly usage: RecordSource;
  readonly catalogDigest: string;
}

/** Reads both files. Every problem is reported as it is found, in the order of the lines. */
export async function checkRecords(
  { month, accounts, usage, catalogDigest }: RecordFiles,
  onRefused: (refusal: Refusal) => void,
): Promise<CheckedRecords> {
  const totals = new TotalsCounter(month);
  const files = { accounts: { read: 0, refused: 0 }, usage: { read: 0, refused: 0 } };
  let duplicates = 0;
  const check = async <T>(
    file: Refusal['file'],
    source: RecordSource,
    read: (value: Members) => Read<T>,
    idOf: (record: T) => string,
    add: (value: Members) => void,
  ): Promise<void> => {
    const seen = new Set<string>();
    const refuse = (line: number, problems: readonly RecordProblem[]): void => {
      files[file].refused++;
      for (const problem of problems) onRefused({ file, line, ...problem });
    };
    for await (const found of source()) {
      files[file].read++;
      if ('problem' in found) {
        refuse(found.line, [found.problem]);
        continue;
      }
      const result = read(found.value);
      if (!result.ok) {
        refuse(found.line, result.problems);
        continue;
      }
      const id = idOf(result.record);
      if (seen.has(id)) {
        duplicates++;
        refuse(found.line, [{ field: 'accountId', reason: `${id} stands in the file already` }]);
        continue;
      }
      seen.add(id);
      add(found.value);
    }
  };
  await check(
    'accounts',
    accounts,
    readAccountRecord,
    ({ accountId }) => accountId,
    (value) => {
      totals.addAccount(value);
    },
  );
  await check(
    'usage',
    usage,
    readUsageRecord,
    (record) => `${record.accountId} of ${record.month}`,
    (value) => {
      totals.addUsage(value);
    },
  );
  const refused = files.accounts.refused + files.usage.refused;
  return { totals: totals.totals(catalogDigest, refused), duplicates, files };
}
