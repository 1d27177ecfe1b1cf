/** Records as they come from a file, or from something that makes them on the way. */

/** What is wrong with a record: where in it, and what is allowed there. */
export interface RecordProblem {
  readonly field: string;
  readonly reason: string;
}

/** One record as it was read. `line` is where it begins in its file, 1 the first. */
export type SourceRecord = { readonly line: number; readonly value: Readonly<Record<string, unknown>> } | UnreadRecord;

/** What is no record, and why: one problem at least. */
export interface UnreadRecord {
  readonly line: number;
  readonly problems: readonly RecordProblem[];
  /** What is known of whose it is. */
  readonly identity?: Readonly<Record<string, unknown>>;
  /** A row of CSV that cannot be read as a row: it is not known whose it is, so it may never be left out. */
  readonly isBrokenRow?: boolean;
}

/** Starts reading from the beginning: a source can be read twice, once to check everything, once to write it. */
export type RecordSource = () => AsyncIterable<SourceRecord>;

/** The two files of records that an import is made of. */
export type RecordKind = 'accounts' | 'usage';

/** A record that cannot be kept: one problem of it. */
export interface Refusal extends RecordProblem {
  readonly file: RecordKind;
  /** The line on which the record begins. */
  readonly line: number;
}

/** The whole of a record, where no field can be named. */
export const WHOLE = '(whole)';
