/**
 * From a record of a file to what is stored of it. Refused is only what cannot be kept: a record without an identity,
 * or a contact, language or preference that nobody could use. An account that breaks a rule of billing is stored as it
 * is; settlement rejects it, by reason, and it is settled again once it is fixed.
 */
import { z } from 'zod';
import { preferencesSchema } from '../../contracts/preferences.ts';
import { isMonth, type Month } from '../../kernel/dates.ts';
import { ACCOUNT_ID } from '../../kernel/ids.ts';
import { isMembers, type Members } from '../../settlement/domain/form.ts';
import { WHOLE, type RecordKind, type RecordProblem } from './record.ts';

/** An account, parted into what billing reads and what it must not. */
export interface AccountToStore {
  readonly accountId: string;
  /** What billing reads, as JSON. Other keys are not kept: nothing may lie open that nobody has looked at. */
  readonly account: string;
  /** Name, e-mail and phone as JSON, to be sealed; null when there is none. */
  readonly contact: string | null;
  readonly locale: 'ko' | 'en';
  /** The dispatch preferences as JSON, or null. */
  readonly preferences: string | null;
}

/** A usage record, parted likewise. */
export interface UsageToStore {
  readonly accountId: string;
  readonly month: Month;
  /** The record as JSON, without merchants. */
  readonly usage: string;
  /** `[["merchant of the 1st payment of the 1st line", null, …], …]` as JSON, to be sealed; null when no payment names one. */
  readonly merchants: string | null;
}

export type Read<T> =
  { readonly ok: true; readonly record: T } | { readonly ok: false; readonly problems: RecordProblem[] };

/** An item of DynamoDB holds 400 KB; this leaves room for keys and for what sealing adds. */
const MAX_TEXT_BYTES = 300_000;
const BILLED_KEYS = ['accountId', 'dueDay', 'lines', 'arrears', 'credits'] as const;

const text = z.string({ error: 'must be a text' }).nullish();
const customer = z.object({
  name: text,
  email: text,
  phone: text,
  locale: z.enum(['ko', 'en'], { error: 'must be "ko" or "en"' }).nullish(),
  dispatch: preferencesSchema.nullish(),
});

/** What names a record in its file: the account, or the account's month; null when it does not say so. */
export function idOf(kind: RecordKind, { accountId, month }: Members): string | null {
  if (typeof accountId !== 'string' || !ACCOUNT_ID.test(accountId)) return null;
  if (kind === 'accounts') return accountId;
  return isMonth(month) ? `${accountId} of ${month}` : null;
}

/** Reads an account of a file. */
export function readAccountRecord(value: Members): Read<AccountToStore> {
  const problems = identityProblems(value);
  const customers = customer.safeParse(value);
  for (const issue of customers.success ? [] : customers.error.issues)
    problems.push({ field: issue.path.map(String).join('.') || WHOLE, reason: issue.message });
  const account = JSON.stringify(
    Object.fromEntries(BILLED_KEYS.flatMap((key) => (key in value ? [[key, value[key]]] : []))),
  );
  if (!customers.success) return { ok: false, problems: [...problems, ...sizeProblems(account)] };
  const { name, email, phone, locale, dispatch } = customers.data;
  const contact = { ...(name && { name }), ...(email && { email }), ...(phone && { phone }) };
  problems.push(...sizeProblems(account, JSON.stringify([contact, dispatch])));
  if (problems.length > 0) return { ok: false, problems };
  return {
    ok: true,
    record: {
      accountId: value['accountId'] as string,
      account,
      contact: Object.keys(contact).length === 0 ? null : JSON.stringify(contact),
      locale: locale ?? 'ko',
      preferences: dispatch ? JSON.stringify(dispatch) : null,
    },
  };
}

/** Reads a usage record of a file. One of another month is kept too: settlement counts it as foreign. */
export function readUsageRecord(value: Members): Read<UsageToStore> {
  const problems = identityProblems(value);
  const { month } = value;
  if (!isMonth(month)) problems.push({ field: 'month', reason: 'must be a month YYYY-MM' });
  const { record, merchants } = partMerchants(value);
  const usage = JSON.stringify(record);
  problems.push(...sizeProblems(usage, merchants ?? ''));
  if (problems.length > 0 || !isMonth(month)) return { ok: false, problems };
  return { ok: true, record: { accountId: value['accountId'] as string, month, usage, merchants } };
}

function identityProblems({ accountId }: Members): RecordProblem[] {
  if (typeof accountId === 'string' && ACCOUNT_ID.test(accountId)) return [];
  return [{ field: 'accountId', reason: 'must be 1 to 32 of the characters A–Z, a–z, 0–9, "_" and "-"' }];
}

/** All that is stored of a record stands in one item. */
function sizeProblems(...texts: readonly string[]): RecordProblem[] {
  const stored = texts.join('');
  if (stored.length * 3 <= MAX_TEXT_BYTES || Buffer.byteLength(stored) <= MAX_TEXT_BYTES) return [];
  return [{ field: WHOLE, reason: `must not be longer than ${MAX_TEXT_BYTES} bytes` }];
}

/** Takes the merchants out of the payments, whatever form the rest has. */
function partMerchants(value: Members): { record: Members; merchants: string | null } {
  const { lines } = value;
  if (!Array.isArray(lines)) return { record: value, merchants: null };
  let found = 0;
  const taken: unknown[] = [];
  const rest = (lines as unknown[]).map((line) => {
    const payments = isMembers(line) ? line['payments'] : null;
    if (!isMembers(line) || !Array.isArray(payments)) {
      taken.push([]);
      return line;
    }
    const merchants: unknown[] = [];
    const open = (payments as unknown[]).map((payment) => {
      if (!isMembers(payment)) {
        merchants.push(null);
        return payment;
      }
      const { merchant, ...others } = payment;
      if (merchant !== undefined && merchant !== null) found++;
      merchants.push(merchant ?? null);
      return others;
    });
    taken.push(merchants);
    return { ...line, payments: open };
  });
  return found > 0
    ? { record: { ...value, lines: rest }, merchants: JSON.stringify(taken) }
    : { record: value, merchants: null };
}
