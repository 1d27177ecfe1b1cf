/** `tr1l notice hold`, `release`, `settle` and `resend`: what a person does to one account's notices, with a reason. */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { Command } from 'commander';
import { dueMarkers } from '../../lambdas/dispatch/adapters/due-markers.ts';
import { monthShards } from '../../lambdas/dispatch/adapters/month-shards.ts';
import { noticeLedger } from '../../lambdas/dispatch/adapters/notice-ledger.ts';
import { policyStore } from '../../lambdas/dispatch/adapters/policy-store.ts';
import { SETTLEMENTS, type Resend } from '../../lambdas/dispatch/domain/by-person.ts';
import type { Notice } from '../../lambdas/dispatch/domain/ledger.ts';
import { markNotices } from '../../lambdas/dispatch/mark-notices.ts';
import { bucketOf } from '../../lambdas/kernel/buckets.ts';
import type { Instant } from '../../lambdas/kernel/dates.ts';
import { clock } from '../../lambdas/platform/clock.ts';
import {
  accountNotices,
  holdNotices,
  releaseNotices,
  resendNotice,
  settleNotices,
  whatHoldChanges,
  whatReleaseChanges,
  whatResendPlans,
  whatSettleChanges,
  type AccountDeps,
  type Changed,
} from '../ops/account-notices.ts';
import { audited, auditOf } from '../ops/audit-log.ts';
import { tell } from './dispatch-order.ts';
import { local, standing } from '../ops/notice-story.ts';
import { accountId, APPLY, CallerFault, month, oneOf, option, optionCommand, REASON, word } from './options.ts';
import { STACK } from './stack-options.ts';
import { namedOutputs } from './stack-outputs.ts';

const OPTIONS = {
  month: word('month', 'the billing month, YYYY-MM', month),
  account: word('account', 'the account', accountId),
  reason: REASON,
  apply: APPLY,
  ...STACK,
};

/** What every one of these commands is asked. */
interface Asked {
  readonly month: Notice['month'];
  readonly account: string;
  readonly reason: string;
  readonly apply: boolean;
  readonly outputs: string;
  readonly stack: string;
}

/** What a person may do to all notices of an account at once. */
interface Action {
  readonly verb: 'hold' | 'release' | 'settle';
  readonly past: string;
  /** What it would change. */
  readonly what: (notices: readonly Notice[]) => Changed;
  readonly does: (deps: AccountDeps, notices: readonly Notice[], now: Instant) => Promise<Changed>;
}

export const holdCommand = (): Command =>
  optionCommand(
    'hold',
    "Hold an account's notices until they are released. A dry run unless --apply is given.",
    OPTIONS,
    (asked) => act({ verb: 'hold', past: 'held', what: whatHoldChanges, does: holdNotices }, 'notice hold', asked),
  );

export const releaseCommand = (): Command =>
  optionCommand(
    'release',
    'Release the notices that a person holds: they go at their time, or with the next wave. A dry run unless --apply is given.',
    OPTIONS,
    (asked) =>
      act(
        { verb: 'release', past: 'released', what: whatReleaseChanges, does: releaseNotices },
        'notice release',
        asked,
      ),
  );

export const settleCommand = (): Command =>
  optionCommand(
    'settle',
    "Settle an account's notices that are in doubt: sent after all, or planned once more. A dry run unless --apply is given.",
    {
      ...OPTIONS,
      as: option(
        '--as <sent|planned>',
        'sent: it arrived, also where no channel could deliver it; planned: it goes once more, and may arrive twice',
        oneOf(SETTLEMENTS),
      ),
    },
    ({ as, ...asked }) =>
      act(
        {
          ...{ verb: 'settle', past: 'settled' },
          what: (notices) => whatSettleChanges(notices, as),
          does: (deps, notices, now) => settleNotices(deps, notices, as, now),
        },
        `notice settle --as ${as}`,
        asked,
      ),
  );

