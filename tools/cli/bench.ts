import type { Command } from 'commander';
import { benchMonth } from '../bench/bench-month.ts';
import { tableOf } from '../bench/rows.ts';
import { MAX_ACCOUNTS } from './generate.ts';
import { flag, option, optionCommand, wholeNumber } from './options.ts';
import { stoppable } from './stoppable.ts';

/** `npm run bench`: what the pipeline does on this machine, against what this machine could do at most. */
export const benchCommand = (): Command =>
  optionCommand(
    'bench',
    'Measure settlement and dispatch on this machine, each against its bare limit in the same run.',
    {
      accounts: option('--accounts <number>', 'how many accounts', wholeNumber(10, MAX_ACCOUNTS), '10000'),
      json: flag('--json', 'end with one line of JSON'),
    },
    async ({ accounts, json }) => {
      const say = (step: string): void => {
        process.stderr.write(`bench: ${step}\n`);
      };
      const rows = await stoppable((signal) => benchMonth(accounts, say, signal));
      process.stdout.write(
        `${tableOf(rows)}\n\nItems a second; ratios hold on a noisy machine, absolute figures do not.\n`,
      );
      if (json) process.stdout.write(`${JSON.stringify({ rows })}\n`);
    },
  );
