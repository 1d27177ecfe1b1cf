/** How a worker spaces its sends so that all of them together keep the channel's rate (dispatch rules §6). Pure. */

/** A worker never waits longer than this before a send: its function would time out with its claims. */
const LONGEST_MS = 20_000;

/** Milliseconds before each send, the first one too, of one of so many workers; `rate` is sends a second over all of them. */
export const spacingMs = (rate: number, workers: number): number => Math.min(LONGEST_MS, (workers / rate) * 1000);

/** How many sends a worker can start with so much time left, one at least: what does not fit is held, not claimed. */
export const sendsWithin = (availableMs: number, spacing: number): number =>
  spacing <= 0 ? Infinity : Math.max(1, Math.floor(availableMs / spacing));
