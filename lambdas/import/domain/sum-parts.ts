/** Adds parts up to what the whole files come to. Pure. */
import type { Month } from '../../kernel/dates.ts';
import type { CheckedPart, WrittenPart } from './job.ts';
import type { Refusal } from './record.ts';
import { twice } from './sentences.ts';

/** How many records are stored. */
export const storedRecords = (parts: readonly WrittenPart[]): number =>
  parts.reduce((sum, { records }) => sum + records, 0);

/** The parts of each file, in its order. */
export const byKind = <P extends { readonly kind: 'accounts' | 'usage' }>(parts: readonly P[]) => ({
  accounts: parts.filter(({ kind }) => kind === 'accounts'),
  usage: parts.filter(({ kind }) => kind === 'usage'),
});

/**
 * The accounts that stand in two parts, refused there or not: every line but the first of each, in the order of the
 * lines. Which part came first to store its own makes no difference.
 */
export function duplicatesAcross(
  parts: readonly WrittenPart[],
  checked: readonly Pick<CheckedPart, 'kind' | 'refusedIds'>[],
  month: Month,
): Refusal[] {
  const refusals: Refusal[] = [];
  for (const file of ['accounts', 'usage'] as const) {
    const lines = new Map<string, Set<number>>();
    const stands = (id: string, line: number): void => {
      lines.set(id, (lines.get(id) ?? new Set()).add(line));
    };
    for (const [id, line] of byKind(checked)[file].flatMap(({ refusedIds }) => refusedIds)) stands(id, line);
    for (const { sk, line, storedLine } of byKind(parts)[file].flatMap(({ duplicates }) => duplicates)) {
      const id = idOfKey(file, sk, month);
      stands(id, line);
      stands(id, storedLine);
    }
    const found = [...lines].flatMap(([id, taken]) => {
      const [first = 0, ...later] = [...taken].sort((a, b) => a - b);
      return later.map((line) => ({ file, line, ...twice(id, first) }));
    });
    refusals.push(...found.sort((a, b) => a.line - b.line));
  }
  return refusals;
}

/** A usage record is named with its month, as where it stands twice in one part. */
function idOfKey(file: Refusal['file'], sk: string, month: Month): string {
  if (file === 'accounts') return sk;
  const [accountId = '', of = month] = sk.split('@');
  return `${accountId} of ${of}`;
}
