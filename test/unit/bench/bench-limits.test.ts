import { expect, it } from 'vitest';
import { middleOf } from '../../../tools/bench/bench-limits.ts';

const figure = (measured: number, limit: number) => ({ measured, limit });

it('the figure whose ratio is the middle one counts, whatever its speed', () => {
  const [slow, middle, fast] = [figure(900, 2000), figure(300, 600), figure(500, 800)];
  expect(middleOf([fast, slow, middle])).toBe(middle);
  expect(middleOf([slow])).toBe(slow);
});

it('a month that was not measured to its end is an error, not a ratio', () => {
  expect(() => middleOf([figure(1, 2), figure(NaN, 2), figure(1, 2)])).toThrow('not measured to its end');
  expect(() => middleOf([figure(1, 0)])).toThrow('not measured to its end');
  expect(() => middleOf([])).toThrow('no month was measured');
});
