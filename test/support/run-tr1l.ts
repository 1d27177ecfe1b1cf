import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

const PROGRAM = fileURLToPath(new URL('../../bin/tr1l.mjs', import.meta.url));

/** Runs `tr1l` as a person does, and waits for its end. */
export function runTr1l(...words: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [PROGRAM, ...words], {
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  });
  return { code: status, stdout, stderr };
}

/** Runs `tr1l` with its output going into a file or a device. */
export function runTr1lInto(path: string, ...words: string[]) {
  const out = openSync(path, 'w');
  const run = spawnSync(process.execPath, [PROGRAM, ...words], { encoding: 'utf8', stdio: ['ignore', out, 'pipe'] });
  closeSync(out);
  return { code: run.status, stderr: run.stderr };
}

/** A file of the golden billing data. */
export const goldenFile = (name: string): string =>
  fileURLToPath(new URL(`../golden/billing/${name}`, import.meta.url));

/** Runs `tr1l` beside this process, for commands that talk to a runtime in it. A variable that is undefined is unset. */
export async function runTr1lWith(env: Readonly<Record<string, string | undefined>>, ...words: string[]) {
  const child = spawn(process.execPath, [PROGRAM, ...words], { env: { ...process.env, ...env } });
  const [stdout, stderr, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'close') as Promise<[number | null]>,
  ]);
  return { code, stdout, stderr };
}
