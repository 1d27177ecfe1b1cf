/** `tr1l rejections retry`: starts a run for rejected accounts. */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import type { Command } from 'commander';
import { clock } from '../../lambdas/platform/clock.ts';
import { accountsDigestOf } from '../../lambdas/settlement/open-retry.ts';
import { appendAudit } from '../ops/audit-log.ts';
import { openRejections, type LeftOut } from '../ops/left-out.ts';
import { counted } from './files.ts';
import { accountId, anyText, APPLY, CallerFault, flag, option, optional, optionCommand, repeated } from './options.ts';
import {
  bucketsOf,
  MONTH,
  namedAccounts,
  reasonCode as readReasonCode,
  settledMonth,
  whyLeftOut,
  type RejectionsPlace,
} from './rejections-place.ts';
import { STACK } from './stack-options.ts';

/** Accounts of a run: an execution's input holds 256 KiB, an account up to 35 bytes of it. */
const MOST_ACCOUNTS = 5000;

export const retryCommand = (): Command =>
  optionCommand(
    'retry',
    'Settle rejected accounts again, from the import in force, as a run of their own; one that is open with the same accounts is started again. A dry run unless --apply is given.',
    {
      month: MONTH,
      account: repeated('--account <id>', 'this account, rejected or in no run; may be given several times', accountId),
      all: flag('--all', 'all open rejections, but the ignored ones'),
      reasonCode: optional('--reason-code <code>', 'those with this reason, but the ignored ones', readReasonCode),
      reason: option('--reason <text>', 'why, for the run and the audit log', anyText),
      apply: APPLY,
      ...STACK,
    },
    async ({ month, account, reasonCode, reason, apply, outputs, stack }) => {
      const place = await settledMonth(new DynamoDBClient({}), month, outputs, stack);
      checkSettleRun(place);
      const { chosen, ignored } =
        account === null ? await openOnes(place, reasonCode) : { chosen: await namedOnes(place, account), ignored: 0 };
      const retried = chosen.slice(0, MOST_ACCOUNTS);
      const accounts = retried.map((each) => each.accountId).sort();
      const again = openRunOf(place, accounts);
      process.stdout.write(retried.map((each) => `${each.accountId.padEnd(12)} ${each.says}\n`).join(''));
      const more = chosen.length - retried.length;
      const outcome = [
        `${again === null ? '' : `run ${again} again, `}a retry of ${counted(retried.length, 'account')}`,
        ...(ignored > 0 ? [`${ignored.toLocaleString('en')} ignored left out`] : []),
        ...(more > 0 ? [`${more.toLocaleString('en')} more are for another call, once this run is approved`] : []),
      ].join('; ');
      if (!apply || retried.length === 0) {
        process.stderr.write(
          apply ? `nothing was started: ${outcome}\n` : `dry run, nothing started; with --apply: ${outcome}\n`,
        );
        return;
      }
      const input = { month, mode: 'retry', accounts, reason };
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

/** An account that is retried, and what is said of it. */
interface Retried {
  readonly accountId: string;
  readonly says: string;
}

/** What the first state of the run would refuse. */
function checkSettleRun({ runs }: RejectionsPlace): void {
  if (runs.settle.status !== 'APPROVED')
    throw new CallerFault(`run ${runs.settle.runId} is not approved yet: only what it has left can be retried`);
}

/** The open run of just these accounts, whose execution may have died: it is started again. Another one comes first. */
function openRunOf({ month, runs }: RejectionsPlace, accounts: readonly string[]): string | null {
  const open = runs.all.find(({ status }) => status === 'OPEN');
  if (!open) return null;
  if (open.accountsDigest === accountsDigestOf(accounts)) return open.runId;
  throw new CallerFault(
    `run ${open.runId} is open, and a month has one open run at a time: finish it first ("tr1l run show ${month} --run ${Number(open.runId.slice(-4))}"), or name all of its accounts by --account to start it again`,
  );
}

/** The accounts that the caller names. Those of the open run may have drafted invoices by now: they are taken as they are. */
async function namedOnes(place: RejectionsPlace, accounts: readonly string[]): Promise<Retried[]> {
  const named = [...new Set(accounts)].sort();
  if (openRunOf(place, named) !== null) return named.map((accountId) => ({ accountId, says: '' }));
  return (await namedAccounts(place, named, mayBeRetried)).map(retriedOf);
}

const mayBeRetried = (each: LeftOut): each is LeftOut => each.why !== 'never-issued';
const retriedOf = (each: LeftOut): Retried => ({
  accountId: each.accountId,
  says: each.why === 'rejected' ? each.reasons.join(', ') : whyLeftOut(each),
});

async function openOnes(
  place: RejectionsPlace,
  reasonCode: string | null,
): Promise<{ readonly chosen: Retried[]; readonly ignored: number }> {
  const chosen: Retried[] = [];
  let ignored = 0;
  for await (const each of openRejections(place.stores, place.runs, bucketsOf(place))) {
    if (reasonCode !== null && !each.reasons.includes(reasonCode)) continue;
    if (each.ignoredFor === null) chosen.push(retriedOf(each));
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
