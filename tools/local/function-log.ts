import { createWriteStream, mkdirSync, type WriteStream } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';

const KEPT_LINES = 1000;

/** What the functions print: the last lines in memory, all of it in files if a folder is given; and their metrics. */
export class FunctionLogs {
  readonly #folder: string | undefined;
  readonly #onProblem: (problem: Error) => void;
  readonly #lines = new Map<string, string[]>();
  readonly #files = new Map<string, WriteStream>();
  readonly #metrics = new Map<string, number>();

  constructor(folder: string | undefined, onProblem: (problem: Error) => void) {
    this.#folder = folder;
    this.#onProblem = onProblem;
    if (folder !== undefined) mkdirSync(folder, { recursive: true });
  }

  /** Reads a worker's output line by line. */
  capture(functionName: string, output: Readable): void {
    createInterface({ input: output }).on('line', (line) => {
      this.add(functionName, line);
    });
  }

  add(functionName: string, line: string): void {
    const lines = this.#lines.get(functionName) ?? [];
    this.#lines.set(functionName, lines);
    lines.push(line);
    if (lines.length > 2 * KEPT_LINES) lines.splice(0, lines.length - KEPT_LINES);
    if (line.includes('"_aws"')) this.#count(line);
    this.#file(functionName)?.write(`${line}\n`);
  }

  /** The last lines that a function printed, the newest last. */
  lines(functionName: string): readonly string[] {
    return (this.#lines.get(functionName) ?? []).slice(-KEPT_LINES);
  }

  /** What the functions counted as metrics (embedded metric format), by metric name, summed over all functions. */
  metrics(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#metrics);
  }

  async close(): Promise<void> {
    const files = [...this.#files.values()];
    this.#files.clear();
    await Promise.all(files.map((file) => new Promise<void>((resolve) => file.end(resolve))));
  }

  #file(functionName: string): WriteStream | undefined {
    if (this.#folder === undefined) return undefined;
    let file = this.#files.get(functionName);
    if (!file) {
      file = createWriteStream(join(this.#folder, `${functionName}.jsonl`));
      file.on('error', (cause) => {
        this.#onProblem(new Error(`the log of ${functionName} cannot be written: ${cause.message}`, { cause }));
      });
      this.#files.set(functionName, file);
    }
    return file;
  }

  #count(line: string): void {
    let metric: { _aws?: { CloudWatchMetrics?: { Metrics?: { Name: string }[] }[] } } & Record<string, unknown>;
    try {
      metric = JSON.parse(line) as typeof metric;
    } catch {
      return; // A log line that only mentions it.
    }
    for (const { Metrics: names = [] } of metric._aws?.CloudWatchMetrics ?? []) {
      for (const { Name: name } of names) {
        const value = metric[name];
        const values = Array.isArray(value) ? value : [value];
        const sum = values.reduce<number>((total, each) => total + (typeof each === 'number' ? each : 0), 0);
        this.#metrics.set(name, (this.#metrics.get(name) ?? 0) + sum);
      }
    }
  }
}
