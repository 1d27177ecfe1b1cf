/** What an import on AWS may be started with. */
import { z } from 'zod';
import { isMonth, type Month } from '../../kernel/dates.ts';

/** The files of an import lie under this, in the bucket of incoming files. */
export const INCOMING = 'incoming/';

const key = z.string({ error: 'must be given' }).regex(new RegExp(`^${INCOMING}.`), {
  error: `must be the key of an object under ${INCOMING}`,
});
const input = z.strictObject(
  {
    month: z.custom<Month>(isMonth, { error: 'must be a month YYYY-MM' }),
    accountsKey: key,
    usageKey: key,
    catalogsKey: key,
    maxRefused: z.int({ error: 'must be a whole number' }).nonnegative().default(0),
  },
  {
    error: ({ code, keys }) =>
      code === 'unrecognized_keys' ? `has unknown keys ${String(keys)}` : 'must be an object',
  },
);
export type ImportInput = z.output<typeof input>;

const ALLOWED =
  'Allowed is { "month": "YYYY-MM", "accountsKey", "usageKey", "catalogsKey": keys of objects under incoming/ }, and "maxRefused": how many records may be left out.';

/** The files of an import, or one sentence with every problem of the input and what is allowed. */
export function readImportInput(
  value: unknown,
): { readonly ok: true; readonly input: ImportInput } | { readonly ok: false; readonly sentence: string } {
  const result = input.safeParse(value);
  if (result.success) return { ok: true, input: result.data };
  const problems = result.error.issues.map(({ path, message }) =>
    path.length === 0 ? message : `${path.map(String).join('.')}: ${message}`,
  );
  return { ok: false, sentence: `Nothing can be imported by this input: ${problems.join('; ')}. ${ALLOWED}` };
}
