/** How a worker spaces its sends so that all of them together keep the channel's rate (dispatch rules §6). Pure. */

/** Sends a second that a policy may ask for at least, and workers that a deployment may have of a channel at most. */
export const LEAST_RATE = 1;
/** Their spacing is 20 s then: of the 30 s of a function, 22 s are left beside the provider's time-out and the margin. */
export const MOST_WORKERS = 20;

/** Milliseconds before each send, the first one too, of one of so many workers; `rate` is sends a second over all of them. */
export const spacingMs = (rate: number, workers: number): number => (workers / rate) * 1000;

/** How many sends a worker can start with so much time left, one at least: what does not fit is held, not claimed. */
export const sendsWithin = (availableMs: number, spacing: number): number =>
  spacing <= 0 ? Infinity : Math.max(1, Math.floor(availableMs / spacing));
