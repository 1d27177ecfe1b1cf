/** What an operator or the schedule may start a settlement run with. */
import { z } from 'zod';
import { instantOf, isMonth, monthBefore, type Month } from '../../kernel/dates.ts';
import { ACCOUNT_ID } from '../../kernel/ids.ts';

const month = z.custom<Month>(isMonth, { error: 'must be a month YYYY-MM' });

const settle = z.strictObject({
  month: month.optional(),
  scheduledAt: z.iso
    .datetime({ offset: true, error: 'must be an instant such as 2026-02-01T03:00:00Z' })
    .transform((text) => monthBefore(instantOf(Date.parse(text))))
    .optional(),
  mode: z.literal('settle', { error: 'must be "settle" or "retry" (or be left out)' }).optional(),
});

const accountId = z.string().regex(ACCOUNT_ID, { error: 'must be an account id' });
const retry = z.strictObject({
  month,
  mode: z.literal('retry'),
  accounts: z.array(accountId, { error: 'must be a list of account ids' }).min(1, { error: 'must name an account' }),
  reason: z.string({ error: 'must say why' }).trim().min(1, { error: 'must say why' }),
});

const ALLOWED =
  'Allowed is { "month": "YYYY-MM" }, or { "scheduledAt": "<instant>" } for the month before it in Asia/Seoul, both ' +
  'with or without "mode": "settle"; or { "month": "YYYY-MM", "mode": "retry", "accounts": ["<id>", …], "reason": "<why>" }.';

/** The problems that a sentence names; a list of accounts can have thousands. */
const NAMED = 10;

/** Settle a month; or settle some of its rejected accounts again. `accounts` in order, each once. */
export type WantedRun =
  | { readonly mode: 'settle'; readonly month: Month }
  | { readonly mode: 'retry'; readonly month: Month; readonly accounts: readonly string[]; readonly reason: string };

export type RunInput =
  { readonly ok: true; readonly wanted: WantedRun } | { readonly ok: false; readonly sentence: string };

/** What is to be run, or one sentence with every problem of the input and what is allowed. */
export const readRunInput = (value: unknown): RunInput =>
  isObject(value) && value['mode'] === 'retry' ? readRetry(value) : readSettle(value);

function readSettle(value: unknown): RunInput {
  const result = settle.safeParse(value);
  const problems = result.success ? [] : problemsOf(result.error);
  if (isObject(value) && !('month' in value) && !('scheduledAt' in value))
    problems.push('neither month nor scheduledAt is given');
  const { month, scheduledAt } = result.data ?? {};
  if (month && scheduledAt && month !== scheduledAt)
    problems.push(`month is ${month}, but the month before scheduledAt is ${scheduledAt}`);
  const wanted = month ?? scheduledAt;
  return wanted && problems.length === 0 ? { ok: true, wanted: { mode: 'settle', month: wanted } } : refused(problems);
}

function readRetry(value: unknown): RunInput {
  const result = retry.safeParse(value);
  if (!result.success) return refused(problemsOf(result.error));
  const { month, accounts, reason } = result.data;
  return { ok: true, wanted: { mode: 'retry', month, accounts: [...new Set(accounts)].sort(), reason } };
}

function refused(problems: readonly string[]): RunInput {
  const more = problems.length > NAMED ? `; and ${problems.length - NAMED} more` : '';
  return {
    ok: false,
    sentence: `The input cannot be run: ${problems.slice(0, NAMED).join('; ')}${more}. ${ALLOWED}`,
  };
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const problemsOf = ({ issues }: z.ZodError): string[] =>
  issues.map(({ path, message }) => `${path.length === 0 ? '' : `${path.map(String).join('.')}: `}${message}`);
