/** Comma-separated values (RFC 4180): quoted fields may hold commas, line breaks and doubled quotes. */
import { InvalidImportInput } from './faults.ts';
import { START, type Place } from './lines.ts';

/** A row, and the place in the file where it begins. */
export interface CsvRow extends Place {
  readonly cells: readonly string[];
}

/** The rows of UTF-8 that begins at a place; empty lines are passed over. A quote that is never closed ends with the file, or as `InvalidImportInput`. */
export async function* csvRows(chunks: AsyncIterable<Buffer>, from: Place = START): AsyncGenerator<CsvRow> {
  const reader = new CsvReader(from);
  for await (const chunk of chunks) yield* reader.read(chunk);
  yield* reader.end();
}

/** A record may be 300,000 bytes long; a cell that is far longer must not fill the memory. */
const MAX_CELL_BYTES = 1 << 20;

/** A byte order mark, read as Latin-1. */
const MARK = '\u00EF\u00BB\u00BF';

/**
 * Reads bytes as Latin-1, where a character is a byte: so a place is known in bytes, and a character that lies in two
 * chunks does no harm. What a cell holds is decoded as UTF-8 when it is whole; no byte of a longer character is ASCII.
 */
class CsvReader {
  #cells: string[] = [];
  #cell = '';
  #isQuoted = false;
  /** The last character was a quote inside a quoted cell: its end, or the first half of a doubled one. */
  #sawQuote = false;
  #byte: number;
  #line: number;
  #row: Place;
  readonly #mayHaveMark: boolean;

  constructor(from: Place) {
    this.#byte = from.byte;
    this.#line = from.line;
    this.#row = from;
    this.#mayHaveMark = from.byte === 0;
  }

  *read(chunk: Buffer): Generator<CsvRow> {
    for (const character of chunk.toString('latin1')) {
      this.#byte++;
      if (this.#isQuoted && !this.#sawQuote) this.#insideQuotes(character);
      else if (this.#sawQuote && character === '"') this.#doubledQuote();
      else {
        if (this.#sawQuote) [this.#isQuoted, this.#sawQuote] = [false, false];
        if (character === '"' && (this.#cell === '' || this.#isMark())) {
          this.#cell = '';
          this.#isQuoted = true;
        } else if (character === ',') this.#endCell();
        else if (character === '\n') yield* this.#endRow();
        else this.#add(character);
      }
      if (character === '\n') this.#line++;
    }
  }

  *end(): Generator<CsvRow> {
    yield* this.#endRow();
  }

  /** The cell is nothing but the file's byte order mark. */
  #isMark(): boolean {
    return this.#mayHaveMark && this.#row.byte === 0 && this.#cells.length === 0 && this.#cell === MARK;
  }

  #insideQuotes(character: string): void {
    if (character === '"') this.#sawQuote = true;
    else this.#add(character);
  }

  #add(character: string): void {
    this.#cell += character;
    if (this.#cell.length <= MAX_CELL_BYTES) return;
    const { line } = this.#row;
    throw new InvalidImportInput(
      `The row of line ${line} has a cell of more than ${MAX_CELL_BYTES} bytes: is a quote not closed?`,
    );
  }

  #doubledQuote(): void {
    this.#cell += '"';
    this.#sawQuote = false;
  }

  #endCell(): void {
    const { byte } = this.#row;
    const isFirst = this.#mayHaveMark && byte === 0 && this.#cells.length === 0;
    const cell = isFirst && this.#cell.startsWith(MARK) ? this.#cell.slice(MARK.length) : this.#cell;
    this.#cells.push(utf8(cell).trim());
    this.#cell = '';
  }

  *#endRow(): Generator<CsvRow> {
    this.#endCell();
    const row = { ...this.#row, cells: this.#cells };
    this.#cells = [];
    [this.#isQuoted, this.#sawQuote] = [false, false];
    this.#row = { byte: this.#byte, line: this.#line + 1 };
    if (row.cells.some((cell) => cell !== '')) yield row;
  }
}

const utf8 = (latin1: string): string =>
  // eslint-disable-next-line no-control-regex
  /^[\x00-\x7F]*$/.test(latin1) ? latin1 : Buffer.from(latin1, 'latin1').toString('utf8');
