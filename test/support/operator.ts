/** The operator's commands against a scenario's stack. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { runTr1lWith } from './run-tr1l.ts';
import type { Scenario } from './scenario.ts';

/** Runs a command against the scenario's stack, at its time where that counts. Called once a test file; what it writes is removed after its tests. */
export function operators() {
  const folder = mkdtempSync(join(tmpdir(), 'tr1l-operators-'));
  afterAll(() => {
    rmSync(folder, { recursive: true });
  });
  return ({ runtime }: Pick<Scenario, 'runtime'>, atItsTime = false) => {
    const time = atItsTime ? { NODE_OPTIONS: `--import=${clockOf(runtime)}` } : {};
    const env = { ...runtime.env('operator'), ...time };
    const outputs = join(folder, 'outputs.json');
    writeFileSync(outputs, JSON.stringify({ 'Tr1l-dev': runtime.outputs }));
    return (...words: string[]) => runTr1lWith(env, ...words, '--outputs', outputs);
  };
}

/** A module that gives the command the time of the stack, which is not that of the wall. */
function clockOf({ clock }: Scenario['runtime']): string {
  const { startAtMs, realStartMs, scale } = clock.settings;
  const code =
    `globalThis[Symbol.for("tr1l.clock")]={nowMs:()=>${startAtMs}+(Date.now()-${realStartMs})*${scale},` +
    `sleep:(ms)=>new Promise((go)=>setTimeout(go,ms/${scale}))}`;
  return `data:text/javascript,${encodeURIComponent(code)}`;
}
