/** Bounded ways to wait for several things at once. A failure never leaves work behind that nobody waits for. */

/**
 * Does the work of all items, at most so many at once, and answers in their order. After a failure nothing new is
 * begun; what was begun is waited for, and then the first failure is thrown.
 */
export async function atMost<T, R>(limit: number, items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const results = new Array<R>(items.length);
  const failures: unknown[] = [];
  let next = 0;
  const loop = async (): Promise<void> => {
    while (next < items.length && failures.length === 0) {
      const index = next++;
      try {
        results[index] = await work(items[index] as T);
      } catch (thrown) {
        failures.push(thrown);
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(limit, items.length) }, loop));
  if (failures.length > 0) throw failures[0];
  return results;
}

/**
 * Reads for each key in turn, the next while the caller works on the one before: two are held. A read that fails is
 * thrown when its turn comes.
 */
export async function* readAhead<K, T>(keys: readonly K[], read: (key: K) => Promise<T>): AsyncGenerator<[K, T]> {
  const begin = (index: number): Promise<T> | undefined => {
    if (index >= keys.length) return undefined;
    const reading = read(keys[index] as K);
    reading.catch(() => undefined); // thrown where it is awaited, and of no interest when the caller has given up
    return reading;
  };
  let reading = begin(0);
  for (let index = 0; reading; index++) {
    const value = await reading;
    reading = begin(index + 1);
    yield [keys[index] as K, value];
  }
}
