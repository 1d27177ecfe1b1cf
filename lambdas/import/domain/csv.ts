/**
 * Comma-separated values (RFC 4180), a row a line: a quoted cell may hold commas and doubled quotes, and no cell holds a
 * line break. So a quote that is not closed spoils its own line, and never the rows that follow.
 */
import { byteLines, lineText, START, type Place } from './lines.ts';

/** A row, and the place in the file where it begins. */
export interface CsvRow extends Place {
  /** Without the blanks around them. Those before the fault, when there is one. */
  readonly cells: readonly string[];
  readonly fault: CellFault | null;
}

/** Why a row cannot be read, and in which of its cells, 0 the first; null when it is none of them. */
export interface CellFault {
  readonly cell: number | null;
  readonly reason: string;
}

/** The rows of UTF-8 that begins at a place; those whose every cell is empty are passed over. */
export async function* csvRows(chunks: AsyncIterable<Buffer>, from: Place = START): AsyncGenerator<CsvRow> {
  for await (const found of byteLines(chunks, from)) {
    const { text, fault } = lineText(found);
    const row = readRow(text.endsWith('\r') ? text.slice(0, -1) : text, fault);
    if (row.fault || row.cells.some((cell) => cell !== '')) yield { byte: found.start, line: found.line, ...row };
  }
}

/** A cell and where it ends, or why it is none. */
type Cell = { readonly text: string; readonly end: number } | { readonly reason: string };

function readRow(text: string, fault: string | null): Pick<CsvRow, 'cells' | 'fault'> {
  const cells: string[] = [];
  for (let at = 0; ;) {
    const cell = text[at] === '"' ? quotedCell(text, at) : plainCell(text, at);
    if ('reason' in cell) return { cells, fault: { cell: cells.length, reason: cell.reason } };
    cells.push(cell.text.trim());
    if (cell.end === text.length) return { cells, fault: fault === null ? null : lineFault(cells, fault) };
    at = cell.end + 1;
  }
}

/** What is no UTF-8 was decoded as U+FFFD. */
function lineFault(cells: readonly string[], reason: string): CellFault {
  const cell = cells.findIndex((text) => text.includes('\uFFFD'));
  return { cell: cell < 0 ? null : cell, reason };
}

function plainCell(row: string, at: number): Cell {
  const comma = row.indexOf(',', at);
  const end = comma < 0 ? row.length : comma;
  const text = row.slice(at, end);
  return text.includes('"')
    ? { reason: 'has a quote: such a cell stands in quotes, with its own doubled' }
    : { text, end };
}

function quotedCell(row: string, at: number): Cell {
  let text = '';
  for (let from = at + 1; ;) {
    const quote = row.indexOf('"', from);
    if (quote < 0) return { reason: 'has a quote that is not closed on its line; no cell holds a line break' };
    text += row.slice(from, quote);
    const next = row[quote + 1];
    if (next === undefined || next === ',') return { text, end: quote + 1 };
    if (next !== '"') return { reason: 'has text after its closing quote' };
    text += '"';
    from = quote + 2;
  }
}
