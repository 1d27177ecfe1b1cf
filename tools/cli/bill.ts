import { once } from 'node:events';
import type { Command } from 'commander';
import type { FileFaults } from '../billing/file-faults.ts';
import { billFiles, type BillCounts } from '../billing/bill-files.ts';
import { compileCatalogFile, counted, fileToRead, listed, readJson, SHOWN } from './files.ts';
import { CallerFault, month, option, optionCommand } from './options.ts';

/** Characters written at a time. */
const PIECE = 1 << 16;

/** Offline, usage is looked up by where it lies in the file: one line a record. */
const jsonLinesToRead = (path: string): string => {
  if (!path.toLowerCase().endsWith('.csv')) return fileToRead(path);
  throw new CallerFault('must be JSON Lines; CSV is read by "tr1l import" and "tr1l start"');
};

/** The options of what is billed from files. */
export const BILLED_FILES = {
  catalogs: option('--catalogs <file>', 'the catalog versions: one JSON list', fileToRead),
  accounts: option('--accounts <file>', 'accounts as JSON Lines', fileToRead),
  usage: option('--usage <file>', 'usage records as JSON Lines', jsonLinesToRead),
  month: option('--month <YYYY-MM>', 'the month to bill', month),
};

/** `tr1l bill`: bills files offline, one result a line. */
export const billCommand = (): Command =>
  optionCommand(
    'bill',
    'Bill files offline: one JSON result a line on stdout, in the order of the accounts; rejections counted on stderr.',
    BILLED_FILES,
    async ({ catalogs: path, ...files }) => {
      const catalogs = compileCatalogFile(readJson(path), path);
      const billed = await billFiles({ ...files, catalogs }, SHOWN);
      if (!billed.ok) throw brokenFiles(billed.faults);
      let text = '';
      for await (const { result } of billed.results) {
        text += `${JSON.stringify(result)}\n`;
        if (text.length < PIECE) continue;
        await write(text);
        text = '';
      }
      await write(text);
      process.stderr.write(summary(billed.counts));
    },
  );

/** The fault of files of which nothing is billed. */
export const brokenFiles = ({ count, shown }: FileFaults): CallerFault =>
  new CallerFault(listed(`nothing was billed: ${counted(count, 'broken line')}`, shown, count));

async function write(text: string): Promise<void> {
  if (!process.stdout.write(text)) await once(process.stdout, 'drain');
}

function summary({ accounts, invoices, rejected, rejections, usageRecords, foreign }: BillCounts): string {
  const reasons = [...rejections]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([reason, count]) => `  ${reason} ${count.toLocaleString('en')}\n`);
  return [
    `${counted(accounts, 'account')}: ${counted(invoices, 'invoice')}, ${counted(rejected, 'rejection')}\n`,
    ...reasons,
    `${counted(usageRecords, 'usage record')}, of which ${foreign.toLocaleString('en')} of another month or no account here\n`,
  ].join('');
}
