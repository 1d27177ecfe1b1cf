/** The operator's commands against a scenario's stack. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { runTr1lWith } from './run-tr1l.ts';
import type { Scenario } from './scenario.ts';

/** Runs a command against the scenario's stack. Called once a test file; what it writes is removed after its tests. */
export function operators() {
  const folder = mkdtempSync(join(tmpdir(), 'tr1l-operators-'));
  afterAll(() => {
    rmSync(folder, { recursive: true });
  });
  return ({ runtime }: Pick<Scenario, 'runtime'>) => {
    const outputs = join(folder, 'outputs.json');
    writeFileSync(outputs, JSON.stringify({ 'Tr1l-dev': runtime.outputs }));
    return (...words: string[]) => runTr1lWith(runtime.env('operator'), ...words, '--outputs', outputs);
  };
}
