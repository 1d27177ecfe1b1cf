import { rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Command } from 'commander';
import { Listr } from 'listr2';
import { mayBeLeftOut } from '../../lambdas/import/domain/refused.ts';
import { refusedReason, warningsOf } from '../../lambdas/import/domain/sentences.ts';
import { isBillingMonth, type Month } from '../../lambdas/kernel/dates.ts';
import { checkFiles } from '../import/import-files.ts';
import { jsonLinesFile, recordsOf, usageFile } from '../import/source.ts';
import { population } from '../population/population.ts';
import { CATALOG_JSON } from '../population/tariff.ts';
import { reportHtml } from '../start/report.ts';
import { runMonth, type MonthOptions, type Show } from '../start/run-month.ts';
import { summaryJson, summaryText } from '../start/summary.ts';
import { catalogFaults, counted, fileToRead, listed, readJson, SHOWN } from './files.ts';
import { generatedMonth, MAX_ACCOUNTS } from './generate.ts';
import { anyText, CallerFault, flag, month, option, optional, optionCommand, wholeNumber } from './options.ts';
import { folderToClear, markFolder, mustNotClear } from './overwriting.ts';
import { PROVIDER_OPTIONS, providersOf } from './provider-options.ts';
import { stoppable } from './stoppable.ts';

/** `npm start`: a month, from the import to the last SMS, on this machine. Exit code 0 only when everything balances. */
export const startCommand = (): Command =>
  optionCommand(
    'start',
    'Run a month of made-up customers, or of your own files, through the synthesized stack on this machine.',
    {
      accounts: option('--accounts <number>', 'how many accounts', wholeNumber(1, MAX_ACCOUNTS), '2000'),
      seed: option('--seed <text>', 'the same seed gives the same customers and the same failures', anyText, '1'),
      month: option('--month <YYYY-MM>', 'the billing month', month, '2026-01'),
      accountsFile: optional('--accounts-file <file>', 'your own accounts as JSON Lines', fileToRead),
      usageFile: optional(
        '--usage-file <file>',
        'your own usage as JSON Lines, or as CSV by a name that ends in .csv, each row with as many cells as the heading',
        fileToRead,
      ),
      catalogsFile: optional('--catalogs-file <file>', 'your own catalog versions: one JSON list', fileToRead),
      maxRefused: option(
        '--max-refused <number>',
        'records of your own files that may be left out',
        wholeNumber(0, 1_000_000),
        '0',
      ),
      timeScale: option(
        '--time-scale <number>',
        'how many times faster than the wall clock',
        wholeNumber(1, 1000),
        '30',
      ),
      ...PROVIDER_OPTIONS,
      again: flag('--again', 'run the month a second time: nothing new may be issued or sent'),
      json: flag('--json', 'end with one line of JSON'),
      out: option('--out <folder>', 'where the report, logs and inbox go', folderToClear, 'out'),
    },
    async ({
      accounts,
      json,
      out,
      accountsFile,
      usageFile,
      catalogsFile,
      maxRefused,
      providers,
      outage,
      ...options
    }) => {
      const refusedFile = join(out, 'refused.jsonl');
      // All three or none: `together` has seen to it.
      const own = accountsFile !== null && usageFile !== null && catalogsFile !== null;
      const input = own
        ? await ownFiles({
            ...{ accounts: accountsFile, usage: usageFile, catalogs: catalogsFile },
            ...{ month: options.month, maxRefused, refusedFile },
          })
        : { records: madeUp({ ...options, accounts }) };
      markFolder(out);
      if (!own) rmSync(refusedFile, { force: true });
      const job = { ...options, ...input, out, providers: providersOf(providers, outage) };
      const result = await stoppable((signal) => runMonth(job, listShow(), signal));
      const report = join(out, 'report.html');
      writeFileSync(report, reportHtml(result));
      process.stdout.write(summaryText(result, report));
      if (json) process.stdout.write(`${JSON.stringify(summaryJson(result))}\n`);
      if (!result.balanced) process.exitCode = 1;
    },
    (given) => {
      const files = {
        '--accounts-file': 'accountsFile',
        '--usage-file': 'usageFile',
        '--catalogs-file': 'catalogsFile',
      } as const;
      const missing = Object.entries(files).flatMap(([flags, name]) => (given(name) === null ? [flags] : []));
      if (missing.length < 3) {
        return [
          ...missing.map((flags) => `${flags} must be given with the other files`),
          ...(given('accounts') === null ? [] : ['--accounts makes customers up, and cannot be given with files']),
        ];
      }
      const asked = given('month') ?? '';
      return [
        ...(given('maxRefused') === null ? [] : ['--max-refused is for your own files, and none is given']),
        ...(isBillingMonth(asked) ? problemsOf('--month', () => generatedMonth(asked)) : []),
      ];
    },
  );

function problemsOf(flags: string, read: () => unknown): string[] {
  try {
    read();
    return [];
  } catch (error) {
    if (!(error instanceof CallerFault)) throw error;
    return [`${flags} ${error.message} without files of your own`];
  }
}

/** A population that is made on the way. */
const madeUp = (people: { seed: string; accounts: number; month: Month }): MonthOptions['records'] => ({
  accounts: recordsOf(function* () {
    for (const { account } of population(people)) yield account;
  }),
  usage: recordsOf(function* () {
    for (const { usage } of population(people)) if (usage) yield usage;
  }),
  catalogs: CATALOG_JSON,
});

interface OwnFiles {
  readonly accounts: string;
  readonly usage: string;
  readonly catalogs: string;
  readonly month: Month;
  readonly maxRefused: number;
  readonly refusedFile: string;
}

/** A person's own files, checked before anything is started. */
async function ownFiles({ catalogs: path, ...job }: OwnFiles): Promise<Pick<MonthOptions, 'records' | 'files'>> {
  mustNotClear('--out', dirname(job.refusedFile), [job.accounts, job.usage, path]);
  const catalogs = readJson(path);
  const { result, shown, problems } = await checkFiles({ ...job, catalogs, shown: SHOWN });
  if (problems > 0) process.stderr.write(`${listed(`refused, all listed in ${job.refusedFile}:`, shown, problems)}\n`);
  if (result.outcome === 'catalogs-refused')
    throw new CallerFault(`nothing was run: ${catalogFaults(result.faults, path)}`);
  if (result.outcome === 'records-refused') {
    const way = mayBeLeftOut(result, result.refused)
      ? `mend them, or leave them out with --max-refused ${result.refused}`
      : 'mend the files';
    throw new CallerFault(`nothing was run: ${refusedReason(result)}; ${way}`);
  }
  if (result.files.accounts.read === result.files.accounts.refused)
    throw new CallerFault(`nothing was run: ${job.accounts} holds no account to bill`);
  if (result.totals.refused > 0)
    process.stderr.write(`${counted(result.totals.refused, 'refused record')} left out, as --max-refused allows\n`);
  for (const warning of warningsOf(result.totals, job.month)) process.stderr.write(`${warning}\n`);
  const { accounts, usage, maxRefused } = job;
  return {
    records: { accounts: jsonLinesFile(accounts), usage: usageFile(usage), catalogs, maxRefused },
    files: result.files,
  };
}

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
