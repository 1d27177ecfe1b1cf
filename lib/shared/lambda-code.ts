/**
 * The code of all functions: one esbuild call, one folder a handler. No Docker, no network. The bundles lie in a folder
 * named by their content, which appears whole: processes that synthesize at once never see each other's half.
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildSync } from 'esbuild';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const BUNDLES = join(ROOT, 'node_modules', '.cache', 'tr1l-lambdas');

/** SDK and others reach Node's built-ins by `require`, which an ES module does not have. */
const BANNER = `import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);`;

/** Bundles of code that is no more are cleared away after a day: nobody copies from them any longer. */
const FORGET_AFTER_MS = 24 * 3_600_000;

let built: string | undefined;

/** The folder that holds the bundle of a handler, `index.mjs`. The first call of a process builds them all. */
export function bundleOf(context: string, handler: string): string {
  built ??= buildAll();
  return join(built, context, handler);
}

function buildAll(): string {
  const entries = ['import', 'settlement', 'dispatch'].flatMap((context) => {
    const folder = join(ROOT, 'lambdas', context, 'handlers');
    return readdirSync(folder).map((file) => ({
      in: join(folder, file),
      out: join(context, file.replace(/\.ts$/, ''), 'index'),
    }));
  });
  const { outputFiles } = buildSync({
    write: false,
    entryPoints: entries,
    outdir: BUNDLES,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    platform: 'node',
    target: 'node24',
    format: 'esm',
    // Names stay as they are written, so that a stack trace in a log can be read: identifiers are not minified. (Option
    // `keepNames` is for those who do, and costs a call for every closure that is made.)
    minifySyntax: true,
    legalComments: 'none',
    charset: 'utf8',
    banner: { js: BANNER },
    logLevel: 'error',
    absWorkingDir: ROOT,
  });
  const hash = createHash('sha256');
  for (const { path, contents } of outputFiles) hash.update(relative(BUNDLES, path)).update(contents);
  const folder = join(BUNDLES, hash.digest('hex').slice(0, 16));
  if (!existsSync(folder)) {
    mkdirSync(BUNDLES, { recursive: true });
    forgetOld();
    const half = mkdtempSync(join(BUNDLES, 'half-'));
    for (const { path, contents } of outputFiles) {
      const file = join(half, relative(BUNDLES, path));
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, contents);
    }
    putInPlace(half, folder);
  }
  return folder;
}

/** Another process may have built the same code meanwhile: then its folder stands, and ours goes. */
function putInPlace(half: string, folder: string): void {
  try {
    renameSync(half, folder);
  } catch (error) {
    rmSync(half, { recursive: true, force: true });
    if (!existsSync(folder)) throw error;
  }
}

function forgetOld(): void {
  for (const name of readdirSync(BUNDLES)) {
    const path = join(BUNDLES, name);
    const stat = statSync(path, { throwIfNoEntry: false });
    if (stat && Date.now() - stat.mtimeMs > FORGET_AFTER_MS) rmSync(path, { recursive: true, force: true });
  }
}
