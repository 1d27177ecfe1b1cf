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

/** Entries of a block. Blocks are added, never copied: what grows by copies leaves as much garbage behind as it holds. */
const BLOCK = 1 << 13;
/** Slots an entry: half of them are free, so that the next free one is near. */
const SLOTS = 2;

/** Entries that stand one after the other. */
interface Block {
  readonly hashes: Uint32Array;
  readonly starts: Float64Array;
  readonly lengths: Uint32Array;
  readonly lines: Uint32Array;
}

const newBlock = (): Block => ({
  hashes: new Uint32Array(BLOCK),
  starts: new Float64Array(BLOCK),
  lengths: new Uint32Array(BLOCK),
  lines: new Uint32Array(BLOCK),
});

export class RecordIndex {
  readonly #file: WindowedFile;
  readonly #idOf: (record: unknown) => string | null;
  #size = 0;
  /** The entry that lies in a slot, counted from 1; 0 is a free slot. */
  #slots = new Uint32Array(BLOCK * SLOTS);
  readonly #blocks: Block[] = [];

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
      const [block, at] = this.#blockOf(entry);
      if (block.hashes[at] !== hash) continue;
      const start = block.starts[at] ?? 0;
      const record: unknown = JSON.parse(this.#file.text(start, start + (block.lengths[at] ?? 0)));
      if (this.#idOf(record) === id) return { line: block.lines[at] ?? 0, record };
    }
  }

  /** Adds the record of a line under its id; answers with the one that has the id already, and adds nothing then. */
  add(id: string, { line, start, end }: TextLine): FoundRecord | null {
    const there = this.find(id);
    if (there) return there;
    const hash = hash32(id);
    const entry = this.#size++;
    if (entry === this.#blocks.length * BLOCK) this.#blocks.push(newBlock());
    const [block, at] = this.#blockOf(entry);
    block.hashes[at] = hash;
    block.starts[at] = start;
    block.lengths[at] = end - start;
    block.lines[at] = line;
    if (this.#size * SLOTS > this.#slots.length) this.#placeAll(this.#slots.length * 2);
    else this.#place(entry, hash);
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

  #placeAll(slots: number): void {
    this.#slots = new Uint32Array(slots);
    for (let entry = 0; entry < this.#size; entry++) {
      const [block, at] = this.#blockOf(entry);
      this.#place(entry, block.hashes[at] ?? 0);
    }
  }

  #blockOf(entry: number): [Block, number] {
    return [this.#blocks[Math.floor(entry / BLOCK)] as Block, entry % BLOCK];
  }
}
