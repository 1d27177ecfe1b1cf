/** The lines of a UTF-8 file, and the records of JSON Lines. */
import { isMembers } from '../../settlement/domain/form.ts';
import { InvalidImportInput } from './faults.ts';
import { WHOLE, type SourceRecord } from './record.ts';

/** A place in a file where a line begins: its byte, 0 the first, and its number, 1 the first. */
export interface Place {
  readonly byte: number;
  readonly line: number;
}

export const START: Place = { byte: 0, line: 1 };

/** A line as bytes, and the bytes of the file that it takes, `end` excluded; its newline is not among them. */
export interface ByteLine {
  readonly line: number;
  readonly bytes: Buffer;
  readonly start: number;
  readonly end: number;
}

/** A line of text. */
export interface TextLine extends Omit<ByteLine, 'bytes'> {
  readonly text: string;
}

const NEWLINE = 0x0a;
/** A record may be 300,000 bytes long; what is far longer is no line, and must not fill the memory. */
const MAX_LINE_BYTES = 16 << 20;

/** Every line of what begins at a place, empty ones too. Throws `InvalidImportInput` for what cannot be a line. */
export async function* byteLines(chunks: AsyncIterable<Buffer>, from: Place = START): AsyncGenerator<ByteLine> {
  let held: Buffer[] = [];
  let heldBytes = 0;
  let { byte: start, line } = from;
  const next = (last: Buffer): ByteLine => {
    const bytes = held.length === 0 ? last : Buffer.concat([...held, last]);
    held = [];
    heldBytes = 0;
    const found = { line: line++, bytes, start, end: start + bytes.length };
    start = found.end + 1;
    return found;
  };
  for await (const chunk of chunks) {
    let at = 0;
    for (let to = chunk.indexOf(NEWLINE); to >= 0; to = chunk.indexOf(NEWLINE, at)) {
      yield next(chunk.subarray(at, to));
      at = to + 1;
    }
    if (at === chunk.length) continue;
    held.push(chunk.subarray(at));
    heldBytes += chunk.length - at;
    if (heldBytes > MAX_LINE_BYTES)
      throw new InvalidImportInput(
        `Line ${line} is longer than ${MAX_LINE_BYTES} bytes: each line must be one JSON object.`,
      );
  }
  if (held.length > 0) yield next(Buffer.alloc(0));
}

/** The text of a line. The file's byte order mark is no part of it. */
export function lineText({ bytes, start }: ByteLine): string {
  const decoded = bytes.toString('utf8');
  return start === 0 && decoded.startsWith('\uFEFF') ? decoded.slice(1) : decoded;
}

/** The lines that are not empty, without the blanks and carriage returns around them. */
export async function* textLines(chunks: AsyncIterable<Buffer>, from: Place = START): AsyncGenerator<TextLine> {
  for await (const found of byteLines(chunks, from)) {
    const text = lineText(found).trim();
    if (text !== '') yield { line: found.line, text, start: found.start, end: found.end };
  }
}

/** The records of JSON Lines. */
export async function* jsonRecords(chunks: AsyncIterable<Buffer>, from: Place = START): AsyncGenerator<SourceRecord> {
  for await (const { line, text } of textLines(chunks, from)) yield jsonRecord(line, text);
}

function jsonRecord(line: number, text: string): SourceRecord {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { line, problems: [{ field: WHOLE, reason: 'is no JSON: each line must be one JSON object' }] };
  }
  return isMembers(value) ? { line, value } : { line, problems: [{ field: WHOLE, reason: 'must be a JSON object' }] };
}
