/** Writes generated months as files: a folder a month, and the one catalog file they share. */
import { once } from 'node:events';
import { createWriteStream, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { finished } from 'node:stream/promises';
import { addMonths, type Month } from '../../lambdas/kernel/dates.ts';
import { accountMonth } from './account-month.ts';
import { CATALOG_JSON } from './tariff.ts';

export interface HistoryOptions {
  readonly seed: number | string;
  readonly accounts: number;
  /** The first of the months. */
  readonly month: Month;
  readonly months: number;
  readonly folder: string;
}

/** The files of one generated month. */
export interface MonthFiles {
  readonly month: Month;
  readonly accounts: string;
  readonly usage: string;
  readonly catalogs: string;
}

/** Records a piece of a file: enough that the pieces' overhead is small, few enough that memory is flat. */
const PIECE = 500;

/** Writes the months one after the other; reports each when its files are complete. */
export async function writeHistory(
  { seed, accounts, month, months, folder }: HistoryOptions,
  onMonth: (files: MonthFiles) => void = () => undefined,
): Promise<MonthFiles[]> {
  mkdirSync(folder, { recursive: true });
  const catalogs = join(folder, 'catalogs.json');
  writeFileSync(catalogs, `${JSON.stringify(CATALOG_JSON, null, 1)}\n`);
  const written: MonthFiles[] = [];
  for (let index = 0; index < months; index++) {
    const files = monthFiles(folder, addMonths(month, index), catalogs);
    mkdirSync(join(folder, files.month), { recursive: true });
    await writeMonth(seed, accounts, files);
    written.push(files);
    onMonth(files);
  }
  return written;
}

const monthFiles = (folder: string, month: Month, catalogs: string): MonthFiles => ({
  month,
  accounts: join(folder, month, 'accounts.jsonl'),
  usage: join(folder, month, 'usage.jsonl'),
  catalogs,
});

/** Each account is made once; its two records go to two files that wait for each other. */
async function writeMonth(seed: number | string, accounts: number, files: MonthFiles): Promise<void> {
  const targets = [createWriteStream(files.accounts), createWriteStream(files.usage)] as const;
  const ended = Promise.all(targets.map((target) => finished(target)));
  ended.catch(() => undefined); // told below, and at the end
  for (let first = 1; first <= accounts; first += PIECE) {
    let [accountLines, usageLines] = ['', ''];
    for (let number = first; number < first + PIECE && number <= accounts; number++) {
      const { account, usage } = accountMonth(seed, number, files.month);
      accountLines += `${JSON.stringify(account)}\n`;
      if (usage) usageLines += `${JSON.stringify(usage)}\n`;
    }
    const pieces = [accountLines, usageLines];
    const full = targets.filter((target, index) => !target.write(pieces[index] ?? ''));
    await Promise.race([Promise.all(full.map((target) => once(target, 'drain'))), ended]);
  }
  for (const target of targets) target.end();
  await ended;
}
