/**
 * One execution environment of a function: a worker thread that loads the bundle once, has one invocation at a time,
 * and is gone for good after a crash or a time-out.
 */
import { Worker } from 'node:worker_threads';
import { realLimitMs, realNowMs, type ScaledClock } from './clock.ts';
import type { FunctionLogs } from './function-log.ts';
import type { FunctionError, InvokeMessage, WorkerMessage, WorkerSettings } from './lambda-messages.ts';

export interface FunctionSettings {
  readonly name: string;
  readonly arn: string;
  /** The bundle's module and the name that it exports. */
  readonly file: string;
  readonly exported: string;
  /** All of the worker's environment. */
  readonly env: Readonly<Record<string, string>>;
  readonly timeoutSeconds: number;
  readonly memoryMb: number;
  /** Workers at a time; more invocations wait for one. */
  readonly concurrency: number;
}

/** How an invocation went. A crash of the worker is `threw` with `Runtime.ExitError`. */
export type InvocationResult =
  | { readonly kind: 'returned'; readonly payload: unknown }
  | ({ readonly kind: 'threw' } & FunctionError)
  | { readonly kind: 'timed-out'; readonly afterSeconds: number };

/** Lambda's limits on a synchronous invocation's request and response: 6 MB. */
export const PAYLOAD_BYTES = 6 * 1024 * 1024;
/** Loading a bundle takes 0.2 s here; a busy machine may need much longer. It is no part of the function's time-out. */
const INIT_MS = 60_000;

const exitError = (errorMessage: string): FunctionError => ({
  errorType: 'Runtime.ExitError',
  errorMessage,
  trace: [],
});

export class Environment {
  /** Its access key, as on AWS: the gate knows by it which environment makes a call. */
  readonly id: string;
  /** Resolves when the bundle is loaded; with an error if it cannot be. */
  readonly ready: Promise<FunctionError | undefined>;
  readonly #worker: Worker;
  readonly #settings: FunctionSettings;
  readonly #clock: ScaledClock;
  #hasEnded = false;
  #finish: ((result: InvocationResult) => void) | undefined;

  constructor(id: string, settings: FunctionSettings, clock: ScaledClock, logs: FunctionLogs, onEnd: () => void) {
    const { file, exported, name: functionName } = settings;
    this.id = id;
    this.#settings = settings;
    this.#clock = clock;
    this.#worker = new Worker(new URL('./lambda-worker.ts', import.meta.url), {
      workerData: { file, exported, functionName, clock: clock.settings } satisfies WorkerSettings,
      env: { ...settings.env, AWS_ACCESS_KEY_ID: id },
      execArgv: [],
      stdout: true,
      stderr: true,
      resourceLimits: { maxOldGenerationSizeMb: settings.memoryMb },
    });
    logs.capture(functionName, this.#worker.stdout);
    logs.capture(functionName, this.#worker.stderr);
    this.ready = this.#watch(logs, onEnd);
  }

  /** It has crashed, or was ended: it takes no invocation any more. */
  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  /** Ends the worker in the middle of whatever it does; an invocation under way has failed. */
  async end(): Promise<void> {
    this.#hasEnded = true;
    await this.#worker.terminate();
  }

  /** Gives the worker an invocation, when it is ready and has no other. */
  invoke(payload: string, requestId: string): Promise<InvocationResult> {
    const { timeoutSeconds, arn, memoryMb } = this.#settings;
    const limitMs = realLimitMs(timeoutSeconds * 1000, this.#clock.scale);
    return new Promise((resolve) => {
      if (this.#hasEnded) {
        resolve({ kind: 'threw', ...exitError('Runtime exited before the invocation') });
        return;
      }
      const timer = setTimeout(() => {
        this.#finish?.({ kind: 'timed-out', afterSeconds: timeoutSeconds });
        void this.end();
      }, limitMs);
      this.#finish = (result) => {
        clearTimeout(timer);
        this.#finish = undefined;
        resolve(result);
      };
      this.#worker.postMessage({
        requestId,
        payload,
        functionArn: arn,
        memoryMb,
        endsAtRealMs: realNowMs() + limitMs,
        timeoutMs: timeoutSeconds * 1000,
      } satisfies InvokeMessage);
    });
  }

  #watch(logs: FunctionLogs, onEnd: () => void): Promise<FunctionError | undefined> {
    const { name } = this.#settings;
    let crash: FunctionError | undefined;
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        resolve(exitError(`${name} did not load within ${INIT_MS / 1000} s`));
        void this.end();
      }, INIT_MS);
      this.#worker.on('message', (message: WorkerMessage) => {
        if (message.kind === 'ready' || message.kind === 'broken') {
          clearTimeout(timer);
          resolve(message.kind === 'broken' ? message.error : undefined);
          // What an ended worker still had to say came too late.
        } else if (!this.#hasEnded) this.#finish?.(resultOf(message));
      });
      this.#worker.on('error', (cause: unknown) => {
        const problem = cause instanceof Error ? cause : new Error(String(cause));
        logs.add(name, JSON.stringify({ level: 'FATAL', message: problem.message, stack: problem.stack }));
        crash = crashOf(problem);
      });
      this.#worker.on('exit', (code) => {
        clearTimeout(timer);
        this.#hasEnded = true;
        const error = crash ?? exitError(`Runtime exited with status ${code}`);
        resolve(error);
        this.#finish?.({ kind: 'threw', ...error });
        onEnd();
      });
    });
  }
}

function crashOf(problem: Error): FunctionError {
  if ((problem as NodeJS.ErrnoException).code === 'ERR_WORKER_OUT_OF_MEMORY') {
    return { errorType: 'Runtime.OutOfMemory', errorMessage: `Runtime exited: ${problem.message}`, trace: [] };
  }
  return exitError(`Runtime exited after an error that nothing caught: ${problem.message}`);
}

function resultOf(message: Extract<WorkerMessage, { kind: 'returned' | 'threw' }>): InvocationResult {
  if (message.kind === 'threw') return { kind: 'threw', ...message.error };
  if (Buffer.byteLength(message.payload) > PAYLOAD_BYTES) {
    const errorMessage = 'Response payload size exceeded maximum allowed payload size (6291556 bytes).';
    return { kind: 'threw', errorType: 'Function.ResponseSizeTooLarge', errorMessage, trace: [] };
  }
  return { kind: 'returned', payload: JSON.parse(message.payload) as unknown };
}
