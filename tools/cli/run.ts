/** `tr1l run`: the settlement runs of a month. */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { Command } from 'commander';
import { runStore } from '../../lambdas/settlement/adapters/run-store.ts';
import { needsPerson, readRunStory } from '../ops/run-story.ts';
import { runText } from '../ops/run-text.ts';
import { decideCommand, noRun } from './decide-run.ts';
import { commandGroup, flag, month, optionCommand, word } from './options.ts';
import { RUN_NUMBER } from './run-number.ts';
import { STACK } from './stack-options.ts';
import { namedOutputs } from './stack-outputs.ts';

export const runCommand = (): Command =>
  commandGroup('run', 'The settlement runs of a month.', [
    showCommand(),
    decideCommand('approve'),
    decideCommand('reject'),
  ]);

const showCommand = (): Command =>
  optionCommand(
    'show',
    "Show a run of a month with its proof, and name the month's other runs. Exit code 1 when a person must look: the proof does not balance, or the run waits.",
    {
      month: word('month', 'the billing month, YYYY-MM', month),
      run: RUN_NUMBER,
      json: flag('--json', 'as one JSON object'),
      ...STACK,
    },
    async ({ month, run, json, outputs, stack }) => {
      const { RunsTable } = namedOutputs(outputs, stack, ['RunsTable']);
      const story = await readRunStory(runStore(new DynamoDBClient({}), RunsTable), month, run);
      if (story === null) throw noRun(month, run);
      process.stdout.write(`${json ? JSON.stringify(story) : runText(story)}\n`);
      if (needsPerson(story)) process.exitCode = 1;
    },
  );
