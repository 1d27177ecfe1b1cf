/** The first reading of an import: every record is checked and counted, and nothing is written. */
import type { Month } from '../kernel/dates.ts';
import type { Members } from '../settlement/domain/form.ts';
import { RecordCounter } from './control-totals.ts';
import type { BlockDigest } from './domain/blocks.ts';
import {
  idOf,
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
  /** Whose the refused records are, where they say so, and their lines. */
  readonly refusedIds: readonly (readonly [id: string, line: number])[];
  readonly sums: Sums;
  readonly blocks: readonly BlockDigest[];
}

/** A record that can be kept. */
export type Kept =
  | { readonly kind: 'accounts'; readonly record: AccountToStore }
  | { readonly kind: 'usage'; readonly record: UsageToStore };

/** Reads a record as what is stored of it, or says what is wrong with it. */
export function readRecord(kind: RecordKind, value: Members): Read<Kept> {
  if (kind === 'accounts') {
    const read = readAccountRecord(value);
    return read.ok ? { ok: true, record: { kind, record: read.record } } : read;
  }
  const read = readUsageRecord(value);
  return read.ok ? { ok: true, record: { kind, record: read.record } } : read;
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
  const refusedIds: [string, number][] = [];
  let [read, refused, duplicates, brokenRows] = [0, 0, 0, 0];
  for await (const found of records) {
    read++;
    const { line } = found;
    const problems = [...problemsOf(kind, found)];
    const id = idOf(kind, ('problems' in found ? found.identity : found.value) ?? {});
    // One of two that are the same stands in doubt whatever else is wrong with it, or with the other.
    const first = id === null ? undefined : seen.get(id);
    if (id !== null && first !== undefined) {
      duplicates++;
      problems.push(twice(id, first));
    } else if (id !== null) seen.set(id, line);
    if ('problems' in found && found.isBrokenRow) brokenRows++;
    if ('value' in found && problems.length === 0) {
      counter.add(kind, line, found.value);
      continue;
    }
    refused++;
    if (id !== null) refusedIds.push([id, line]);
    for (const problem of problems) onRefused({ file: kind, line, ...problem });
  }
  return { read, refused, duplicates, brokenRows, refusedIds, ...counter.counted() };
}

function problemsOf(kind: RecordKind, found: SourceRecord): readonly RecordProblem[] {
  if ('problems' in found) return found.problems;
  const result = readRecord(kind, found.value);
  return result.ok ? [] : result.problems;
}
