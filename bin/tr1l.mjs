#!/usr/bin/env node
/**
 * `tr1l` under whatever Node a machine has: re-executes bin/tr1l.ts with the Node 24 that the project brings. Plain
 * JavaScript of an old dialect, as it must be read by the old Node before the new one is known.
 */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { constants } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const program = join(root, 'bin', 'tr1l.ts');
const node = join(root, 'node_modules', 'node', 'bin', process.platform === 'win32' ? 'node.exe' : 'node');
const fail = (problem) => {
  process.stderr.write(`tr1l: ${problem}\n`);
  process.exit(1);
};

if (!existsSync(join(root, 'node_modules', 'commander'))) {
  fail(`the project's packages are not installed: run "npm ci" in ${root} first`);
} else if (Number(process.versions.node.split('.')[0]) >= 24) {
  await import('./tr1l.ts'); // under npm, the project's own Node is first on the path already
} else if (existsSync(node)) {
  run();
} else {
  fail(
    `this is Node ${process.versions.node}, and the project's own Node 24 is missing: its install script did not run; ` +
      `allow it and run "npm ci" again (without --ignore-scripts) in ${root}, or use Node 24`,
  );
}

function run() {
  // The channel tells the program when this launcher is killed: a child is not told otherwise, and would be left behind.
  const child = spawn(node, [program, ...process.argv.slice(2)], { stdio: ['inherit', 'inherit', 'inherit', 'ipc'] });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    process.on(signal, () => {
      // The terminal sends Ctrl-C to the child itself: a second one would mean "at once".
      if (signal !== 'SIGINT' || !process.stdin.isTTY) child.kill(signal);
    });
  }
  child.on('error', (error) => fail(`the project's own Node cannot be run: ${error.message}`));
  child.on('exit', (code, signal) => process.exit(code ?? 128 + (constants.signals[signal] ?? 0)));
}
