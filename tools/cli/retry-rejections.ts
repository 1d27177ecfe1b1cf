/** `tr1l rejections retry`: starts a run for rejected accounts. */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import type { Command } from 'commander';
import { clock } from '../../lambdas/platform/clock.ts';
import { appendAudit } from '../ops/audit-log.ts';
import { openRejections, type OpenRejection } from '../ops/open-rejections.ts';
import { counted } from './files.ts';
import { accountId, anyText, CallerFault, flag, option, optional, optionCommand, repeated } from './options.ts';
import { bucketsOf, MONTH, namedRejections, settledMonth, type RejectionsPlace } from './rejections-place.ts';
import { STACK } from './stack-options.ts';

/** Accounts of a run: an execution's input holds 256 KiB, an account up to 35 bytes of it. */
const MOST_ACCOUNTS = 5000;

export const retryCommand = (): Command =>
  optionCommand(
    'retry',
    'Settle rejected accounts again, from the import in force, as a run of their own. A dry run unless --apply is given.',
    {
      month: MONTH,
      account: repeated('--account <id>', 'this account; may be given several times', accountId),
      all: flag('--all', 'all open rejections, but the ignored ones'),
      reasonCode: optional('--reason-code <code>', 'those with this reason, but the ignored ones', anyText),
      reason: option('--reason <text>', 'why, for the run and the audit log', anyText),
      apply: flag('--apply', 'start it; without it, only say what would be started'),
      ...STACK,
    },
    async ({ month, account, reasonCode, reason, apply, outputs, stack }) => {
      const place = await settledMonth(new DynamoDBClient({}), month, outputs, stack);
      checkRuns(place);
      const { chosen, ignored } =
        account === null
          ? await openOnes(place, reasonCode)
          : { chosen: await namedRejections(place, account), ignored: 0 };
      const retried = chosen.slice(0, MOST_ACCOUNTS);
      process.stdout.write(
        retried.map(({ accountId, reasons }) => `${accountId.padEnd(12)} ${reasons.join(', ')}\n`).join(''),
      );
      const more = chosen.length - retried.length;
      const outcome = [
        `a retry of ${counted(retried.length, 'account')}`,
        ...(ignored > 0 ? [`${ignored.toLocaleString('en')} ignored left out`] : []),
        ...(more > 0 ? [`${more.toLocaleString('en')} more are for another call, once this run is approved`] : []),
      ].join('; ');
      if (!apply || retried.length === 0) {
        process.stderr.write(
          apply ? `nothing was started: ${outcome}\n` : `dry run, nothing started; with --apply: ${outcome}\n`,
        );
        return;
      }
      const input = { month, mode: 'retry', accounts: retried.map(({ accountId }) => accountId).sort(), reason };
      const execution = await start(place, input);
      const target = `rejections of ${month}`;
      const entry = {
        at: clock.now(),
        command: 'rejections retry',
        target,
        reason,
        outcome: `${outcome}: ${execution}`,
      };
      await appendAudit(place.dynamo, place.auditTable, entry);
      process.stderr.write(`started ${outcome}\n  ${execution}\n  "tr1l run show ${month}" lists its run\n`);
    },
    (given) => {
      const ways = (['account', 'all', 'reasonCode'] as const).filter((name) => given(name) !== null);
      return ways.length === 1 ? [] : ['one of --account, --all and --reason-code must be given'];
    },
  );

/** What the first state of the run would refuse. */
function checkRuns({ month, runs }: RejectionsPlace): void {
  if (runs.settle.status !== 'APPROVED')
    throw new CallerFault(`run ${runs.settle.runId} is not approved yet: only what it has left can be retried`);
  const open = runs.all.find(({ status }) => status === 'OPEN');
  if (open)
    throw new CallerFault(
      `run ${open.runId} is open, and a month has one open run at a time: finish it first ("tr1l run show ${month} --run ${Number(open.runId.slice(-4))}")`,
    );
}

async function openOnes(
  place: RejectionsPlace,
  reasonCode: string | null,
): Promise<{ readonly chosen: OpenRejection[]; readonly ignored: number }> {
  const chosen: OpenRejection[] = [];
  let ignored = 0;
  for await (const each of openRejections(place.dynamo, place.tables, place.month, bucketsOf(place))) {
    if (reasonCode !== null && !each.reasons.includes(reasonCode)) continue;
    if (each.ignoredFor === null) chosen.push(each);
    else ignored++;
  }
  return { chosen, ignored };
}

async function start({ machine }: RejectionsPlace, input: unknown): Promise<string> {
  const command = new StartExecutionCommand({ stateMachineArn: machine, input: JSON.stringify(input) });
  const { executionArn } = await new SFNClient({}).send(command);
  if (executionArn === undefined) throw new Error('Step Functions started no execution');
  return executionArn;
}
