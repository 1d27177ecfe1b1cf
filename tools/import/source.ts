/** Sources of records on this machine: files, and populations that are made on the way. */
import { createReadStream } from 'node:fs';
import { textLines, type TextLine } from '../../lambdas/import/domain/lines.ts';
import { fileRecords, formatOf } from '../../lambdas/import/domain/record-file.ts';
import type { RecordSource, SourceRecord } from '../../lambdas/import/domain/record.ts';

/** Greater pieces are not faster, and memory shows those that are not collected yet. */
const PIECE_BYTES = 1 << 16;

const chunksOf = (path: string) => createReadStream(path, { highWaterMark: PIECE_BYTES }) as AsyncIterable<Buffer>;

/** The lines of a UTF-8 file that are not empty. */
export const readLines = (path: string): AsyncGenerator<TextLine> => textLines(chunksOf(path));

/** The records of a JSON Lines file. */
export const jsonLinesFile =
  (path: string): RecordSource =>
  () =>
    fileRecords('jsonl', chunksOf(path));

/** The usage records of a file, CSV or JSON Lines by its name. */
export const usageFile =
  (path: string): RecordSource =>
  () =>
    fileRecords(formatOf(path), chunksOf(path));

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
