/** A file that is read here and there, mostly forwards: in one go then, with a seek where it is not. */
import { closeSync, openSync, readSync } from 'node:fs';

/** Bytes read at a time. */
const WINDOW = 1 << 16;

/** A file of which a window is held. */
export class WindowedFile {
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
