/** `tr1l run`: the settlement runs of a month. */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { Command } from 'commander';
import { runStore } from '../../lambdas/settlement/adapters/run-store.ts';
import { SETTLE_RUN } from '../../lambdas/settlement/domain/run.ts';
import { readRunStory, runText } from '../ops/run-story.ts';
import { CallerFault, commandGroup, flag, month, option, optionCommand, wholeNumber, word } from './options.ts';
import { STACK } from './stack-options.ts';
import { namedOutputs } from './stack-outputs.ts';

export const runCommand = (): Command => commandGroup('run', 'The settlement runs of a month.', [showCommand()]);

const showCommand = (): Command =>
  optionCommand(
    'show',
    "Show a run of a month with its proof, and name the month's other runs. Exit code 1 when the proof does not balance.",
    {
      month: word('month', 'the billing month, YYYY-MM', month),
      run: option('--run <number>', 'the run: 1 is the settle run, retries follow', wholeNumber(1, 9999), '1'),
      json: flag('--json', 'as one JSON object'),
      ...STACK,
    },
    async ({ month, run, json, outputs, stack }) => {
      const { RunsTable } = namedOutputs(outputs, stack, ['RunsTable']);
      const story = await readRunStory(runStore(new DynamoDBClient({}), RunsTable), month, run);
      if (story === null)
        throw new CallerFault(`${month} has no run ${run}${run === SETTLE_RUN ? ': it was never settled' : ''}`);
      process.stdout.write(`${json ? JSON.stringify(story) : runText(story)}\n`);
      if (story.outcome !== 'balanced') process.exitCode = 1;
    },
  );
