import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Command } from 'commander';
import { benchBill } from '../bench/bench-bill.ts';
import { benchMemory } from '../bench/bench-memory.ts';
import { benchMonthApart } from '../bench/bench-month-apart.ts';
import { BENCH_MONTH } from '../bench/bench-runtime.ts';
import { benchWorkers } from '../bench/bench-workers.ts';
import { costText, sizesText, workersText } from '../bench/texts.ts';
import { tableOf } from '../bench/rows.ts';
import { synthesize } from '../start/synthesize.ts';
import { MAX_ACCOUNTS } from './generate.ts';
import { CallerFault, flag, option, optionCommand, wholeNumber } from './options.ts';
import { stoppable } from './stoppable.ts';

/** `5,10,20`: levels of concurrency; an empty text is none. */
function workerLevels(text: string): number[] {
  const one = wholeNumber(1, MAX_WORKERS);
  try {
    return text === '' ? [] : text.split(',').map((level) => one(level.trim()));
  } catch {
    throw new CallerFault(`must be whole numbers from 1 to ${MAX_WORKERS} with commas between, not "${text}"`);
  }
}

/** Each is a thread of its own here; a machine is the limit well before. */
const MAX_WORKERS = 100;

/** `npm run bench`: what the pipeline does on this machine, against what this machine could do at most. */
export const benchCommand = (): Command =>
  optionCommand(
    'bench',
    'Measure settlement and dispatch on this machine, each against its bare limit in the same run.',
    {
      accounts: option('--accounts <number>', 'how many accounts', wholeNumber(100, MAX_ACCOUNTS), '10000'),
      workers: option(
        '--workers <numbers>',
        'email workers to measure with a provider that takes a second, with commas between; none with ""',
        workerLevels,
        '5,10,20,40',
      ),
      json: flag('--json', 'end with one line of JSON'),
    },
    async ({ accounts, workers, json }) => {
      const say = (step: string): void => {
        process.stderr.write(`bench: ${step}\n`);
      };
      const measured = await stoppable(async (signal) => {
        say('bill');
        const bill = benchBill(BENCH_MONTH);
        say('memory');
        const memory = await benchMemory(BENCH_MONTH, signal);
        const folder = mkdtempSync(join(tmpdir(), 'tr1l-bench-'));
        try {
          say('synthesize');
          await synthesize(folder, signal);
          const month = await benchMonthApart(folder, accounts, say, signal);
          const levels = await benchWorkers(folder, workers, say, signal);
          return { ...month, rows: [bill, memory, ...month.rows], workers: levels };
        } catch (thrown) {
          signal.throwIfAborted(); // what fails because it was stopped is no failure
          throw thrown;
        } finally {
          rmSync(folder, { recursive: true, force: true });
        }
      });
      const texts = [
        tableOf(measured.rows),
        'Ratios are of one run and hold on a noisy machine; absolute figures do not.',
        sizesText(measured.sizes),
        costText(measured.uses),
        ...(measured.workers.length > 0 ? [workersText(measured.workers)] : []),
      ];
      process.stdout.write(`${texts.join('\n\n')}\n`);
      if (json) process.stdout.write(`${JSON.stringify(measured)}\n`);
    },
  );
