/** Files that a command reads or writes. */
import { accessSync, constants, readFileSync, statSync } from 'node:fs';
import { compileCatalogs, type CatalogFault } from '../../lambdas/settlement/domain/compile-catalogs.ts';
import type { Catalogs } from '../../lambdas/settlement/domain/catalogs.ts';
import { CallerFault } from './options.ts';

/** How many faults of a file are shown; all are counted. */
export const SHOWN = 20;

/** A file that is there and can be read; for an option. */
export const fileToRead = (path: string): string => {
  const found = statSync(path, { throwIfNoEntry: false });
  if (!found) throw new CallerFault(`names a file that is not there: ${path}`);
  if (found.isDirectory()) throw new CallerFault(`names a folder, not a file: ${path}`);
  try {
    accessSync(path, constants.R_OK);
  } catch {
    throw new CallerFault(`names a file that may not be read: ${path}`);
  }
  return path;
};

/** The JSON of a catalog file. */
export function readCatalogJson(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8').replace(/^\uFEFF/, ''));
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new CallerFault(`${path} is no JSON: ${error.message}`);
  }
}

/** The compiled catalogs of a file; every fault of it is told. */
export function compileCatalogFile(json: unknown, path: string): Catalogs {
  const compiled = compileCatalogs(json);
  if (compiled.ok) return compiled.catalogs;
  throw new CallerFault(catalogFaults(compiled.faults, path));
}

/** What is wrong with a catalog file, a line a fault. */
export const catalogFaults = (faults: readonly CatalogFault[], path: string): string =>
  listed(
    `${path} cannot be used: ${counted(faults.length, 'fault')}`,
    faults.map(({ path: where, problem }) => `${where}: ${problem}`),
  );

/** A sentence, and under it the first of its reasons. */
export function listed(sentence: string, reasons: readonly string[], total = reasons.length): string {
  const shown = reasons.slice(0, SHOWN);
  const more = total - shown.length;
  return [sentence, ...shown, ...(more > 0 ? [`… and ${more} more`] : [])].join('\n  ');
}

/** `1 fault`, `2 faults`. */
export const counted = (count: number, noun: string): string =>
  `${count.toLocaleString('en')} ${noun}${count === 1 ? '' : 's'}`;
