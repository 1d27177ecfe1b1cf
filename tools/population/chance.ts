import { hash32 } from '../../lambdas/kernel/buckets.ts';

/** Chances that only depend on the text they are named by: what happens to one account never moves another. */
export class Chance {
  #state: number;

  constructor(name: string) {
    this.#state = hash32(name);
  }

  /** From 0 up to 1 (splitmix32). */
  next(): number {
    this.#state = (this.#state + 0x9e3779b9) | 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 16), 0x21f0aaad);
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97);
    return ((mixed ^ (mixed >>> 15)) >>> 0) / 2 ** 32;
  }

  /** True in this share of cases. */
  in(share: number): boolean {
    return this.next() < share;
  }

  /** A whole number from `min` to `max`. */
  whole(min: number, max: number): number {
    return min + Math.floor(this.next() * (max - min + 1));
  }

  /** One of a list; what stands in it twice is twice as likely. */
  pick<T>(list: readonly [T, ...T[]]): T {
    return list[Math.floor(this.next() * list.length)] ?? list[0];
  }
}
