/** Reads the records of a file, whole or a part of it, and cuts a file into parts. */
import { BLOCK_LINES, blockOf } from './blocks.ts';
import { byteLines, jsonRecords, START, type Place } from './lines.ts';
import type { SourceRecord } from './record.ts';
import { csvColumns, csvRecords, type Columns } from './usage-csv.ts';

/** CSV by a name that ends in `.csv`, whatever its case; JSON Lines otherwise. */
export type FileFormat = 'csv' | 'jsonl';

export const formatOf = (name: string): FileFormat => (name.toLowerCase().endsWith('.csv') ? 'csv' : 'jsonl');

/** How the bytes of a file are got: from one, `start`, to another, `end` excluded. */
export type ReadBytes = (start: number, end: number) => AsyncIterable<Buffer>;

/** A part of a file: it begins with the line at its place, and ends before the byte `end`. */
export interface FilePart extends Place {
  readonly end: number;
}

/** A file in parts. They touch: each begins at the byte before which the one before it ends, and one is there at least. */
export interface CutFile {
  readonly format: FileFormat;
  /** What the heading of a CSV file says, for the parts that do not begin with it. */
  readonly columns: Columns | null;
  readonly parts: readonly FilePart[];
}

/** The records of a whole file. */
export const fileRecords = (format: FileFormat, chunks: AsyncIterable<Buffer>): AsyncIterable<SourceRecord> =>
  format === 'csv' ? csvRecords(chunks) : jsonRecords(chunks);

/** The records of one part: those that begin in it, and all of each. */
export function partRecords(
  { format, columns }: Pick<CutFile, 'format' | 'columns'>,
  part: FilePart,
  read: ReadBytes,
): AsyncIterable<SourceRecord> {
  const chunks = read(part.byte, part.end);
  if (format === 'jsonl') return jsonRecords(chunks, part);
  return csvRecords(chunks, part, part.byte === 0 ? null : columns);
}

/**
 * Cuts a file where a block of lines begins, so that each part but the last has `partBytes` at least. The reader that
 * finds the cuts is the one that reads the parts, and a cut is the end of one part and the start of the next.
 */
export async function cutFile(
  format: FileFormat,
  read: ReadBytes,
  fileBytes: number,
  partBytes: number,
): Promise<CutFile> {
  const columns = format === 'csv' ? await csvColumns(read(0, fileBytes)) : null;
  const parts: FilePart[] = [];
  let part: Place = START;
  let block = 0;
  for await (const { byte, line } of recordStarts(format, read(0, fileBytes))) {
    const isNewBlock = blockOf(line) > block;
    block = blockOf(line);
    if (!isNewBlock || byte - part.byte < partBytes) continue;
    parts.push({ ...part, end: byte });
    part = { byte, line };
  }
  return { format, columns, parts: [...parts, { ...part, end: fileBytes }] };
}

/** Where records begin. Of JSON Lines, where every thousandth line does: no other is a place to cut at. */
async function* recordStarts(format: FileFormat, chunks: AsyncIterable<Buffer>): AsyncGenerator<Place> {
  if (format === 'csv') for await (const { byte, line } of csvRecords(chunks)) yield { byte, line };
  else for await (const { start, line } of byteLines(chunks)) if (line % BLOCK_LINES === 1) yield { byte: start, line };
}
