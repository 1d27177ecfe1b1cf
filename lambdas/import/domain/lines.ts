/** The lines of a UTF-8 file, and the records of JSON Lines. */
import { isMembers } from '../../settlement/domain/form.ts';
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
  /** Empty when the line is too long to be held. */
  readonly bytes: Buffer;
  readonly start: number;
  readonly end: number;
}

/** A line of text. */
export interface TextLine extends Omit<ByteLine, 'bytes'> {
  readonly text: string;
  /** Why the text is not what stands in the file; null when it is. */
  readonly fault: string | null;
}

const NEWLINE = 0x0a;
const NOTHING = Buffer.alloc(0);
/** A record may be 300,000 bytes long; what is far longer is no line, and must not fill the memory. */
const MAX_LINE_BYTES = 16 << 20;

/** Every line of what begins at a place, empty ones too. */
export async function* byteLines(chunks: AsyncIterable<Buffer>, from: Place = START): AsyncGenerator<ByteLine> {
  let held: Buffer[] = [];
  let heldBytes = 0;
  let { byte: start, line } = from;
  const next = (last: Buffer): ByteLine => {
    const length = heldBytes + last.length;
    const bytes = length > MAX_LINE_BYTES ? NOTHING : held.length === 0 ? last : Buffer.concat([...held, last]);
    held = [];
    heldBytes = 0;
    const found = { line: line++, bytes, start, end: start + length };
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
    heldBytes += chunk.length - at;
    if (heldBytes > MAX_LINE_BYTES) held = [];
    else held.push(chunk.subarray(at));
  }
  if (heldBytes > 0) yield next(NOTHING);
}

/** The text of a line. The file's byte order mark is no part of it. */
export function lineText({ line, bytes, start, end }: ByteLine): TextLine {
  const decoded = bytes.toString('utf8');
  const text = start === 0 && decoded.startsWith('\uFEFF') ? decoded.slice(1) : decoded;
  return { line, text, start, end, fault: faultOf(bytes, end - start, text) };
}

function faultOf(bytes: Buffer, length: number, text: string): string | null {
  if (bytes.length < length) return `is longer than ${MAX_LINE_BYTES} bytes: is a line break missing?`;
  // What is no UTF-8 is decoded as U+FFFD; a look at the bytes tells whether it stands there itself.
  return text.includes('\uFFFD') && !isUtf8(bytes) ? 'is not UTF-8' : null;
}

const STRICT = new TextDecoder('utf-8', { fatal: true });

function isUtf8(bytes: Buffer): boolean {
  try {
    STRICT.decode(bytes);
    return true;
  } catch {
    return false;
  }
}

/** The lines that are not empty, without the blanks and carriage returns around them. */
export async function* textLines(chunks: AsyncIterable<Buffer>, from: Place = START): AsyncGenerator<TextLine> {
  for await (const found of byteLines(chunks, from)) {
    const { line, text, start, end, fault } = lineText(found);
    const trimmed = text.trim();
    if (trimmed !== '' || fault !== null) yield { line, text: trimmed, start, end, fault };
  }
}

/** The records of JSON Lines. */
export async function* jsonRecords(chunks: AsyncIterable<Buffer>, from: Place = START): AsyncGenerator<SourceRecord> {
  for await (const found of textLines(chunks, from)) yield jsonRecord(found);
}

function jsonRecord({ line, text, fault }: TextLine): SourceRecord {
  if (fault !== null) return { line, problems: [{ field: WHOLE, reason: fault }] };
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { line, problems: [{ field: WHOLE, reason: 'is no JSON: each line must be one JSON object' }] };
  }
  return isMembers(value) ? { line, value } : { line, problems: [{ field: WHOLE, reason: 'must be a JSON object' }] };
}
