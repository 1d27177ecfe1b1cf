/**
 * Where records come from: files of JSON Lines, CSV, or a population that is made on the way. A source can be read
 * twice: once to check everything, once to write it, so that nothing is written of a file that is broken.
 */
import { createReadStream } from 'node:fs';
import { isMembers } from '../../lambdas/settlement/domain/form.ts';

/** What is wrong with a record: where in it, and what is allowed there. */
export interface RecordProblem {
  readonly field: string;
  readonly reason: string;
}

/** One record as it was read. `line` is where it begins in its file, 1 the first. */
export type SourceRecord =
  | { readonly line: number; readonly value: Readonly<Record<string, unknown>> }
  | { readonly line: number; readonly problem: RecordProblem };

/** Starts reading from the beginning. */
export type RecordSource = () => AsyncIterable<SourceRecord>;

/** The whole of a record, where no field can be named. */
export const WHOLE = '(whole)';

/** A line of text with its number, 1 the first, and the bytes of the file that it takes, `end` excluded. */
export interface TextLine {
  readonly line: number;
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

const NEWLINE = 0x0a;

/** The lines of a UTF-8 file that are not empty. A byte order mark and carriage returns are no part of their text. */
export async function* readLines(path: string): AsyncGenerator<TextLine> {
  let rest: Buffer = Buffer.alloc(0);
  let [start, line] = [0, 0];
  const next = (bytes: Buffer): TextLine => {
    const found = { line: ++line, text: trimLine(bytes.toString('utf8'), line), start, end: start + bytes.length };
    start = found.end + 1;
    return found;
  };
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 18 }) as AsyncIterable<Buffer>) {
    const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    let from = 0;
    for (let to = bytes.indexOf(NEWLINE); to >= 0; to = bytes.indexOf(NEWLINE, from)) {
      const found = next(bytes.subarray(from, to));
      if (found.text !== '') yield found;
      from = to + 1;
    }
    rest = bytes.subarray(from);
  }
  const last = next(rest);
  if (last.text !== '') yield last;
}

const trimLine = (text: string, line: number): string =>
  (line === 1 && text.startsWith('\uFEFF') ? text.slice(1) : text).trim();

/** The records of a JSON Lines file. */
export const jsonLinesFile =
  (path: string): RecordSource =>
  () =>
    jsonRecords(path);

async function* jsonRecords(path: string): AsyncGenerator<SourceRecord> {
  for await (const { line, text } of readLines(path)) yield jsonRecord(line, text);
}

function jsonRecord(line: number, text: string): SourceRecord {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { line, problem: { field: WHOLE, reason: 'is no JSON: each line must be one JSON object' } };
  }
  return isMembers(value) ? { line, value } : { line, problem: { field: WHOLE, reason: 'must be a JSON object' } };
}

/** The records of something that is made in this process. */
export const recordsOf =
  (make: () => Iterable<object>): RecordSource =>
  () =>
    numbered(make());

// Asynchronous as files are; `await` between records would only cost time.
// eslint-disable-next-line @typescript-eslint/require-await
async function* numbered(values: Iterable<object>): AsyncGenerator<SourceRecord> {
  let line = 0;
  for (const value of values) yield { line: ++line, value: value as Readonly<Record<string, unknown>> };
}
