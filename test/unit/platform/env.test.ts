import { expect, test } from 'vitest';
import { z } from 'zod';
import { decode } from '../../../lambdas/platform/decode.ts';
import { once, readEnv } from '../../../lambdas/platform/env.ts';

test('names every environment variable that is not set, at once', () => {
  expect(() => readEnv(['A', 'B', 'C'], { A: '1', C: '' })).toThrow('environment variables not set: B, C');
});

test('reads only what is declared', () => {
  expect(readEnv(['A'], { A: '1', B: '2' })).toEqual({ A: '1' });
});

test('tells every problem of an input at once, with its path', () => {
  const schema = z.object({ month: z.string(), shard: z.object({ count: z.int() }) });
  expect(() => decode(schema, { month: 1, shard: { count: 'x' } }, 'the shard input')).toThrow(
    /^the shard input is not valid: month: .*; shard\.count: /,
  );
});

test('wires dependencies once', () => {
  let made = 0;
  const wired = once(() => ++made);
  expect([wired(), wired(), made]).toEqual([1, 1, 1]);
});
