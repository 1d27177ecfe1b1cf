import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { Listr } from 'listr2';
import { recordsOf } from '../import/source.ts';
import { population } from '../population/population.ts';
import { CATALOG_JSON } from '../population/tariff.ts';
import { reportHtml } from '../start/report.ts';
import { runMonth, type Show } from '../start/run-month.ts';
import { summaryJson, summaryText } from '../start/summary.ts';
import { generatedMonth, MAX_ACCOUNTS } from './generate.ts';
import { anyText, flag, option, optionCommand, wholeNumber } from './options.ts';
import { stoppable } from './stoppable.ts';

/** `npm start`: a month, from the import to the last SMS, on this machine. Exit code 0 only when everything balances. */
export const startCommand = (): Command =>
  optionCommand(
    'start',
    'Run a month of made-up customers through the synthesized stack, on this machine.',
    {
      accounts: option('--accounts <number>', 'how many accounts', wholeNumber(1, MAX_ACCOUNTS), '2000'),
      seed: option('--seed <text>', 'the same seed gives the same customers and the same failures', anyText, '1'),
      month: option('--month <YYYY-MM>', 'the billing month', generatedMonth, '2026-01'),
      timeScale: option(
        '--time-scale <number>',
        'how many times faster than the wall clock',
        wholeNumber(1, 1000),
        '30',
      ),
      again: flag('--again', 'run the month a second time: nothing new may be issued or sent'),
      json: flag('--json', 'end with one line of JSON'),
      out: option('--out <folder>', 'where the report, logs and inbox go', anyText, 'out'),
    },
    async ({ accounts, json, out, ...options }) => {
      const { seed, month } = options;
      const people = { seed, accounts, month };
      const records = {
        accounts: recordsOf(function* () {
          for (const { account } of population(people)) yield account;
        }),
        usage: recordsOf(function* () {
          for (const { usage } of population(people)) if (usage) yield usage;
        }),
        catalogs: CATALOG_JSON,
      };
      const result = await stoppable((signal) => runMonth({ ...options, out, records }, listShow(), signal));
      const report = join(out, 'report.html');
      writeFileSync(report, reportHtml(result));
      process.stdout.write(summaryText(result, report));
      if (json) process.stdout.write(`${JSON.stringify(summaryJson(result))}\n`);
      if (!result.balanced) process.exitCode = 1;
    },
  );

/** Each stage as a line that is ticked off, with what it is at while it runs. */
function listShow(): Show {
  return {
    stage: async (title, run, detail) => {
      const list = new Listr<object, 'default', 'simple'>(
        [
          {
            title,
            task: async (_, task) => {
              const show = (): void => {
                const text = detail?.() ?? '';
                if (text !== '') task.title = `${title}: ${text}`;
              };
              const timer = setInterval(show, 200);
              try {
                await run();
              } finally {
                clearInterval(timer);
                show();
              }
            },
          },
        ],
        { rendererOptions: { collapseErrors: false }, fallbackRendererOptions: {}, registerSignalListeners: false },
      );
      await list.run();
    },
  };
}
