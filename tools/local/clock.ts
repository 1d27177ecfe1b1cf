/**
 * The time of the local runtime: it starts at a chosen instant and runs so many times faster than the wall clock. Main
 * thread and workers make their clocks of the same settings, so that they agree.
 */
export interface ClockSettings {
  /** The instant at which the clock starts, milliseconds since 1970. */
  readonly startAtMs: number;
  /** The wall clock's time at that moment, milliseconds since 1970. */
  readonly realStartMs: number;
  /** Milliseconds of this clock in one millisecond of the wall clock. */
  readonly scale: number;
}

export interface ScaledClock {
  readonly scale: number;
  readonly settings: ClockSettings;
  /** Milliseconds since 1970. */
  readonly nowMs: () => number;
  /** Resolves after so many milliseconds of this clock; rejects with the signal's reason when that is aborted. */
  readonly sleep: (ms: number, signal?: AbortSignal) => Promise<void>;
  /** What this clock showed, or will show, at a time of the wall clock. */
  readonly ofReal: (realMs: number) => number;
}

/** Node's timers hold 31 bits of milliseconds; longer waits are made of several. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/**
 * Work does not get faster with the clock: a limit on it (a function's or a task's time-out) is divided by the scale,
 * but not below this many real milliseconds. 10 s are more than the 5 s a provider call may take, which the SDK counts
 * in real time, too.
 */
export const WORK_FLOOR_MS = 10_000;
/** A task of a state machine may also wait for a worker here, which on AWS it does not: Lambda's longest time-out. */
export const TASK_FLOOR_MS = 900_000;

/** The wall clock, with fractions of a millisecond, equal in all threads of a process. */
export const realNowMs = (): number => performance.timeOrigin + performance.now();

/** Settings of a clock that starts now. */
export function clockSettings(startAtMs: number, scale: number): ClockSettings {
  if (!(scale > 0) || !Number.isFinite(scale)) throw new Error(`the scale of time must be above 0, not ${scale}`);
  return { startAtMs, realStartMs: realNowMs(), scale };
}

/** Resolves after so many real milliseconds; rejects with the signal's reason when that is aborted. */
export function sleepReal(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) {
      reject(signal.reason as Error);
      return;
    }
    const end = realNowMs() + ms;
    let timer: NodeJS.Timeout;
    const stop = (): void => {
      clearTimeout(timer);
      reject(signal?.reason as Error);
    };
    const wait = (): void => {
      const left = end - realNowMs();
      if (left > 0) {
        timer = setTimeout(wait, Math.min(Math.ceil(left), LONGEST_TIMER_MS));
        return;
      }
      signal?.removeEventListener('abort', stop);
      resolve();
    };
    signal?.addEventListener('abort', stop, { once: true });
    wait();
  });
}

export function scaledClock(settings: ClockSettings): ScaledClock {
  const { startAtMs, realStartMs, scale } = settings;
  const ofReal = (realMs: number): number => Math.floor(startAtMs + (realMs - realStartMs) * scale);
  return {
    scale,
    settings,
    ofReal,
    nowMs: () => ofReal(realNowMs()),
    sleep: (ms, signal) => sleepReal(ms / scale, signal),
  };
}

/** How long a limit on work lasts in real milliseconds. */
export const realLimitMs = (limitMs: number, scale: number, floorMs = WORK_FLOOR_MS): number =>
  scale <= 1 ? limitMs / scale : Math.max(limitMs / scale, Math.min(limitMs, floorMs));

/** Whole seconds as SQS counts them: divided by the scale, at least 1; 0 stays 0. */
export const realSeconds = (seconds: number, scale: number): number =>
  seconds <= 0 ? 0 : Math.max(1, Math.round(seconds / scale));
