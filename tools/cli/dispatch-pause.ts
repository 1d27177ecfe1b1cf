/** `tr1l dispatch pause` and `resume`: nothing more is sent until a person says so. */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { Command } from 'commander';
import { dispatchPause } from '../../lambdas/dispatch/adapters/dispatch-pause.ts';
import { clock } from '../../lambdas/platform/clock.ts';
import { audited, auditOf } from '../ops/audit-log.ts';
import { APPLY, CallerFault, optionCommand, REASON } from './options.ts';
import { STACK } from './stack-options.ts';
import { namedOutputs } from './stack-outputs.ts';

export const pauseCommand = (): Command =>
  optionCommand(
    'pause',
    'Send nothing more, of any month: releases stop, and what is queued already is held. A dry run unless --apply is given.',
    { reason: REASON, apply: APPLY, ...STACK },
    async ({ reason, apply, outputs, stack }) => {
      const { pause, change } = connect(outputs, stack);
      const found = await pause.read();
      if (found) throw alreadyPaused(found.since, found.reason);
      if (!apply) {
        say('dry run, nothing changed; with --apply: dispatch is paused');
        return;
      }
      const since = clock.now();
      if (!(await change('dispatch pause', reason, 'paused', () => pause.pause({ since, reason })))) {
        const { since: other, reason: why } = (await pause.read()) ?? { since, reason };
        throw alreadyPaused(other, why);
      }
      say('Dispatch is paused: nothing is claimed once the workers have seen it, in a few seconds.');
    },
  );

export const resumeCommand = (): Command =>
  optionCommand(
    'resume',
    'End the pause: what has come due meanwhile goes with the next wave. A dry run unless --apply is given.',
    { reason: REASON, apply: APPLY, ...STACK },
    async ({ reason, apply, outputs, stack }) => {
      const { pause, change } = connect(outputs, stack);
      const found = await pause.read();
      if (!found) throw new CallerFault('dispatch is not paused');
      const paused = `paused since ${found.since} (${found.reason})`;
      if (!apply) {
        say(`dry run, nothing changed; with --apply: dispatch, ${paused}, goes on`);
        return;
      }
      if (!(await change('dispatch resume', reason, `resumed, was ${paused}`, () => pause.resume(found))))
        throw new CallerFault('the pause was ended by someone else meanwhile: look again');
      say(`Dispatch goes on with the next wave; it was ${paused}.`);
    },
  );

const say = (sentence: string): void => {
  process.stdout.write(`${sentence}\n`);
};

const alreadyPaused = (since: string, reason: string): CallerFault =>
  new CallerFault(`dispatch is paused already, since ${since} (${reason})`);

function connect(outputs: string, stack: string) {
  const { ControlTable, AuditTable } = namedOutputs(outputs, stack, ['ControlTable', 'AuditTable']);
  const dynamo = new DynamoDBClient({});
  return {
    pause: dispatchPause(dynamo, ControlTable),
    /** Changes the pause with its entries; false when someone was faster. */
    change: (command: string, reason: string, outcome: string, write: () => Promise<boolean>) =>
      audited(
        auditOf(dynamo, AuditTable, clock.now),
        { command, target: 'dispatch', reason, outcome },
        write,
        (isDone) => (isDone ? {} : { outcome: 'refused: someone was faster' }),
      ),
  };
}
