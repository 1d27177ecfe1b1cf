/**
 * Usage records of a file by account, without holding them: where each lies is held, and it is read when its account
 * comes. Files in the order of the accounts are read in one go, others with a seek a record.
 */
import { closeSync, openSync, readSync } from 'node:fs';
import type { Month } from '../../lambdas/kernel/dates.ts';
import { isMembers } from '../../lambdas/settlement/domain/form.ts';
import { readLines } from '../import/source.ts';
import type { FileFaults } from './file-faults.ts';

export interface UsageIndex {
  /** Records that are no input of billing: of another month, or without a textual account id and month. */
  readonly foreign: number;
  /** The accounts that have a record of the month. */
  readonly size: number;
  /** The month's record of an account, or null. */
  readonly read: (accountId: string) => unknown;
  readonly close: () => void;
}

/** Bytes read at a time. */
const WINDOW = 1 << 16;

/** Reads through the file once. What is no JSON and what stands twice are faults of the file. */
export async function indexUsage(path: string, month: Month, faults: FileFaults): Promise<UsageIndex> {
  const places = new Map<string, number>();
  const starts: number[] = [];
  const ends: number[] = [];
  const others = new Set<string>();
  let foreign = 0;
  for await (const { line, text, start, end } of readLines(path)) {
    const value = faults.parse(path, line, text);
    const { accountId, month: of } = isMembers(value) ? value : {};
    if (typeof accountId !== 'string' || typeof of !== 'string') {
      foreign++;
      continue;
    }
    const isForeign = of !== month;
    const id = isForeign ? `${accountId}\n${of}` : accountId;
    if (isForeign ? others.has(id) : places.has(id)) {
      faults.add(path, line, 'accountId', `${accountId} has a usage record of ${of} already`);
    } else if (isForeign) {
      others.add(id);
      foreign++;
    } else {
      places.set(id, starts.length);
      starts.push(start);
      ends.push(end);
    }
  }
  const file = new WindowedFile(path);
  return {
    foreign,
    size: places.size,
    read: (accountId) => {
      const place = places.get(accountId);
      if (place === undefined) return null;
      const record: unknown = JSON.parse(file.text(starts[place] ?? 0, ends[place] ?? 0));
      return record;
    },
    close: () => {
      file.close();
    },
  };
}

/** A file of which a window is held. */
class WindowedFile {
  readonly #file: number;
  #window: Buffer = Buffer.alloc(0);
  #from = 0;

  constructor(path: string) {
    this.#file = openSync(path, 'r');
  }

  /** The text of some bytes of the file. */
  text(start: number, end: number): string {
    if (start < this.#from || end > this.#from + this.#window.length) this.#move(start, Math.max(end - start, WINDOW));
    const text = this.#window.toString('utf8', start - this.#from, end - this.#from);
    return text.startsWith('\uFEFF') ? text.slice(1) : text;
  }

  #move(start: number, length: number): void {
    const buffer = this.#window.length === length ? this.#window : Buffer.alloc(length);
    let filled = 0;
    for (let got = -1; got !== 0 && filled < length; filled += got)
      got = readSync(this.#file, buffer, filled, length - filled, start + filled);
    [this.#window, this.#from] = [buffer, start];
  }

  close(): void {
    closeSync(this.#file);
  }
}
