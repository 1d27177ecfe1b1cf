/** The code of all functions: one esbuild call, one folder a handler. No Docker, no network. */
import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildSync } from 'esbuild';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const BUNDLES = join(ROOT, 'node_modules', '.cache', 'tr1l-lambdas');

/** SDK and others reach Node's built-ins by `require`, which an ES module does not have. */
const BANNER = `import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);`;

let isBuilt = false;

/** The folder that holds the bundle of a handler, `index.mjs`. The first call of a process builds them all. */
export function bundleOf(context: string, handler: string): string {
  if (!isBuilt) buildAll();
  isBuilt = true;
  return join(BUNDLES, context, handler);
}

function buildAll(): void {
  rmSync(BUNDLES, { recursive: true, force: true });
  const entries = ['import', 'settlement', 'dispatch'].flatMap((context) => {
    const folder = join(ROOT, 'lambdas', context, 'handlers');
    return readdirSync(folder).map((file) => ({
      in: join(folder, file),
      out: join(context, file.replace(/\.ts$/, ''), 'index'),
    }));
  });
  buildSync({
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
}
