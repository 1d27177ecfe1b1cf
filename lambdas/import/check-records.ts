/** The first reading of an import: every record is checked and counted, and nothing is written. */
import type { Month } from '../kernel/dates.ts';
import type { Members } from '../settlement/domain/form.ts';
import { RecordCounter } from './control-totals.ts';
import type { BlockDigest } from './domain/blocks.ts';
import {
  readAccountRecord,
  readUsageRecord,
  type AccountToStore,
  type Read,
  type UsageToStore,
} from './domain/read-records.ts';
import type { RecordKind, RecordProblem, Refusal, SourceRecord } from './domain/record.ts';
import type { RefusedCounts } from './domain/refused.ts';
import { twice } from './domain/sentences.ts';
import type { Sums } from './domain/sums.ts';

/** Records of a file. */
export interface FileCounts {
  readonly read: number;
  readonly refused: number;
}

/** What was found in one file, or in a part of it. */
export interface CheckedRecords extends FileCounts, RefusedCounts {
  readonly sums: Sums;
  readonly blocks: readonly BlockDigest[];
}

/** A record that can be kept. `id` names it in its file. */
export type Kept =
  | { readonly kind: 'accounts'; readonly id: string; readonly record: AccountToStore }
  | { readonly kind: 'usage'; readonly id: string; readonly record: UsageToStore };

/** Reads a record as what is stored of it, or says what is wrong with it. */
export function readRecord(kind: RecordKind, value: Members): Read<Kept> {
  if (kind === 'accounts') {
    const read = readAccountRecord(value);
    return read.ok ? { ok: true, record: { kind, id: read.record.accountId, record: read.record } } : read;
  }
  const read = readUsageRecord(value);
  const id = (record: UsageToStore): string => `${record.accountId} of ${record.month}`;
  return read.ok ? { ok: true, record: { kind, id: id(read.record), record: read.record } } : read;
}

/** Checks the records of a file or a part. Every problem is reported as it is found, in the order of the lines. */
export async function checkRecords(
  kind: RecordKind,
  month: Month,
  records: AsyncIterable<SourceRecord>,
  onRefused: (refusal: Refusal) => void,
): Promise<CheckedRecords> {
  const counter = new RecordCounter(month);
  const seen = new Map<string, number>();
  let [read, refused, duplicates, brokenRows] = [0, 0, 0, 0];
  const refuse = (line: number, problems: readonly RecordProblem[]): void => {
    refused++;
    for (const problem of problems) onRefused({ file: kind, line, ...problem });
  };
  for await (const found of records) {
    read++;
    const { line } = found;
    if ('problems' in found) {
      if (found.isBrokenRow) brokenRows++;
      refuse(line, found.problems);
      continue;
    }
    const result = readRecord(kind, found.value);
    if (!result.ok) {
      refuse(line, result.problems);
      continue;
    }
    const { id } = result.record;
    const first = seen.get(id);
    if (first !== undefined) {
      duplicates++;
      refuse(line, [twice(id, first)]);
      continue;
    }
    seen.set(id, line);
    counter.add(kind, line, found.value);
  }
  return { read, refused, duplicates, brokenRows, ...counter.counted() };
}
