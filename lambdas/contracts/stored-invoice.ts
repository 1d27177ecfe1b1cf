/**
 * How an invoice is held in the invoices table: an item of at most 1,024 bytes for at least 95 of 100 accounts, which is
 * one write unit. What follows from the month, the account or other values is left out of the body: quantities of
 * dated pieces, remaining instalments, sums. Form 1 of the body is the JSON text of
 *
 *     [catalogId, dueDay, vat, [lineId, [row, row, …], lineId, [row, …], …]]
 *
 * where a row is `[letter, …fields]` (rows below; account-level rows stand under the line id `null`), an amount has the sign of its line and a date in the month is its
 * offset in days from the 1st. Nothing here needs zod: dispatch decodes every invoice that it plans.
 */
import { addMonths, clampedDate, dateOfDay, dayNumber, type LocalDate, type Month } from '../kernel/dates.ts';
import { won } from '../kernel/money.ts';
import type { Invoice, InvoiceLine, VatClass } from './invoice.ts';
import { totalsOf } from './invoice-totals.ts';

/** The attributes of an item of the invoices table, beside its keys `<month>#<bucket>` and `<accountId>#<version>`. */
export interface StoredInvoice {
  /** The form of `body`. */
  readonly form: 1;
  readonly runId: string;
  readonly importId: string;
  readonly catalogDigest: string;
  /** First 16 bytes of the SHA-256 of what was billed. */
  readonly inputHash: Uint8Array;
  /** SHA-256 of `contentText`. */
  readonly contentHash: Uint8Array;
  readonly body: string;
  /** What the body bills: a run's proof holds one against the other, and dispatch's proof goes by this one. */
  readonly amountDue: number;
}

/** The form that `encodeInvoice` writes. */
export const STORED_FORM = 1;

/** The text whose SHA-256 is an invoice's content hash: two items with the same one bill the same. */
export const contentText = (month: Month, accountId: string, body: string): string =>
  `${STORED_FORM}\n${month}\n${accountId}\n${body}`;

type Field = string | number | null;
type Row = [letter: string, ...fields: Field[]];

const firstDay = (month: Month): number => dayNumber(`${month}-01` as LocalDate);

/** The compact body of an invoice. Its month and account stand in the item's keys. */
export function encodeInvoice(invoice: Invoice): string {
  const origin = firstDay(invoice.month);
  const groups: (string | null | Row[])[] = [];
  let lineId: string | null | undefined;
  let rows: Row[] = [];
  for (const line of invoice.lines) {
    if (line.lineId !== lineId) {
      lineId = line.lineId;
      rows = [];
      groups.push(lineId, rows);
    }
    rows.push(rowOf(line, origin));
  }
  return JSON.stringify([invoice.catalogId, Number(invoice.dueDate.slice(8)), invoice.vat, groups]);
}

const LETTERS = {
  PLAN_FEE: 'P',
  ADD_ON: 'A',
  DATA_OVERAGE: 'D',
  VOICE_OVERAGE: 'V',
  MESSAGE_OVERAGE: 'M',
  CONTRACT_DISCOUNT: 'C',
  BUNDLE_DISCOUNT: 'B',
  WELFARE_DISCOUNT: 'W',
  TERMINATION_CHARGE: 'T',
  MICRO_PAYMENT: 'm',
  CONTENT_PAYMENT: 'c',
  INSTALMENT: 'I',
  ARREARS: 'a',
  LATE_FEE: 'l',
  CREDIT: 'k',
  ROUNDING: 'r',
} as const satisfies Record<InvoiceLine['code'], string>;

function rowOf(line: InvoiceLine, origin: number): Row {
  const letter = LETTERS[line.code];
  const dated = (from: LocalDate, to: LocalDate): [number, number] => [
    dayNumber(from) - origin,
    dayNumber(to) - origin,
  ];
  switch (line.code) {
    case 'PLAN_FEE': {
      const row: Row = [letter, line.ref, ...dated(line.from, line.to), line.amount];
      if (line.suspension !== null) row.push(line.suspension);
      return row;
    }
    case 'ADD_ON': {
      const row: Row = [letter, line.ref, ...dated(line.from, line.to), line.amount];
      if (line.vat === 'none') row.push(0);
      return row;
    }
    case 'CONTRACT_DISCOUNT':
    case 'BUNDLE_DISCOUNT':
    case 'TERMINATION_CHARGE':
      return [letter, ...dated(line.from, line.to), line.amount];
    case 'DATA_OVERAGE':
    case 'VOICE_OVERAGE':
    case 'MESSAGE_OVERAGE':
      return [letter, line.ref, line.quantity, line.amount];
    case 'MICRO_PAYMENT':
    case 'CONTENT_PAYMENT':
      return [letter, line.quantity, line.amount];
    case 'INSTALMENT':
      return [letter, line.ref, line.number, line.totalMonths, line.amount];
    case 'WELFARE_DISCOUNT':
    case 'CREDIT':
      return [letter, line.ref, line.amount];
    case 'ARREARS':
    case 'LATE_FEE':
    case 'ROUNDING':
      return [letter, line.amount];
  }
}

