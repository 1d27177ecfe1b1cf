/** A folder for the files of a test, removed when its tests are over. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';

export interface TemporaryFiles {
  readonly folder: string;
  /** Writes a file of these lines, each ended by a newline, and answers with its path. */
  readonly file: (name: string, ...lines: string[]) => string;
}

/** Makes the folder. To be called outside of any test, so that it is there for all of the file. */
export function temporaryFiles(): TemporaryFiles {
  const folder = mkdtempSync(join(tmpdir(), 'tr1l-test-'));
  afterAll(() => {
    rmSync(folder, { recursive: true });
  });
  return {
    folder,
    file: (name, ...lines) => {
      const path = join(folder, name);
      writeFileSync(path, lines.map((line) => `${line}\n`).join(''));
      return path;
    },
  };
}
