/** What a command must not write over: the files it reads, and folders that somebody else filled. */
import { existsSync, mkdirSync, readdirSync, realpathSync, statSync, writeFileSync } from 'node:fs';
import { join, sep } from 'node:path';
import { folderToWrite } from './files.ts';
import { CallerFault } from './options.ts';

/** Says which folder is `tr1l start`'s own; written before anything else in it. */
const MARKER = '.tr1l-start';
/** What `tr1l start` removes or writes over in its folder. */
const WRITTEN = ['cdk', 'logs', 'inbox.jsonl', 'refused.jsonl', 'report.html'] as const;
/** What `tr1l generate` and `tr1l import` leave in the folder that `tr1l start` has by default. */
const NEIGHBOURS = ['population', 'refused.jsonl'];

/** A folder that `tr1l start` may clear for itself: empty, still to be made, or its own of an earlier run; for an option. */
export const folderToClear = (path: string): string => {
  folderToWrite(path);
  const names = existsSync(path) ? readdirSync(path) : [];
  // Before there was the marker, a run was known by what it left.
  const isOwn = names.includes(MARKER) || ['cdk', 'report.html'].every((name) => names.includes(name));
  if (isOwn || names.every((name) => NEIGHBOURS.includes(name))) return path;
  throw new CallerFault(`must be an empty or a new folder, or one of an earlier run: others' files are in ${path}`);
};

/** Marks a folder as the own one of `tr1l start`. */
export function markFolder(path: string): void {
  mkdirSync(path, { recursive: true });
  writeFileSync(join(path, MARKER), `tr1l start writes over ${WRITTEN.join(', ')} here at each run.\n`);
}

/** Throws when writing a file would write over one of those that are read, whatever name it has here. */
export function mustNotOverwrite(option: string, written: string, read: readonly string[]): void {
  for (const path of read)
    if (isIn(path, written)) throw new CallerFault(`${option} would write over ${path}, which is to be read`);
}

/** Throws when `tr1l start` would remove a file that it reads, or write over it. */
export function mustNotClear(option: string, folder: string, read: readonly string[]): void {
  for (const name of WRITTEN) mustNotOverwrite(option, join(folder, name), read);
}

/** Whether a file is this very file, or lies in this folder. */
function isIn(path: string, place: string): boolean {
  const found = statSync(place, { bigint: true, throwIfNoEntry: false });
  if (!found) return false;
  const file = statSync(path, { bigint: true });
  if (found.dev === file.dev && found.ino === file.ino) return true;
  return realpathSync(path).startsWith(`${realpathSync(place)}${sep}`);
}
