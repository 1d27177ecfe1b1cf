import type { Instant } from '../../kernel/dates.ts';
import type { Notice, Transition } from './ledger.ts';

/**
 * How a notice whose email came back goes on: to its next channel, or to its end. The event of the bounce takes it there;
 * where that event is lost, whoever gets a message of the notice does. One write, which only one of them wins.
 */
export function afterBounce(stored: Notice, now: Instant): Transition {
  const next = stored.channels[stored.channels.indexOf(stored.channel) + 1];
  const at = { row: 'afterBounce', channel: stored.channel, read: stored } as const;
  if (next === undefined) return { ...at, to: 'UNDELIVERABLE', change: {} };
  return { ...at, to: 'RETRYING', change: { channel: next, used: 0, throttled: 0, dueAt: now } };
}
