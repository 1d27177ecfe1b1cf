import { ApiError, StateError } from './errors.ts';

interface OpenTask {
  readonly succeed: (output: unknown) => void;
  readonly fail: (error: StateError) => void;
  lastBeatMs: number;
}

/** A task that waits for somebody to answer its token. */
export interface TokenTask {
  readonly token: string;
  readonly outcome: Promise<unknown>;
  readonly lastBeatMs: () => number;
  /** The task is over, whatever its end: the token answers `TaskTimedOut` from now on. */
  readonly close: () => void;
}

/** The tokens of all tasks that wait for an answer from outside. */
export class TaskTokens {
  readonly #open = new Map<string, OpenTask>();
  readonly #closed = new Set<string>();
  readonly #nowMs: () => number;
  readonly #newId: () => string;

  constructor(nowMs: () => number, newId: () => string) {
    this.#nowMs = nowMs;
    this.#newId = newId;
  }

  open(): TokenTask {
    const token = Buffer.from(`task:${this.#newId()}`).toString('base64url');
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    // A failure may arrive while the integration still runs, before anybody listens.
    promise.catch(() => undefined);
    const task: OpenTask = { succeed: resolve, fail: reject, lastBeatMs: this.#nowMs() };
    this.#open.set(token, task);
    return {
      token,
      outcome: promise,
      lastBeatMs: () => task.lastBeatMs,
      close: () => {
        if (this.#open.delete(token)) this.#closed.add(token);
      },
    };
  }

  succeed(token: string, outputText: string): void {
    let output: unknown;
    try {
      output = JSON.parse(outputText);
    } catch {
      throw new ApiError('InvalidOutput', `Invalid Output: '${outputText}' is not JSON`);
    }
    this.#take(token).succeed(output);
  }

  fail(token: string, error: string, cause: string): void {
    this.#take(token).fail(new StateError(error, cause));
  }

  heartbeat(token: string): void {
    this.#find(token).lastBeatMs = this.#nowMs();
  }

  #take(token: string): OpenTask {
    const task = this.#find(token);
    this.#open.delete(token);
    this.#closed.add(token);
    return task;
  }

  #find(token: string): OpenTask {
    const task = this.#open.get(token);
    if (task !== undefined) return task;
    if (this.#closed.has(token)) {
      throw new ApiError('TaskTimedOut', 'Task Timed Out: the token has expired or its task has ended');
    }
    throw new ApiError('InvalidToken', 'Invalid Token: it is not the token of a task');
  }
}
