/** The memory of the process that settles files (`tr1l bill`), for a month and for one of ten times the accounts. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import type { Month } from '../../lambdas/kernel/dates.ts';
import { writeHistory, type MonthFiles } from '../population/write-population.ts';
import { rowOf, type BenchRow } from './rows.ts';

const [FEW, MANY] = [10_000, 100_000];
/** The least peak of so many runs is told: garbage that a busy machine collects late is not what a month needs. */
const RUNS = 5;
const PROGRAM = fileURLToPath(new URL('../../bin/tr1l.ts', import.meta.url));
/** Runs the program, and at its end tells the most memory that the process has ever had. */
const WITH_PEAK = `process.on('exit', () => process.stderr.write('\\npeak ' + process.resourceUsage().maxRSS + '\\n'))`;

/** The peak of its memory in MB, the greater one held against the smaller. */
export async function benchMemory(month: Month, signal: AbortSignal): Promise<BenchRow> {
  const folder = mkdtempSync(join(tmpdir(), 'tr1l-bench-'));
  try {
    const peak = async (accounts: number): Promise<number> => {
      const options = { seed: 1, accounts, month, months: 1, folder: join(folder, String(accounts)) };
      const [files] = await writeHistory(options);
      const peaks: number[] = [];
      for (let run = 1; run <= RUNS; run++) peaks.push(await peakMb(files as MonthFiles, signal));
      return Math.min(...peaks);
    };
    const few = await peak(FEW);
    return rowOf('memory', 'MB, 100k : 10k accounts', await peak(MANY), few, { atMost: 1.2 });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function peakMb({ accounts, usage, catalogs, month }: MonthFiles, signal: AbortSignal): Promise<number> {
  const files = ['--catalogs', catalogs, '--accounts', accounts, '--usage', usage, '--month', month];
  const hook = `data:text/javascript,${encodeURIComponent(WITH_PEAK)}`;
  const child = spawn(process.execPath, ['--import', hook, PROGRAM, 'bill', ...files], {
    stdio: ['ignore', 'ignore', 'pipe'],
    signal,
  });
  const [said] = await Promise.all([text(child.stderr), once(child, 'exit')]);
  const kilobytes = /\npeak (\d+)\n$/.exec(said)?.[1];
  if (kilobytes === undefined) throw new Error(`tr1l bill failed: ${said}`);
  return Number(kilobytes) / 1024;
}
