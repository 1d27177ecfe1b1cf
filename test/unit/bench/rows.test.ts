import { describe, expect, it } from 'vitest';
import { holds, rowOf, tableOf } from '../../../tools/bench/rows.ts';

describe('a figure of the bench', () => {
  it.each([
    [500, 1000, { atLeast: 0.5 }, true],
    [499, 1000, { atLeast: 0.5 }, false],
    [1.2, 1, { atMost: 1.2 }, true],
    [1.21, 1, { atMost: 1.2 }, false],
  ])('%s against %s holds %j: %s', (value, limit, goal, expected) => {
    expect(holds(rowOf('one', 'unit', value, limit, goal))).toBe(expected);
  });

  it('stands in the table with its unit, ratio, goal, and whether it holds', () => {
    const text = tableOf([
      rowOf('settlement', 'invoices/s', 600, 1000, { atLeast: 0.5 }),
      rowOf('invoice', 'write units each', 1.31, 1, { atMost: 1.3 }),
    ]);
    expect(text).toMatch(/settlement +invoices\/s +600 +1,000 +0\.6 +≥ 0\.5 +✔/);
    expect(text).toMatch(/invoice +write units each +1\.31 +1 +1\.31 +≤ 1\.3 +✘/);
  });
});
