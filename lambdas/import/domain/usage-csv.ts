/**
 * Usage as CSV: a heading, then one row a line of an account with its counters, and one row more for each further
 * payment of that line. The rows of an account stand together; what a row leaves empty is missing, which is 0. Every row
 * has as many cells as the heading: one with less was cut off. A merchant with a line break needs JSON Lines.
 *
 *     accountId,month,lineId,dataMb,voiceSec,messages,paymentDate,paymentMerchant,paymentAmount,paymentKind
 *     A1,2026-01,L1,12345,600,3,2026-01-03,Shop,5500,micro
 *     A1,2026-01,L1,,,,2026-01-09,Shop,1100,micro
 */
import { csvRows, type CsvRow } from './csv.ts';
import { START, type Place } from './lines.ts';
import { WHOLE, type RecordProblem, type SourceRecord, type UnreadRecord } from './record.ts';

const COUNTERS = ['dataMb', 'voiceSec', 'messages'] as const;
const PAYMENT = ['paymentDate', 'paymentMerchant', 'paymentAmount', 'paymentKind'] as const;
const COLUMNS = ['accountId', 'month', 'lineId', ...COUNTERS, ...PAYMENT] as const;
const REQUIRED = ['accountId', 'month', 'lineId'] as const;
type Column = (typeof COLUMNS)[number];

/** Problems that one record is held for: a file of nothing but broken rows must not fill the memory. */
const MAX_PROBLEMS = 1000;

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
  readonly problems: RecordProblem[];
  isBrokenRow: boolean;
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
      if ('problems' in heading) {
        yield { ...heading, byte: row.byte };
        return;
      }
      columns = heading.columns;
      continue;
    }
    const cells = cellsOf(row, columns);
    const broken = rowProblem(row, columns);
    const { accountId = '', month = '' } = cells;
    // A row that is broken before its month may be of any account: it stands with the one before it.
    const isUnknown = broken !== null && (accountId === '' || month === '');
    const isOther = gathered?.accountId !== accountId || gathered.month !== month;
    if (gathered && (isUnknown ? gathered.problems.length >= MAX_PROBLEMS : isOther)) {
      yield recordOf(gathered);
      gathered = null;
    }
    const { line, byte } = row;
    gathered ??= { line, byte, accountId, month, lines: [], problems: [], isBrokenRow: false };
    if (broken) gathered.isBrokenRow = true;
    for (const { field, reason } of broken ? [broken] : addRow(gathered, cells))
      gathered.problems.push({ field, reason: `${reason} (line ${line})` });
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

const recordOf = ({ line, byte, accountId, month, lines, problems, isBrokenRow }: Gathered): PlacedRecord =>
  problems.length > 0
    ? { line, byte, problems, isBrokenRow, identity: { accountId, month } }
    : { line, byte, value: { accountId, month, lines } };

function readHeading({ line, cells, fault }: CsvRow): { columns: Columns } | UnreadRecord {
  const unknown = cells.filter((cell) => !COLUMNS.some((column) => column === cell));
  const missing = REQUIRED.filter((column) => !cells.includes(column));
  const twice = cells.filter((cell, index) => cells.indexOf(cell) < index);
  const wrong = fault
    ? [fault.reason]
    : [
        ...unknown.map((cell) => `does not know "${cell}"`),
        ...missing.map((cell) => `lacks ${cell}`),
        ...twice.map((cell) => `names ${cell} twice`),
      ];
  if (wrong.length === 0) return { columns: cells as Columns };
  const reason = `the heading ${wrong.join(', ')}; its columns are ${COLUMNS.join(', ')}`;
  return { line, problems: [{ field: WHOLE, reason }], isBrokenRow: true };
}

/** Why a row cannot be told by the heading's columns; null when it can. */
function rowProblem({ cells, fault }: CsvRow, columns: Columns): RecordProblem | null {
  if (fault) return { field: columns[fault.cell ?? columns.length] ?? WHOLE, reason: fault.reason };
  if (cells.length === columns.length) return null;
  return { field: WHOLE, reason: `must have ${columns.length} cells, as the heading has, not ${cells.length}` };
}

/** The cells that hold something, by column. */
const cellsOf = ({ cells }: CsvRow, columns: Columns): Cells =>
  Object.fromEntries(columns.flatMap((column, index) => (cells[index] ? [[column, cells[index]]] : [])));

/** Adds a row to its account's record; answers with what is wrong with it. */
function addRow({ lines }: Gathered, cells: Cells): RecordProblem[] {
  const { lineId, paymentAmount } = cells;
  const problems: RecordProblem[] = [];
  if (lineId === undefined) problems.push({ field: 'lineId', reason: 'must be given' });
  const counters: Partial<Record<(typeof COUNTERS)[number], number>> = {};
  const number = (column: Column, text: string): number => {
    if (!NUMBER.test(text)) problems.push({ field: column, reason: `must be a number, not "${text}"` });
    return Number(text);
  };
  for (const counter of COUNTERS) {
    const text = cells[counter];
    if (text !== undefined) counters[counter] = number(counter, text);
  }
  const amount = paymentAmount === undefined ? undefined : number('paymentAmount', paymentAmount);
  let line = lines.find((known) => known.lineId === lineId);
  if (line && COUNTERS.some((counter) => counters[counter] !== undefined))
    problems.push({
      field: 'lineId',
      reason: `${lineId} has counters twice; further rows of a line only hold payments`,
    });
  if (lineId === undefined) return problems;
  if (!line) lines.push((line = { lineId, ...counters, payments: [] }));
  if (PAYMENT.some((column) => cells[column] !== undefined)) line.payments.push(paymentOf(cells, amount));
  return problems;
}

/** The order of the keys is part of the import's digest. */
const paymentOf = ({ paymentDate, paymentMerchant, paymentKind }: Cells, amount?: number): Record<string, unknown> => ({
  ...(paymentDate === undefined ? {} : { date: paymentDate }),
  ...(paymentMerchant === undefined ? {} : { merchant: paymentMerchant }),
  ...(amount === undefined ? {} : { amount }),
  ...(paymentKind === undefined ? {} : { kind: paymentKind }),
});

/** A number as JSON would write it: a negative one is no fault of the file, and is rejected when it is billed. */
const NUMBER = /^-?\d+(\.\d+)?$/;
