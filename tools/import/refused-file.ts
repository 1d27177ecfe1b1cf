/** The file that says which records were refused, and why: one JSON object a problem. */
import { closeSync, mkdirSync, openSync, rmSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Refusal } from '../../lambdas/import/domain/record.ts';

/** Flushed when it is this long. */
const PIECE = 1 << 16;

export class RefusedFile {
  readonly path: string;
  /** The first problems, as a person reads them. */
  readonly shown: string[] = [];
  readonly #limit: number;
  #file: number | null = null;
  #text = '';
  #count = 0;

  /** A file of an earlier import is removed: it would be taken for this one's. */
  constructor(path: string, limit: number) {
    this.path = path;
    this.#limit = limit;
    rmSync(path, { force: true });
  }

  get count(): number {
    return this.#count;
  }

  add(refusal: Refusal, name: string): void {
    if (++this.#count <= this.#limit) this.shown.push(`${name}:${refusal.line}: ${refusal.field}: ${refusal.reason}`);
    this.#text += `${JSON.stringify(refusal)}\n`;
    if (this.#text.length >= PIECE) this.#flush();
  }

  /** Writes what is left. Without a refusal there is no file. */
  close(): void {
    if (this.#text !== '') this.#flush();
    if (this.#file !== null) closeSync(this.#file);
    this.#file = null;
  }

  #flush(): void {
    if (this.#file === null) {
      mkdirSync(dirname(this.path), { recursive: true });
      this.#file = openSync(this.path, 'w');
    }
    writeSync(this.#file, this.#text);
    this.#text = '';
  }
}
