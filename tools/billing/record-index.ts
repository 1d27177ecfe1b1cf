/**
 * Where the records of a JSON Lines file lie, by an id each, without the ids: some 40 bytes a record, so that a file of a
 * million accounts fits where a map of their ids would not. Ids of one hash are told apart by reading the file again.
 */
import { hash32 } from '../../lambdas/kernel/buckets.ts';
import type { TextLine } from '../../lambdas/import/domain/lines.ts';
import { WindowedFile } from './windowed-file.ts';

/** A record of the file, by its line, 1 the first. */
export interface FoundRecord {
  readonly line: number;
  readonly record: unknown;
}

/** Entries that there is room for at first. */
const ROOM = 1024;
/** Slots an entry: half of them are free, so that the next free one is near. */
const SLOTS = 2;

export class RecordIndex {
  readonly #file: WindowedFile;
  readonly #idOf: (record: unknown) => string | null;
  #size = 0;
  /** The entry that lies in a slot, counted from 1; 0 is a free slot. */
  #slots = new Uint32Array(ROOM * SLOTS);
  #hashes = new Uint32Array(ROOM);
  #starts = new Float64Array(ROOM);
  #lengths = new Uint32Array(ROOM);
  #lines = new Uint32Array(ROOM);

  /** `idOf` tells the id of a record of the file that was added. */
  constructor(path: string, idOf: (record: unknown) => string | null) {
    this.#file = new WindowedFile(path);
    this.#idOf = idOf;
  }

  get size(): number {
    return this.#size;
  }

  /** The record of an id, or null. */
  find(id: string): FoundRecord | null {
    const hash = hash32(id);
    for (let slot = this.#slotOf(hash); ; slot = this.#after(slot)) {
      const entry = (this.#slots[slot] ?? 0) - 1;
      if (entry < 0) return null;
      if (this.#hashes[entry] !== hash) continue;
      const start = this.#starts[entry] ?? 0;
      const record: unknown = JSON.parse(this.#file.text(start, start + (this.#lengths[entry] ?? 0)));
      if (this.#idOf(record) === id) return { line: this.#lines[entry] ?? 0, record };
    }
  }

  /** Adds the record of a line under its id; answers with the one that has the id already, and adds nothing then. */
  add(id: string, { line, start, end }: TextLine): FoundRecord | null {
    const there = this.find(id);
    if (there) return there;
    if (this.#size === this.#hashes.length) this.#grow();
    const entry = this.#size++;
    const hash = hash32(id);
    this.#hashes[entry] = hash;
    this.#starts[entry] = start;
    this.#lengths[entry] = end - start;
    this.#lines[entry] = line;
    this.#place(entry, hash);
    return null;
  }

  close(): void {
    this.#file.close();
  }

  #slotOf(hash: number): number {
    return hash & (this.#slots.length - 1);
  }

  #after(slot: number): number {
    return (slot + 1) & (this.#slots.length - 1);
  }

  #place(entry: number, hash: number): void {
    let slot = this.#slotOf(hash);
    while (this.#slots[slot] !== 0) slot = this.#after(slot);
    this.#slots[slot] = entry + 1;
  }

  #grow(): void {
    const room = this.#hashes.length * 2;
    const [hashes, starts, lengths, lines] = [this.#hashes, this.#starts, this.#lengths, this.#lines];
    this.#hashes = new Uint32Array(room);
    this.#starts = new Float64Array(room);
    this.#lengths = new Uint32Array(room);
    this.#lines = new Uint32Array(room);
    this.#hashes.set(hashes);
    this.#starts.set(starts);
    this.#lengths.set(lengths);
    this.#lines.set(lines);
    this.#slots = new Uint32Array(room * SLOTS);
    hashes.forEach((hash, entry) => {
      this.#place(entry, hash);
    });
  }
}
