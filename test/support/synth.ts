/** The synthesized stack, as the tests deploy or inspect it: once for each stage and process. */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
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

const done = new Map<Stage['name'], Synthesized>();

export function synthesize(name: Stage['name']): Synthesized {
  const known = done.get(name);
  if (known) return known;
  const folder = mkdtempSync(join(tmpdir(), 'tr1l-cdk-'));
  const app = new App({ outdir: folder });
  const stage = stageOf(name);
  const stackName = `Tr1l-${name}`;
  const stack = new Tr1lStack(app, stackName, { stage });
  app.synth();
  const synthesized = { stage, stackName, folder, stack, template: Template.fromStack(stack) };
  done.set(name, synthesized);
  return synthesized;
}
