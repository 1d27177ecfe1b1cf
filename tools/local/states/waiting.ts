/** The time of the runtime: scaled, so that an hour of backoff takes as long as the factor says. */
export interface StatesClock {
  readonly nowMs: () => number;
  readonly sleep: (ms: number, signal?: AbortSignal) => Promise<void>;
}

/** Waits so many milliseconds of the clock; rejects with the signal's reason when that is aborted. */
export async function pause(clock: StatesClock, ms: number, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  try {
    await clock.sleep(ms, signal);
  } finally {
    // A clock may reject in its own way or just return early: the reason of the signal is what counts.
    signal.throwIfAborted();
  }
}

/** The promise, or the signal's reason if that comes first. What loses goes on unheard, as a Lambda function would. */
export function abortable<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const stop = (): void => {
      reject(signal.reason as Error);
    };
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop, { once: true });
    promise.then(resolve, reject).finally(() => {
      signal.removeEventListener('abort', stop);
    });
  });
}

/** A controller that is aborted with its parent. `release` when the work is over, or the parent keeps it. */
export function linkedController(parent: AbortSignal): { controller: AbortController; release: () => void } {
  const controller = new AbortController();
  const follow = (): void => {
    controller.abort(parent.reason);
  };
  if (parent.aborted) follow();
  else parent.addEventListener('abort', follow, { once: true });
  return {
    controller,
    release: () => {
      parent.removeEventListener('abort', follow);
    },
  };
}

/** Runs `run(0) … run(count - 1)`, at most `limit` at a time, in order. The first rejection is the whole's. */
export async function inParallel(count: number, limit: number, run: (index: number) => Promise<void>): Promise<void> {
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let index = next++; index < count; index = next++) await run(index);
  };
  await Promise.all(Array.from({ length: Math.min(limit, count) }, worker));
}

/** Calls `act` after so many milliseconds, unless the returned function is called before. */
export function startTimer(sleep: StatesClock['sleep'], ms: number, act: () => void): () => void {
  const over = new AbortController();
  sleep(ms, over.signal).then(
    () => {
      if (!over.signal.aborted) act();
    },
    () => undefined,
  );
  return () => {
    over.abort();
  };
}
