import type { Command } from 'commander';
import { FIRST_MONTH, LAST_MONTH } from '../population/tariff.ts';
import { writeHistory } from '../population/write-population.ts';
import { addMonths, type Month } from '../../lambdas/kernel/dates.ts';
import { folderToWrite } from './files.ts';
import { anyText, CallerFault, month, option, optionCommand, wholeNumber } from './options.ts';

/** More accounts would need longer ids and phone numbers that could be real. */
export const MAX_ACCOUNTS = 9_999_999;
const MAX_MONTHS = 120;

/** A month for which a population can be made; for an option. */
export const generatedMonth = (text: string): Month => {
  const found = month(text);
  if (found >= FIRST_MONTH && found <= LAST_MONTH) return found;
  throw new CallerFault(`must be from ${FIRST_MONTH} to ${LAST_MONTH}, not "${text}"`);
};

/** `tr1l generate`: months of made-up accounts and usage, as files. */
export const generateCommand = (): Command =>
  optionCommand(
    'generate',
    'Write made-up accounts, usage and catalogs for some months that hang together.',
    {
      accounts: option('--accounts <number>', 'how many accounts', wholeNumber(1, MAX_ACCOUNTS), '2000'),
      months: option('--months <number>', 'how many months', wholeNumber(1, MAX_MONTHS), '1'),
      month: option('--month <YYYY-MM>', 'the first month', generatedMonth, '2026-01'),
      seed: option('--seed <text>', 'the same seed gives the same records', anyText, '1'),
      out: option('--out <folder>', 'where the files go', folderToWrite, 'out/population'),
    },
    async ({ out: folder, ...options }) => {
      if (addMonths(options.month, options.months - 1) > LAST_MONTH)
        throw new CallerFault(`--months goes beyond ${LAST_MONTH}`);
      await writeHistory({ folder, ...options }, (files) => {
        process.stdout.write(`${files.month}: ${files.accounts} ${files.usage} ${files.catalogs}\n`);
      });
    },
  );
