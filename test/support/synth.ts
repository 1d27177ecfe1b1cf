/** The synthesized stack, as the tests deploy or inspect it: once for each stage and process. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, Validations } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { afterAll } from 'vitest';
import { ReviewedChecks } from '../../lib/shared/acknowledgements.ts';
import { stageOf, type Stage } from '../../lib/shared/stage.ts';
import { Tr1lStack } from '../../lib/tr1l-stack.ts';

export interface Synthesized {
  readonly stage: Stage;
  readonly stackName: string;
  /** The cloud assembly: the folder that `cdk synth` would write. */
  readonly folder: string;
  readonly stack: Tr1lStack;
  readonly template: Template;
}

/** The context that the CLI passes on. */
const { context } = JSON.parse(readFileSync(new URL('../../cdk.json', import.meta.url), 'utf8')) as {
  context: Record<string, unknown>;
};

const done = new Map<Stage['name'], Synthesized>();

// Hooks run backwards: this one after all of the file, whose runtimes load their functions from the folder.
afterAll(() => {
  for (const { folder } of done.values()) rmSync(folder, { recursive: true, force: true });
});

export function synthesize(name: Stage['name']): Synthesized {
  const known = done.get(name);
  if (known) return known;
  const folder = mkdtempSync(join(tmpdir(), 'tr1l-cdk-'));
  const app = new App({ outdir: folder, context });
  Validations.of(app).addPlugins(new ReviewedChecks(app));
  const stage = stageOf(name);
  const stackName = `Tr1l-${name}`;
  const stack = new Tr1lStack(app, stackName, { stage });
  app.synth();
  const synthesized = { stage, stackName, folder, stack, template: Template.fromStack(stack) };
  done.set(name, synthesized);
  return synthesized;
}
