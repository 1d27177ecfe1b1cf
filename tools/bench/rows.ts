/** The tables of the bench. Pure. */

/** One figure, held against another one of the same run, so that the ratio means something on a noisy machine. */
export interface BenchRow {
  readonly name: string;
  /** What `value` and `limit` count. */
  readonly unit: string;
  readonly value: number;
  readonly limit: number;
  /** `value` over `limit`: what the goal is about. */
  readonly ratio: number;
  /** Whether the ratio is to reach the goal or to stay below it. */
  readonly direction: '≥' | '≤';
  readonly goal: number;
}

export type Goal = { readonly atLeast: number } | { readonly atMost: number };

const rounded = (value: number): number => Math.round(value * 1000) / 1000;

export const rowOf = (name: string, unit: string, value: number, limit: number, goal: Goal): BenchRow => ({
  name,
  unit,
  value: rounded(value),
  limit: rounded(limit),
  ratio: rounded(value / limit),
  ...('atLeast' in goal ? { direction: '≥', goal: goal.atLeast } : { direction: '≤', goal: goal.atMost }),
});

export const holds = ({ ratio, direction, goal }: BenchRow): boolean =>
  direction === '≥' ? ratio >= goal : ratio <= goal;

/** A number as a person reads it: as many decimals as it needs for three digits. */
export const shown = (value: number): string =>
  value.toLocaleString('en-US', { maximumFractionDigits: Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2 });

/** Lines of a table: the first columns are texts, the rest numbers, which end under each other. */
export function aligned(lines: readonly (readonly string[])[], texts: number): string {
  const widths = lines[0]?.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0))) ?? [];
  const cell = (text: string, column: number): string =>
    column < texts ? text.padEnd(widths[column] ?? 0) : text.padStart(widths[column] ?? 0);
  return lines.map((line) => line.map(cell).join('  ').trimEnd()).join('\n');
}

/** What a person reads: each figure with its goal, and whether it holds. */
export const tableOf = (rows: readonly BenchRow[]): string =>
  aligned(
    [
      ['', '', 'measured', 'against', 'ratio', 'goal', ''],
      ...rows.map((row) => [
        row.name,
        row.unit,
        shown(row.value),
        shown(row.limit),
        shown(row.ratio),
        `${row.direction} ${shown(row.goal)}`,
        holds(row) ? '✔' : '✘',
      ]),
    ],
    2,
  );
