/** The golden inputs and results of the billing rules (test/golden/billing). */
import { readFileSync } from 'node:fs';
import { compileCatalogs } from '../../lambdas/settlement/domain/compile-catalogs.ts';
import type { Catalogs } from '../../lambdas/settlement/domain/catalogs.ts';
import type { Month } from '../../lambdas/kernel/dates.ts';

export type Json = Record<string, unknown>;

const text = (name: string): string => readFileSync(new URL(`../golden/billing/${name}`, import.meta.url), 'utf8');
const records = (name: string): Json[] =>
  text(name)
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Json);

export const MONTH = '2026-02' as Month;
export const catalogJson = JSON.parse(text('catalogs.json')) as Json[];
export const accounts = records('accounts.jsonl');
export const usageRecords = records('usage.jsonl');
export const expected = records('expected.jsonl');
export const worked = text('worked.md');

/** The catalogs of a JSON value that has no faults. */
export function compiled(json: unknown): Catalogs {
  const result = compileCatalogs(json);
  if (!result.ok) throw new Error(JSON.stringify(result.faults));
  return result.catalogs;
}

export const catalogs = compiled(catalogJson);

const usageOfMonth = new Map(usageRecords.filter(({ month }) => month === MONTH).map((one) => [one['accountId'], one]));

/** The usage record of an account for the golden month, or null. */
export const usageOf = (accountId: unknown): Json | null => usageOfMonth.get(accountId) ?? null;
