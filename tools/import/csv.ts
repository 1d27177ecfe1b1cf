/** Comma-separated values (RFC 4180): quoted fields may hold commas, line breaks and doubled quotes. */
import { createReadStream } from 'node:fs';

/** A row and the line of the file on which it begins. */
export interface CsvRow {
  readonly line: number;
  readonly cells: readonly string[];
}

/** The rows of a UTF-8 file; empty lines are passed over. A quote that is never closed ends with the file. */
export async function* readCsv(path: string): AsyncGenerator<CsvRow> {
  const reader = new CsvReader();
  for await (const chunk of createReadStream(path, { encoding: 'utf8' }) as AsyncIterable<string>)
    yield* reader.read(chunk);
  yield* reader.end();
}

class CsvReader {
  #cells: string[] = [];
  #cell = '';
  #isQuoted = false;
  /** The last character was a quote inside a quoted cell: its end, or the first half of a doubled one. */
  #sawQuote = false;
  #line = 1;
  #rowLine = 1;
  #isFirst = true;

  *read(chunk: string): Generator<CsvRow> {
    let text = chunk;
    if (this.#isFirst && chunk !== '') {
      this.#isFirst = false;
      if (chunk.startsWith('\uFEFF')) text = chunk.slice(1);
    }
    for (const character of text) {
      if (this.#isQuoted && !this.#sawQuote) this.#insideQuotes(character);
      else if (this.#sawQuote && character === '"') this.#doubledQuote();
      else {
        if (this.#sawQuote) [this.#isQuoted, this.#sawQuote] = [false, false];
        if (character === '"' && this.#cell === '') this.#isQuoted = true;
        else if (character === ',') this.#endCell();
        else if (character === '\n') yield* this.#endRow();
        else this.#cell += character;
      }
      if (character === '\n') this.#line++;
    }
  }

  *end(): Generator<CsvRow> {
    yield* this.#endRow();
  }

  #insideQuotes(character: string): void {
    if (character === '"') this.#sawQuote = true;
    else this.#cell += character;
  }

  #doubledQuote(): void {
    this.#cell += '"';
    this.#sawQuote = false;
  }

  #endCell(): void {
    this.#cells.push(this.#cell.trim());
    this.#cell = '';
  }

  *#endRow(): Generator<CsvRow> {
    this.#endCell();
    const row = { line: this.#rowLine, cells: this.#cells };
    this.#cells = [];
    [this.#isQuoted, this.#sawQuote] = [false, false];
    this.#rowLine = this.#line + 1;
    if (row.cells.some((cell) => cell !== '')) yield row;
  }
}
