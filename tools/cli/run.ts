/** `tr1l run`: the settlement runs of a month. */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { Command } from 'commander';
import { runStore } from '../../lambdas/settlement/adapters/run-store.ts';
import { readRunStory, runText } from '../ops/run-story.ts';
import { CallerFault, commandGroup, flag, month, optionCommand, word } from './options.ts';
import { STACK } from './stack-options.ts';
import { namedOutputs } from './stack-outputs.ts';

export const runCommand = (): Command => commandGroup('run', 'The settlement run of a month.', [showCommand()]);

const showCommand = (): Command =>
  optionCommand(
    'show',
    "Show a month's run with its proof. Exit code 1 when the proof does not balance.",
    { month: word('month', 'the billing month, YYYY-MM', month), json: flag('--json', 'as one JSON object'), ...STACK },
    async ({ month, json, outputs, stack }) => {
      const { RunsTable } = namedOutputs(outputs, stack, ['RunsTable']);
      const story = await readRunStory(runStore(new DynamoDBClient({}), RunsTable), month, 1);
      if (story === null) throw new CallerFault(`${month} was never settled: it has no run`);
      process.stdout.write(`${json ? JSON.stringify(story) : runText(story)}\n`);
      if (story.outcome !== 'balanced') process.exitCode = 1;
    },
  );
