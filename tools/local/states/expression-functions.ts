import { createHash } from 'node:crypto';
import type jsonata from 'jsonata';

/** Where expressions get time and chance from: a scaled clock and a seed in the local runtime. */
export interface ExpressionSources {
  readonly nowMs: () => number;
  readonly random: () => number;
  readonly newId: () => string;
}

/** JSONata's own functions. `$eval` is missing: Step Functions has it switched off. */
const BUILT_IN = `abs append assert average base64decode base64encode boolean ceil clone contains count decodeUrl
  decodeUrlComponent distinct each encodeUrl encodeUrlComponent error exists filter floor foldLeft formatBase
  formatInteger formatNumber fromMillis join keys length lookup lowercase map match max merge min not number pad
  parseInteger power reduce replace reverse round shuffle sift single sort split spread sqrt string substring
  substringAfter substringBefore sum toMillis trim type uppercase zip`.split(/\s+/);

const HASHES: Readonly<Record<string, string>> = {
  MD5: 'md5',
  'SHA-1': 'sha1',
  'SHA-256': 'sha256',
  'SHA-384': 'sha384',
  'SHA-512': 'sha512',
};

/** `$range` and `$partition` make at most this many elements on AWS. */
const MOST_ELEMENTS = 1_000;

function partition(array: unknown, size: unknown): unknown {
  if (array === undefined) return undefined;
  const list: unknown[] = Array.isArray(array) ? array : [array];
  if (!Number.isInteger(size) || Number(size) < 1) throw new Error('$partition needs a whole chunk size of 1 or more');
  return Array.from({ length: Math.ceil(list.length / Number(size)) }, (_, chunk) =>
    list.slice(chunk * Number(size), (chunk + 1) * Number(size)),
  );
}

function range(from: unknown, to: unknown, step: unknown): number[] {
  const [first, last, by] = [Number(from), Number(to), Number(step)];
  if (![first, last, by].every(Number.isInteger) || by === 0) throw new Error('$range needs whole numbers, step not 0');
  const length = Math.max(0, Math.floor((last - first) / by) + 1);
  if (length > MOST_ELEMENTS) throw new Error(`$range makes at most ${MOST_ELEMENTS} numbers, here it were ${length}`);
  return Array.from({ length }, (_, index) => first + index * by);
}

function hash(data: unknown, algorithm: unknown): string {
  const name = HASHES[String(algorithm)];
  if (name === undefined) throw new Error(`$hash does not know the algorithm ${String(algorithm)}`);
  return createHash(name)
    .update(typeof data === 'string' ? data : JSON.stringify(data))
    .digest('hex');
}

function parse(text: unknown): unknown {
  if (text === undefined) return undefined;
  if (typeof text !== 'string') throw new Error('$parse needs a string');
  return JSON.parse(text) as unknown;
}

/** Formats an instant by the engine's own `$fromMillis`, so that `$now` takes the same picture strings. */
function now(focus: jsonata.Focus, nowMs: number, picture?: string, timezone?: string): unknown {
  if (picture === undefined) return new Date(nowMs).toISOString();
  const fromMillis = focus.environment.lookup('fromMillis') as { implementation: (...args: unknown[]) => unknown };
  return fromMillis.implementation.call(focus, nowMs, picture, timezone);
}

/** The functions that Step Functions adds to JSONata, and those that must not read this machine's clock or dice. */
export function registerFunctions(expression: jsonata.Expression, sources: ExpressionSources): void {
  expression.registerFunction('partition', partition);
  expression.registerFunction('range', range);
  expression.registerFunction('hash', hash);
  expression.registerFunction('parse', parse);
  expression.registerFunction('uuid', () => sources.newId());
  expression.registerFunction('random', () => sources.random());
  expression.registerFunction('millis', () => sources.nowMs());
  expression.registerFunction('now', function (this: jsonata.Focus, picture?: string, timezone?: string) {
    return now(this, sources.nowMs(), picture, timezone);
  });
}

/** Every function that an expression may call. */
export const FUNCTIONS: ReadonlySet<string> = new Set([
  ...BUILT_IN,
  ...['partition', 'range', 'hash', 'parse', 'uuid', 'random', 'millis', 'now'],
]);
