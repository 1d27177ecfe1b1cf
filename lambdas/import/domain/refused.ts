/** How many records of files are refused, and whether they may be left out. Pure. */
export interface RefusedCounts {
  readonly refused: number;
  /** Of them, those whose account, or its usage of the month, stands twice: it is not known which one holds. */
  readonly duplicates: number;
  /** Of them, those with a row of CSV that cannot be read: it is not known whose it is. */
  readonly brokenRows: number;
}

/** What is refused of files or of parts, as far as each knows. */
export function refusedOf(parts: readonly RefusedCounts[]): RefusedCounts {
  const sum = (count: keyof RefusedCounts): number => parts.reduce((all, part) => all + part[count], 0);
  return { refused: sum('refused'), duplicates: sum('duplicates'), brokenRows: sum('brokenRows') };
}

/** Whether everything refused may be left out: a record may, as often as a person said; what is in doubt never. */
export const mayBeLeftOut = ({ refused, duplicates, brokenRows }: RefusedCounts, maxRefused: number): boolean =>
  duplicates === 0 && brokenRows === 0 && refused <= maxRefused;
