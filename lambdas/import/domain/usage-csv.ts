/**
 * Usage as CSV: a heading, then one row a line of an account with its counters, and one row more for each further
 * payment of that line. The rows of an account stand together; what a row leaves empty is missing, which is 0.
 *
 *     accountId,month,lineId,dataMb,voiceSec,messages,paymentDate,paymentMerchant,paymentAmount,paymentKind
 *     A1,2026-01,L1,12345,600,3,2026-01-03,Shop,5500,micro
 *     A1,2026-01,L1,,,,2026-01-09,Shop,1100,micro
 */
import { csvRows, type CsvRow } from './csv.ts';
import { START, type Place } from './lines.ts';
import { WHOLE, type RecordProblem, type SourceRecord } from './record.ts';

const COUNTERS = ['dataMb', 'voiceSec', 'messages'] as const;
const PAYMENT = ['paymentDate', 'paymentMerchant', 'paymentAmount', 'paymentKind'] as const;
const COLUMNS = ['accountId', 'month', 'lineId', ...COUNTERS, ...PAYMENT] as const;
const REQUIRED = ['accountId', 'month', 'lineId'] as const;
type Column = (typeof COLUMNS)[number];

/** What the heading says each cell of a row is. */
export type Columns = readonly Column[];

type Cells = Readonly<Partial<Record<Column, string>>>;

interface UsageLine {
  lineId: string;
  dataMb?: number;
  voiceSec?: number;
  messages?: number;
  payments: Record<string, unknown>[];
}

/** The record of one account, as its rows are gathered. */
interface Gathered {
  readonly line: number;
  readonly byte: number;
  readonly accountId: string;
  readonly month: string;
  readonly lines: UsageLine[];
  problem: RecordProblem | null;
}

/** A record, and the byte at which its first row begins. */
export type PlacedRecord = SourceRecord & { readonly byte: number };

/**
 * The usage records of CSV that begins at a place: at the start of the file, or, when the columns are known already,
 * where the first row of a record begins. A heading that cannot be read is a problem, and ends the reading.
 */
export async function* csvRecords(
  chunks: AsyncIterable<Buffer>,
  from: Place = START,
  known: Columns | null = null,
): AsyncGenerator<PlacedRecord> {
  let columns = known;
  let gathered: Gathered | null = null;
  for await (const row of csvRows(chunks, from)) {
    if (columns === null) {
      const heading = readHeading(row);
      if ('problem' in heading) {
        yield { ...heading, byte: row.byte };
        return;
      }
      columns = heading.columns;
      continue;
    }
    const cells = cellsOf(row, columns);
    const { accountId = '', month = '' } = cells;
    if (gathered && (gathered.accountId !== accountId || gathered.month !== month)) {
      yield recordOf(gathered);
      gathered = null;
    }
    gathered ??= { line: row.line, byte: row.byte, accountId, month, lines: [], problem: null };
    const problem = row.cells.length > columns.length ? tooManyCells(row, columns.length) : addRow(gathered, cells);
    if (problem) gathered.problem ??= { ...problem, reason: `${problem.reason} (line ${row.line})` };
  }
  if (gathered) yield recordOf(gathered);
}

/** The columns that the heading names; null when there is none that can be read. */
export async function csvColumns(chunks: AsyncIterable<Buffer>): Promise<Columns | null> {
  for await (const row of csvRows(chunks)) {
    const heading = readHeading(row);
    return 'columns' in heading ? heading.columns : null;
  }
  return null;
}

const recordOf = ({ line, byte, accountId, month, lines, problem }: Gathered): PlacedRecord =>
  problem ? { line, byte, problem } : { line, byte, value: { accountId, month, lines } };

function readHeading({ line, cells }: CsvRow): { columns: Columns } | (SourceRecord & { problem: RecordProblem }) {
  const unknown = cells.filter((cell) => !COLUMNS.some((column) => column === cell));
  const missing = REQUIRED.filter((column) => !cells.includes(column));
  const twice = cells.filter((cell, index) => cells.indexOf(cell) < index);
  const wrong = [
    ...unknown.map((cell) => `does not know "${cell}"`),
    ...missing.map((cell) => `lacks ${cell}`),
    ...twice.map((cell) => `names ${cell} twice`),
  ];
  if (wrong.length === 0) return { columns: cells as Columns };
  const reason = `the heading ${wrong.join(', ')}; its columns are ${COLUMNS.join(', ')}`;
  return { line, problem: { field: WHOLE, reason } };
}

const tooManyCells = ({ cells }: CsvRow, columns: number): RecordProblem => ({
  field: WHOLE,
  reason: `has ${cells.length} cells where the heading has ${columns}`,
});

/** The cells that hold something, by column. */
const cellsOf = ({ cells }: CsvRow, columns: Columns): Cells =>
  Object.fromEntries(columns.flatMap((column, index) => (cells[index] ? [[column, cells[index]]] : [])));

/** Adds a row to its account's record; answers with what is wrong with it. */
function addRow({ lines }: Gathered, cells: Cells): RecordProblem | null {
  const { lineId } = cells;
  if (lineId === undefined) return { field: 'lineId', reason: 'must be given' };
  const counters: Partial<Record<(typeof COUNTERS)[number], number>> = {};
  for (const counter of COUNTERS) {
    const text = cells[counter];
    if (text === undefined) continue;
    const value = numberIn(text);
    if (value === null) return notNumber(counter, text);
    counters[counter] = value;
  }
  let line = lines.find((known) => known.lineId === lineId);
  if (line && COUNTERS.some((counter) => counters[counter] !== undefined))
    return { field: 'lineId', reason: `${lineId} has counters twice; further rows of a line only hold payments` };
  if (!line) lines.push((line = { lineId, ...counters, payments: [] }));
  return PAYMENT.some((column) => cells[column] !== undefined) ? addPayment(line, cells) : null;
}

function addPayment(line: UsageLine, cells: Cells): RecordProblem | null {
  const { paymentAmount, paymentDate, paymentMerchant, paymentKind } = cells;
  const amount = paymentAmount === undefined ? undefined : numberIn(paymentAmount);
  if (amount === null) return notNumber('paymentAmount', paymentAmount ?? '');
  line.payments.push({
    ...(paymentDate === undefined ? {} : { date: paymentDate }),
    ...(paymentMerchant === undefined ? {} : { merchant: paymentMerchant }),
    ...(amount === undefined ? {} : { amount }),
    ...(paymentKind === undefined ? {} : { kind: paymentKind }),
  });
  return null;
}

/** A number as JSON would write it: a negative one is no fault of the file, and is rejected when it is billed. */
const numberIn = (text: string): number | null => (/^-?\d+(\.\d+)?$/.test(text) ? Number(text) : null);

const notNumber = (field: Column, text: string): RecordProblem => ({
  field,
  reason: `must be a number, not "${text}"`,
});