export const resendCommand = (): Command =>
  optionCommand(
    'resend',
    "Plan a new notice beside an account's last one, which must have ended. A dry run unless --apply is given.",
    OPTIONS,
    async ({ month, account, reason, apply, outputs, stack }) => {
      const { deps, notices, append } = await find(outputs, stack, month, account);
      const now = clock.now();
      const does = () => resendNotice(deps, notices, now);
      const resend = await whatResendPlans(deps, notices, now).then((meant) => {
        if (!apply) return meant;
        // What is refused may be a resend that was cut off: it gets its due marker again.
        if (meant.kind === 'refused') return does();
        const outcome = `planned as ${meant.notice.noticeId}`;
        const entry = { command: 'notice resend', target: `${month} ${account}`, reason, outcome };
        return audited(append, entry, does, (came) => (came.kind === 'new' ? {} : { outcome: refusedText(came, now) }));
      });
      if (resend.kind === 'refused') {
        throw new CallerFault(`nothing is resent: ${standing(resend.of, now)}${whyRefused(resend, month, account)}`);
      }
      const { noticeId, channel, dueAt } = resend.notice;
      tell(apply, `${noticeId} is planned on ${channel}, due ${local(dueAt)}`);
    },
  );

type Refused = Extract<Resend, { kind: 'refused' }>;

const refusedText = ({ of, held }: Refused, now: Instant): string =>
  `refused: ${standing(of, now)}${held ? `; ${held.noticeId} is held` : ''}`;

function whyRefused({ of, why, held }: Refused, month: string, account: string): string {
  if (why === 'no-address') return ', and its customer has no address on file';
  if (held)
    return `, redriven meanwhile; ${held.noticeId} is held: "tr1l notice release ${month} ${account}" lets it go if that fails`;
  return of.state === 'IN_DOUBT' ? `: "tr1l notice settle ${month} ${account}" settles it first` : '';
}

/** Carries it out, between its two entries of the audit log; or says what it would do. */
async function act(
  { verb, past, what, does }: Action,
  command: string,
  { month, account, reason, apply, outputs, stack }: Asked,
): Promise<void> {
  const { deps, notices, append } = await find(outputs, stack, month, account);
  const meant = what(notices);
  const stands = (notice: Notice): string => standing(notice, clock.now());
  const nothing = ({ untouched }: Changed): CallerFault =>
    new CallerFault(`nothing to ${verb}: ${untouched.map(stands).join('; ')}`);
  if (meant.changed.length === 0) throw nothing(meant);
  const entry = { command, target: `${month} ${account}`, reason, outcome: `${past}: ${idsOf(meant)}` };
  const done = apply
    ? await audited(
        append,
        entry,
        () => does(deps, notices, clock.now()),
        (came) => ({ outcome: came.changed.length === 0 ? `refused: nothing to ${verb}` : `${past}: ${idsOf(came)}` }),
      )
    : meant;
  if (done.changed.length === 0) throw nothing(done);
  const lines = [
    apply ? `${idsOf(done)}: ${past}` : `dry run, nothing changed; with --apply: ${idsOf(done)} would be ${past}`,
    ...done.untouched.map((notice) => `left as it is: ${stands(notice)}`),
  ];
  process.stdout.write(lines.map((line) => `${line}\n`).join(''));
}

const idsOf = ({ changed }: Changed): string => changed.map(({ noticeId }) => noticeId).join(', ');

/** The account's notices of the month; there must be one. */
async function find(outputs: string, stack: string, month: Notice['month'], account: string) {
  const names = ['NoticesTable', 'ControlTable', 'AuditTable', 'BucketCount'] as const;
  const place = namedOutputs(outputs, stack, names);
  const dynamo = new DynamoDBClient({});
  const deps: AccountDeps = {
    ledger: noticeLedger(dynamo, place.NoticesTable),
    mark: markNotices(monthShards(dynamo, place.ControlTable), dueMarkers(dynamo, place.ControlTable)),
    policies: policyStore(dynamo, place.ControlTable),
  };
  const notices = await accountNotices(deps.ledger, month, bucketOf(account, Number(place.BucketCount)), account);
  if (notices.length === 0) throw noNotice(account, month);
  return { deps, notices, append: auditOf(dynamo, place.AuditTable, clock.now) };
}

export const noNotice = (account: string, month: string): CallerFault =>
  new CallerFault(`account ${account} has no notice of ${month}`);
