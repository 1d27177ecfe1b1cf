/** A month measured in a process of its own, so that all heaps of it, the limits' client's included, have room for garbage. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { MonthBench } from './bench-month.ts';

/** What the process tells. */
export type MonthMessage =
  | { readonly kind: 'step'; readonly step: string }
  | { readonly kind: 'measured'; readonly month: MonthBench }
  | { readonly kind: 'failed'; readonly problem: string };

/**
 * By default V8 collects a heap at twice what is alive in it, some 45 MB here: in the ten heaps of the functions, on two
 * cores, that is a tenth of all work.
 */
const HEAP_FLAGS = ['--min-semi-space-size=16', '--initial-old-space-size=200'];

/** Measures a month of so many accounts; the signal ends the process, and it fails with what the process failed with. */
export async function benchMonthApart(
  folder: string,
  accounts: number,
  say: (step: string) => void,
  signal: AbortSignal,
): Promise<MonthBench> {
  const program = fileURLToPath(new URL('./month-process.ts', import.meta.url));
  const child = fork(program, [folder, String(accounts)], { execArgv: HEAP_FLAGS, serialization: 'advanced' });
  const disconnect = (): void => {
    if (child.connected) child.disconnect();
  };
  signal.addEventListener('abort', disconnect);
  const told: { last?: Exclude<MonthMessage, { kind: 'step' }> } = {};
  child.on('message', (message: MonthMessage) => {
    if (message.kind === 'step') say(message.step);
    else told.last = message;
  });
  const [code] = (await once(child, 'exit')) as [number | null];
  signal.removeEventListener('abort', disconnect);
  signal.throwIfAborted();
  if (told.last?.kind === 'measured') return told.last.month;
  throw new Error(told.last?.problem ?? `the process that measures a month ended with ${code ?? 'a signal'}`);
}
