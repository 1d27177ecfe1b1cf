/** What an operator or the schedule may start a settlement run with. */
import { z } from 'zod';
import { instantOf, isMonth, monthBefore, type Month } from '../../kernel/dates.ts';

const input = z.strictObject({
  month: z.custom<Month>(isMonth, { error: 'must be a month YYYY-MM' }).optional(),
  scheduledAt: z.iso
    .datetime({ offset: true, error: 'must be an instant such as 2026-02-01T03:00:00Z' })
    .transform((text) => monthBefore(instantOf(Date.parse(text))))
    .optional(),
  mode: z.literal('settle', { error: 'must be "settle" (or be left out)' }).optional(),
});

const ALLOWED =
  'Allowed is { "month": "YYYY-MM" }, or { "scheduledAt": "<instant>" } for the month before it in Asia/Seoul, and "mode": "settle".';

export type RunInput = { readonly ok: true; readonly month: Month } | { readonly ok: false; readonly sentence: string };

/** The month to settle, or one sentence with every problem of the input and what is allowed. */
export function readRunInput(value: unknown): RunInput {
  const result = input.safeParse(value);
  const problems = result.success ? [] : result.error.issues.map(({ path, message }) => `${where(path)}${message}`);
  if (isObject(value) && !('month' in value) && !('scheduledAt' in value))
    problems.push('neither month nor scheduledAt is given');
  const { month, scheduledAt } = result.data ?? {};
  if (month && scheduledAt && month !== scheduledAt)
    problems.push(`month is ${month}, but the month before scheduledAt is ${scheduledAt}`);
  const wanted = month ?? scheduledAt;
  return wanted && problems.length === 0
    ? { ok: true, month: wanted }
    : { ok: false, sentence: `The input cannot be run: ${problems.join('; ')}. ${ALLOWED}` };
}

const isObject = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const where = (path: readonly PropertyKey[]): string => (path.length === 0 ? '' : `${path.map(String).join('.')}: `);
