/**
 * Emails a second by the number of workers, when the provider takes its real second for each: until the machine is the
 * limit, they follow the concurrency that the event source of the queue is given.
 */
import { cpuUsage } from 'node:process';
import { availableParallelism } from 'node:os';
import { epochMs } from '../../lambdas/kernel/dates.ts';
import { NO_FAILURES } from '../local/provider-rates.ts';
import { BENCH_MONTH, startBench } from './bench-runtime.ts';

export interface WorkersRow {
  readonly workers: number;
  /** What the provider's second allows: a batch of ten a worker. */
  readonly atMost: number;
  /** Emails a second, measured. */
  readonly perSecond: number;
  /** Share of the machine's cores that the runtime's process kept busy meanwhile, the emulator of DynamoDB apart. */
  readonly busy: number;
  /** Hours that a million emails would take at this rate. */
  readonly millionHours: number;
}

const LATENCY_MS = 1000;
/** Messages of an invocation, sent at once: the event source's batch (lib/dispatch.ts). */
const BATCH = 10;
/** Batches a worker: the first ones, in which workers start, and the last, in which some have none, are not measured. */
const ROUNDS = 10;
const [FROM, TO] = [0.4, 0.9];

/** Runs a month of its own for each number of workers. `folder` holds the synthesized stack. */
export async function benchWorkers(
  folder: string,
  levels: readonly number[],
  say: (step: string) => void,
  signal: AbortSignal,
): Promise<WorkersRow[]> {
  const rows: WorkersRow[] = [];
  for (const workers of levels) {
    say(`${workers} email workers`);
    rows.push(await measure(folder, workers, signal));
  }
  return rows;
}

async function measure(folder: string, workers: number, signal: AbortSignal): Promise<WorkersRow> {
  const providers = { ...NO_FAILURES, email: { ...NO_FAILURES.email, latencyMs: LATENCY_MS } };
  const bench = await startBench(folder, { providers, workers: { 'send-email': workers } }, signal);
  try {
    const sends: { atMs: number; cpu: number }[] = [];
    bench.runtime.events.on('send', ({ channel }) => {
      if (channel !== 'email') return;
      const { user, system } = cpuUsage();
      sends.push({ atMs: performance.now(), cpu: (user + system) / 1000 });
    });
    await bench.importMonth(BENCH_MONTH, workers * BATCH * ROUNDS);
    const follow = bench.follow(BENCH_MONTH);
    bench.runtime.schedules.fire('settlement', epochMs(bench.noonAfter(BENCH_MONTH)));
    await follow.ended('settlement');
    await follow.ended('dispatch');
    await bench.runtime.idle();
    const [first, last] = [Math.floor(sends.length * FROM), Math.floor(sends.length * TO)];
    const [from, to] = [sends[first], sends[last]];
    if (!from || !to) throw new Error('no email was sent');
    const seconds = (to.atMs - from.atMs) / 1000;
    const perSecond = (last - first) / seconds;
    return {
      workers,
      atMost: (workers * BATCH * 1000) / LATENCY_MS,
      perSecond,
      busy: (to.cpu - from.cpu) / 1000 / seconds / availableParallelism(),
      millionHours: 1e6 / perSecond / 3600,
    };
  } finally {
    await bench.runtime.stop();
  }
}
