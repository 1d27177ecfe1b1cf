/**
 * The one place where handlers learn the time. On AWS it is the system's clock; the local runtime installs a scaled
 * one under a well-known symbol before it loads a bundle, so that a month of waiting fits into a minute.
 */
import { instantOf, type Instant } from '../kernel/dates.ts';

interface ClockSource {
  nowMs: () => number;
  sleep: (ms: number) => Promise<void>;
}

const CLOCK = Symbol.for('tr1l.clock');

const system: ClockSource = {
  nowMs: Date.now,
  sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
};

const source = (): ClockSource => (globalThis as { [CLOCK]?: ClockSource })[CLOCK] ?? system;

/** The time, and waiting for it to pass. */
export interface Clock {
  /** Milliseconds since 1970. */
  nowMs: () => number;
  /** The instant, ISO-8601 UTC. */
  now: () => Instant;
  /** Resolves after so many milliseconds of this clock. */
  sleep: (ms: number) => Promise<void>;
}

export const clock: Clock = {
  nowMs: () => source().nowMs(),
  now: () => instantOf(source().nowMs()),
  sleep: (ms) => source().sleep(ms),
};
