/** The table of the bench. Pure. */

/** `ratio` is value over limit where the limit was measured in the same run; null where it is a count per item. */
export interface BenchRow {
  readonly name: string;
  readonly value: number;
  readonly limit: number;
  readonly ratio: number | null;
  readonly goal: number;
}

const rounded = (value: number): number => Math.round(value * 1000) / 1000;

export const rowOf = (name: string, value: number, limit: number, goal: number): BenchRow => ({
  name,
  value: rounded(value),
  limit: rounded(limit),
  ratio: rounded(value / limit),
  goal,
});

/** What a person reads. */
export function tableOf(rows: readonly BenchRow[]): string {
  const show = (value: number | null): string =>
    value === null ? '' : value.toLocaleString('en-US', { maximumFractionDigits: value < 10 ? 2 : 0 });
  const cells = rows.map(({ name, value, limit, ratio, goal }) => [
    name,
    show(value),
    show(limit),
    show(ratio),
    ratio === null ? `≤ ${show(goal)}` : `≥ ${show(goal)}`,
  ]);
  const head = ['', 'measured', 'limit', 'ratio', 'goal'];
  const widths = head.map((title, column) => Math.max(title.length, ...cells.map((row) => row[column]?.length ?? 0)));
  return [head, ...cells]
    .map((row) =>
      row
        .map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0)))
        .join('  '),
    )
    .join('\n');
}
