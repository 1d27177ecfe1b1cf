/** The environment of one function: exactly the keys that its context's `env.ts` declares. */
export type Env<K extends string> = Readonly<Record<K, string>>;

/** Reads the declared keys. Throws one error that names every missing one. Call it on first use, never at import. */
export function readEnv<const K extends string>(
  keys: readonly K[],
  from: Readonly<Record<string, string | undefined>> = process.env,
): Env<K> {
  const missing = keys.filter((key) => !from[key]);
  if (missing.length > 0) throw new Error(`environment variables not set: ${missing.join(', ')}`);
  return Object.fromEntries(keys.map((key) => [key, from[key]])) as Env<K>;
}

/** Calls `make` once, at first use: dependencies are wired when the first event comes, not when the module is loaded. */
export function once<T>(make: () => T): () => T {
  let made: { value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}
