import { describe, expect, it } from 'vitest';
import { atMost, readAhead } from '../../../lambdas/platform/concurrency.ts';

/** Work that ends when it is told to. */
function held() {
  const open: { item: number; end: () => void; fail: (error: Error) => void }[] = [];
  const work = (item: number): Promise<number> =>
    new Promise((resolve, reject) => {
      open.push({
        item,
        end: () => {
          resolve(item * 10);
        },
        fail: reject,
      });
    });
  return { open, work };
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('work at most so many at once', () => {
  it('begins no more than the limit, and answers in the order of the items', async () => {
    const { open, work } = held();
    const all = atMost(2, [1, 2, 3], work);
    expect(open.map(({ item }) => item)).toEqual([1, 2]);
    open[1]?.end();
    await turn();
    expect(open.map(({ item }) => item)).toEqual([1, 2, 3]);
    open[2]?.end();
    open[0]?.end();
    expect(await all).toEqual([10, 20, 30]);
  });

  it('after a failure begins nothing, waits for what was begun, and throws the first failure', async () => {
    const { open, work } = held();
    let settled = false;
    const all = atMost(2, [1, 2, 3], work).finally(() => (settled = true));
    all.catch(() => undefined);
    open[0]?.fail(new Error('first'));
    await turn();
    expect({ begun: open.length, settled }).toEqual({ begun: 2, settled: false });
    open[1]?.fail(new Error('second'));
    await expect(all).rejects.toThrow('first');
    expect(open).toHaveLength(2);
  });

  it('does nothing for no items', async () => {
    expect(await atMost(3, [], () => Promise.reject(new Error('no item')))).toEqual([]);
  });
});

describe('reading ahead', () => {
  it('begins the next read before the caller asks for it, and no other', async () => {
    const begun: number[] = [];
    const read = (key: number): Promise<string> => {
      begun.push(key);
      return Promise.resolve(`bucket ${key}`);
    };
    const seen: [number, string][] = [];
    for await (const [key, value] of readAhead([4, 5, 6], read)) {
      seen.push([key, value]);
      expect(begun).toHaveLength(Math.min(3, seen.length + 1));
    }
    expect(seen).toEqual([
      [4, 'bucket 4'],
      [5, 'bucket 5'],
      [6, 'bucket 6'],
    ]);
  });

  it('throws a failed read when its turn comes, and not before', async () => {
    const read = (key: number): Promise<number> =>
      key === 2 ? Promise.reject(new Error('no answer')) : Promise.resolve(key);
    const seen: number[] = [];
    const all = async (): Promise<void> => {
      for await (const [, value] of readAhead([1, 2, 3], read)) {
        await turn();
        seen.push(value);
      }
    };
    await expect(all()).rejects.toThrow('no answer');
    expect(seen).toEqual([1]);
  });
});
