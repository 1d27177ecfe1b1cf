/** What the local pipeline's process needs while notices are sent: its functions' workers and the queues, DynamoDB apart. */
import { memoryUsage } from 'node:process';
import type { Runtime } from '../local/runtime.ts';

/** Sends from one look at the memory to the next. */
const EVERY = 50;
const MB = 1024 * 1024;

export interface ProcessMemory {
  /** The most MB while the first half of the notices was sent, and while the second was. */
  readonly halves: () => { readonly first: number; readonly second: number };
}

/** Looks at the process from now on. Workers start in the first half: what grows after it grows with the notices. */
export function watchMemory({ events }: Pick<Runtime, 'events'>): ProcessMemory {
  const seen: number[] = [];
  let sends = 0;
  events.on('send', () => {
    if (sends++ % EVERY === 0) seen.push(memoryUsage.rss() / MB);
  });
  return {
    halves: () => {
      const middle = Math.ceil(seen.length / 2);
      return { first: Math.max(...seen.slice(0, middle)), second: Math.max(...seen.slice(middle)) };
    },
  };
}
