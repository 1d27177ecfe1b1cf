/** Files that a command reads or writes. */
import { isUtf8 } from 'node:buffer';
import { accessSync, constants, existsSync, mkdirSync, readFileSync, rmdirSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { compileCatalogs, type CatalogFault } from '../../lambdas/settlement/domain/compile-catalogs.ts';
import type { Catalogs } from '../../lambdas/settlement/domain/catalogs.ts';
import { CallerFault } from './options.ts';

/** How many faults of a file are shown; all are counted. */
export const SHOWN = 20;

/** A file that is there and can be read, again and again; for an option. A pipe is empty when it is read again. */
export const fileToRead = (path: string): string => {
  if (statSync(inputToRead(path)).isFile()) return path;
  throw new CallerFault(`must be a file, as it is read more than once, not a pipe or a device: ${path}`);
};

/** A file or a pipe that is there and can be read, once; for an option. */
export const inputToRead = (path: string): string => {
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

/** The nearest folder or file on the way to a path that is there. */
function standing(path: string): string {
  const at = resolve(path);
  return existsSync(at) ? at : standing(dirname(at));
}

/** A folder that is there, or that can be made; for an option. */
export const folderToWrite = (path: string): string => {
  if (path === '') throw new CallerFault('must not be empty');
  const found = standing(path);
  if (!statSync(found).isDirectory()) throw new CallerFault(`must be a folder: ${found} is a file`);
  writable(path, found);
  const [missing = ''] = relative(found, resolve(path)).split(sep);
  if (missing !== '') canBeMade(join(found, missing));
  return path;
};

/** Some places say only then that they take no folder, such as /proc; where they do, Node's recursive mkdir never returns. */
function canBeMade(folder: string): void {
  try {
    mkdirSync(folder);
    rmdirSync(folder);
  } catch {
    throw new CallerFault(`cannot be made: ${folder}`);
  }
}

/** A file that may be written, with the folders on the way to it; for an option. */
export const fileToWrite = (path: string): string => {
  if (!existsSync(path)) {
    folderToWrite(dirname(path));
    return path;
  }
  if (statSync(path).isDirectory()) throw new CallerFault(`names a folder, not a file: ${path}`);
  return writable(path, path);
};

function writable(path: string, found: string): string {
  try {
    accessSync(found, constants.W_OK);
  } catch {
    throw new CallerFault(`may not be written: ${found}`);
  }
  return path;
}

/** The JSON of a file. A byte order mark is no part of it. */
export function readJson(path: string): unknown {
  const bytes = readFileSync(path);
  if (!isUtf8(bytes)) throw new CallerFault(`${path} is not UTF-8`);
  try {
    return JSON.parse(bytes.toString('utf8').replace(/^\uFEFF/, ''));
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

/** What is wrong with a catalog file, a line a fault: all of them, as they are listed nowhere else. */
export const catalogFaults = (faults: readonly CatalogFault[], path: string): string =>
  [
    `${path} cannot be used: ${counted(faults.length, 'fault')}`,
    ...faults.map(({ path: where, problem }) => `${where}: ${problem}`),
  ].join('\n  ');

/** A sentence, and under it the first of its reasons. */
export function listed(sentence: string, reasons: readonly string[], total = reasons.length): string {
  const shown = reasons.slice(0, SHOWN);
  const more = total - shown.length;
  return [sentence, ...shown, ...(more > 0 ? [`… and ${more} more`] : [])].join('\n  ');
}

/** `1 fault`, `2 faults`. */
export const counted = (count: number, noun: string): string =>
  `${count.toLocaleString('en')} ${noun}${count === 1 ? '' : 's'}`;