/** The invoice of a body that `encodeInvoice` wrote. Throws an error that names the account for any other text. */
export function decodeInvoice(month: Month, accountId: string, body: string): Invoice {
  try {
    const [catalogId, dueDay, vat, groups] = list(JSON.parse(body));
    const lines: InvoiceLine[] = [];
    const origin = firstDay(month);
    const members = list(groups);
    for (let index = 0; index < members.length; index += 2) {
      const lineId = members[index] === null ? null : text(members[index]);
      for (const row of list(members[index + 1])) lines.push(lineOf(lineId, new Fields(list(row)), origin));
    }
    return {
      accountId,
      month,
      catalogId: text(catalogId),
      dueDate: clampedDate(addMonths(month, 1), whole(dueDay)),
      lines,
      ...totalsOf(lines, won(whole(vat))),
    };
  } catch (cause) {
    throw new Error(`the stored invoice of ${accountId} for ${month} is not readable: ${String(cause)}`, { cause });
  }
}

function lineOf(lineId: string | null, row: Fields, origin: number): InvoiceLine {
  const letter = row.text();
  const none = { from: null, to: null } as const;
  const included = { vat: 'included' } as const;
  const date = (): LocalDate => dateOfDay(origin + row.whole());
  const span = () => {
    const [from, to] = [date(), date()];
    return { from, to, quantity: dayNumber(to) - dayNumber(from) };
  };
  if (lineId === null) {
    const common = { lineId, ...none, quantity: 1, vat: 'none' } as const;
    if (letter === 'k') return { ...common, code: 'CREDIT', ref: row.text(), amount: row.won() };
    const code = ({ a: 'ARREARS', l: 'LATE_FEE', r: 'ROUNDING' } as const)[letter as 'a' | 'l' | 'r'] as
      'ARREARS' | 'LATE_FEE' | 'ROUNDING' | undefined;
    if (code) return { ...common, code, ref: null, amount: row.won() };
    throw new TypeError(`account row ${letter}`);
  }
  switch (letter) {
    case 'P': {
      const line = { lineId, code: 'PLAN_FEE', ref: row.text(), ...span(), amount: row.won(), ...included } as const;
      return { ...line, suspension: row.atEnd() ? null : row.text() };
    }
    case 'A': {
      const line = { lineId, code: 'ADD_ON', ref: row.text(), ...span(), amount: row.won() } as const;
      const vat: VatClass = row.atEnd() ? 'included' : 'none';
      return { ...line, vat };
    }
    case 'D':
    case 'V':
    case 'M': {
      const code = ({ D: 'DATA_OVERAGE', V: 'VOICE_OVERAGE', M: 'MESSAGE_OVERAGE' } as const)[letter];
      return { lineId, code, ref: row.text(), ...none, quantity: row.whole(), amount: row.won(), ...included };
    }
    case 'C':
    case 'B': {
      const code = letter === 'C' ? 'CONTRACT_DISCOUNT' : 'BUNDLE_DISCOUNT';
      return { lineId, code, ref: null, ...span(), amount: row.won(), ...included };
    }
    case 'W':
      return {
        lineId,
        code: 'WELFARE_DISCOUNT',
        ref: row.text(),
        ...none,
        quantity: 1,
        amount: row.won(),
        ...included,
      };
    case 'T':
      return { lineId, code: 'TERMINATION_CHARGE', ref: null, ...span(), amount: row.won(), ...included };
    case 'm':
    case 'c': {
      const code = letter === 'm' ? 'MICRO_PAYMENT' : 'CONTENT_PAYMENT';
      return { lineId, code, ref: null, ...none, quantity: row.whole(), amount: row.won(), vat: 'none' };
    }
    case 'I': {
      const [ref, number, totalMonths, amount] = [row.text(), row.whole(), row.whole(), row.won()];
      const remaining = won((totalMonths - number) * amount);
      const line = { lineId, code: 'INSTALMENT', ref, ...none, quantity: 1, amount, vat: 'none' } as const;
      return { ...line, number, totalMonths, remaining };
    }
    default:
      throw new TypeError(`row ${letter}`);
  }
}

/** Reads a row from left to right. */
class Fields {
  readonly #fields: readonly unknown[];
  #next = 0;

  constructor(fields: readonly unknown[]) {
    this.#fields = fields;
  }

  text = (): string => text(this.#fields[this.#next++]);
  whole = (): number => whole(this.#fields[this.#next++]);
  won = () => won(this.whole());
  atEnd = (): boolean => this.#next >= this.#fields.length;
}

function list(value: unknown): readonly unknown[] {
  if (!Array.isArray(value)) throw new TypeError('a list was expected');
  return value;
}

function text(value: unknown): string {
  if (typeof value !== 'string') throw new TypeError('a text was expected');
  return value;
}

function whole(value: unknown): number {
  if (!Number.isSafeInteger(value)) throw new TypeError('a whole number was expected');
  return value as number;
}
