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
import { appendAudit } from '../ops/audit-log.ts';
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

export const holdCommand = (): Command =>
  optionCommand(
    'hold',
    "Hold an account's notices until they are released. A dry run unless --apply is given.",
    OPTIONS,
    async ({ month, account, reason, apply, outputs, stack }) => {
      const { deps, notices, record } = await find(outputs, stack, month, account);
      const done = apply ? await holdNotices(deps, notices, clock.now()) : whatHoldChanges(notices);
      await finish('hold', done, apply, (outcome) => record('notice hold', reason, outcome));
    },
  );

export const releaseCommand = (): Command =>
  optionCommand(
    'release',
    'Release the notices that a person holds: they go at their time, or with the next wave. A dry run unless --apply is given.',
    OPTIONS,
    async ({ month, account, reason, apply, outputs, stack }) => {
      const { deps, notices, record } = await find(outputs, stack, month, account);
      const done = apply ? await releaseNotices(deps, notices, clock.now()) : whatReleaseChanges(notices);
      await finish('release', done, apply, (outcome) => record('notice release', reason, outcome));
    },
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
    async ({ month, account, as, reason, apply, outputs, stack }) => {
      const { deps, notices, record } = await find(outputs, stack, month, account);
      const done = apply ? await settleNotices(deps, notices, as, clock.now()) : whatSettleChanges(notices, as);
      await finish('settle', done, apply, (outcome) => record(`notice settle --as ${as}`, reason, outcome));
    },
  );

export const resendCommand = (): Command =>
  optionCommand(
    'resend',
    "Plan a new notice beside an account's last one, which must have ended. A dry run unless --apply is given.",
    OPTIONS,
    async ({ month, account, reason, apply, outputs, stack }) => {
      const { deps, notices, record } = await find(outputs, stack, month, account);
      const now = clock.now();
      const resend = apply ? await resendNotice(deps, notices, now) : await whatResendPlans(deps, notices, now);
      if (resend.kind === 'refused') {
        throw new CallerFault(`nothing is resent: ${standing(resend.of, now)}${whyRefused(resend, month, account)}`);
      }
      const { noticeId } = resend.notice;
      const sentence = `${noticeId} is planned on ${resend.notice.channel}, due ${local(resend.notice.dueAt)}`;
      if (apply) await record('notice resend', reason, `planned as ${noticeId}`);
      process.stdout.write(`${apply ? '' : 'dry run, nothing changed; with --apply: '}${sentence}\n`);
    },
  );

function whyRefused({ of, why, held }: Extract<Resend, { kind: 'refused' }>, month: string, account: string): string {
  if (why === 'no-address') return ', and its customer has no address on file';
  if (held)
    return `, redriven meanwhile; ${held.noticeId} is held: "tr1l notice release ${month} ${account}" lets it go if that fails`;
  return of.state === 'IN_DOUBT' ? `: "tr1l notice settle ${month} ${account}" settles it first` : '';
}

const stands = (notice: Notice): string => standing(notice, clock.now());

const PAST = { hold: 'held', release: 'released', settle: 'settled' } as const;

async function finish(
  verb: keyof typeof PAST,
  { changed, untouched }: Changed,
  apply: boolean,
  record: (outcome: string) => Promise<void>,
): Promise<void> {
  if (changed.length === 0) throw new CallerFault(`nothing to ${verb}: ${untouched.map(stands).join('; ')}`);
  const ids = changed.map(({ noticeId }) => noticeId).join(', ');
  const past = PAST[verb];
  if (apply) await record(`${past}: ${ids}`);
  const lines = [
    apply ? `${ids}: ${past}` : `dry run, nothing changed; with --apply: ${ids} would be ${past}`,
    ...untouched.map((notice) => `left as it is: ${stands(notice)}`),
  ];
  process.stdout.write(lines.map((line) => `${line}\n`).join(''));
}

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
  const record = (command: string, reason: string, outcome: string) =>
    appendAudit(dynamo, place.AuditTable, { at: clock.now(), command, target: `${month} ${account}`, reason, outcome });
  return { deps, notices, record };
}

export const noNotice = (account: string, month: string): CallerFault =>
  new CallerFault(`account ${account} has no notice of ${month}`);
