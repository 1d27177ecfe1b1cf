/** Adds parts up to what the whole files come to. Pure. */
import type { Month } from '../../kernel/dates.ts';
import type { WrittenPart } from './job.ts';
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
 * The accounts that stand in two parts: every line but the first of each, in the order of the lines. Which part came
 * first to store its own makes no difference.
 */
export function duplicatesAcross(parts: readonly WrittenPart[], month: Month): Refusal[] {
  const refusals: Refusal[] = [];
  for (const [file, written] of Object.entries(byKind(parts)) as ['accounts' | 'usage', WrittenPart[]][]) {
    const lines = new Map<string, Set<number>>();
    for (const { sk, line, storedLine } of written.flatMap(({ duplicates }) => duplicates))
      lines.set(sk, (lines.get(sk) ?? new Set()).add(line).add(storedLine));
    const found = [...lines].flatMap(([sk, taken]) => {
      const [first = 0, ...later] = [...taken].sort((a, b) => a - b);
      return later.map((line) => ({ file, line, ...twice(nameOf(file, sk, month), first) }));
    });
    refusals.push(...found.sort((a, b) => a.line - b.line));
  }
  return refusals;
}

/** A usage record is named with its month, as where it stands twice in one part. */
function nameOf(file: Refusal['file'], sk: string, month: Month): string {
  if (file === 'accounts') return sk;
  const [accountId = '', of = month] = sk.split('@');
  return `${accountId} of ${of}`;
}
