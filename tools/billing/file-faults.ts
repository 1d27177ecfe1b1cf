/** What is wrong with a file of records as a file: nothing is billed of it. */
import type { TextLine } from '../../lambdas/import/domain/lines.ts';

export class FileFaults {
  #count = 0;
  readonly #shown: string[] = [];
  readonly #limit: number;

  /** Keeps the first `limit` faults, and counts all. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  get count(): number {
    return this.#count;
  }

  /** The first faults, each with its file, line and field. */
  get shown(): readonly string[] {
    return this.#shown;
  }

  add(path: string, line: number, field: string, reason: string): void {
    if (++this.#count <= this.#limit) this.#shown.push(`${path}:${line}: ${field}: ${reason}`);
  }

  /** The JSON value of a line; undefined, and a fault, when it is none. */
  parse(path: string, { line, text, fault }: TextLine): unknown {
    if (fault !== null) {
      this.add(path, line, '(whole)', fault);
      return undefined;
    }
    try {
      return JSON.parse(text);
    } catch {
      this.add(path, line, '(whole)', 'is no JSON: each line must be one JSON value');
      return undefined;
    }
  }
}
