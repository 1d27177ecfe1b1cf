/** `tr1l rejections retry`: starts a run for rejected accounts. */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SFNClient } from '@aws-sdk/client-sfn';
import type { Command } from 'commander';
import { bucketOf } from '../../lambdas/kernel/buckets.ts';
import { clock } from '../../lambdas/platform/clock.ts';
import { atMost } from '../../lambdas/platform/concurrency.ts';
import { InvalidRunInput } from '../../lambdas/settlement/domain/faults.ts';
import { runNumberOf } from '../../lambdas/settlement/domain/run.ts';
import { importInForce } from '../../lambdas/settlement/import-in-force.ts';
import { accountsDigestOf } from '../../lambdas/settlement/open-retry.ts';
import { AT_ONCE, cannotBeRetried, whyNotRetried } from '../../lambdas/settlement/retried-accounts.ts';
import { audited, auditOf } from '../ops/audit-log.ts';
import { byId, openRejections, type LeftOut } from '../ops/left-out.ts';
import { beginningOf, startRun, type Beginning } from '../ops/start-run.ts';
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
      const accounts = retried.map((each) => each.accountId);
      const again = openRunOf(place, accounts);
      if (again === null) await checkAccounts(place, accounts, account === null);
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
      const sfn = new SFNClient({});
      const execution = await audited(
        auditOf(place.dynamo, place.auditTable, clock.now),
        { command: 'rejections retry', target: `rejections of ${month}`, reason, outcome },
        () => startRun(sfn, place.machine, input),
        (arn) => ({ outcome: `${outcome}: ${arn}` }),
      );
      process.stderr.write(`started ${outcome}\n  ${execution}\n`);
      process.stderr.write(whatBegan(await beginningOf(sfn, execution, () => isOpen(place, accounts)), month));
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
function checkSettleRun({ runs: { settle } }: RejectionsPlace): void {
  if (settle.status === 'REJECTED')
    throw new CallerFault(
      `run ${settle.runId} was rejected: none of its invoices is issued, and there is no run yet that can bill its accounts`,
    );
  if (settle.status === 'OPEN')
    throw new CallerFault(`run ${settle.runId} is not approved yet: only what it has left can be retried`);
}

/** The same of its accounts: all of them must be in the import in force, or none is retried. */
async function checkAccounts(place: RejectionsPlace, accounts: readonly string[], isOfAll: boolean): Promise<void> {
  const { month, stores, bucketCount } = place;
  try {
    const { importId } = await importInForce(stores.runs, month);
    const looked = await atMost(AT_ONCE, accounts, (accountId) =>
      whyNotRetried(stores, month, importId, bucketOf(accountId, bucketCount), accountId),
    );
    const problems = looked.flatMap((whyNot) => whyNot ?? []);
    if (problems.length > 0) throw cannotBeRetried(problems, month);
  } catch (error) {
    if (!(error instanceof InvalidRunInput)) throw error;
    const way = isOfAll ? ` "tr1l rejections ignore ${month} --account <id>" leaves one out.` : '';
    throw new CallerFault(`${error.message}${way}`, { cause: error });
  }
}

const isOpen = async ({ month, stores }: RejectionsPlace, accounts: readonly string[]): Promise<boolean> => {
  const digest = accountsDigestOf(accounts);
  return (await stores.runs.readRuns(month)).some((run) => run.status === 'OPEN' && run.accountsDigest === digest);
};

/** What became of it so far; a retry that was refused after all is a mistake of the caller, too. */
function whatBegan(began: Beginning, month: string): string {
  switch (began.outcome) {
    case 'taken':
      return `  "tr1l run show ${month}" lists its run\n`;
    case 'slow':
      return `  it has opened no run yet, and may still be refused: "tr1l run show ${month}" lists its run once it is there\n`;
    case 'refused':
      throw new CallerFault(`the retry was refused: ${began.sentence}`);
    case 'failed':
      throw new Error(`the retry's execution has failed: ${began.sentence}`);
  }
}

/** The open run of just these accounts, whose execution may have died: it is started again. Another one comes first. */
function openRunOf({ month, runs }: RejectionsPlace, accounts: readonly string[]): string | null {
  const open = runs.all.find(({ status }) => status === 'OPEN');
  if (!open) return null;
  if (open.accountsDigest === accountsDigestOf(accounts)) return open.runId;
  throw new CallerFault(
    `run ${open.runId} is open, and a month has one open run at a time: finish it first ("tr1l run show ${month} --run ${runNumberOf(open.runId)}"), or name all of its accounts by --account to start it again`,
  );
}

/** The accounts that the caller names. Those of the open run may have drafted invoices by now: they are taken as they are. */
async function namedOnes(place: RejectionsPlace, accounts: readonly string[]): Promise<Retried[]> {
  const named = [...new Set(accounts)].sort();
  if (openRunOf(place, named) !== null) return named.map((accountId) => ({ accountId, says: '' }));
  return (await namedAccounts(place, named, mayBeRetried)).map(retriedOf).sort(byId);
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
  return { chosen: chosen.sort(byId), ignored };
}
