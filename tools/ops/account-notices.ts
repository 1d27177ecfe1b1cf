/** One account's notices of a month, and what a person does to them: hold, release, settle, resend (dispatch rules §4 and §6). */
import type { NoticeLedger } from '../../lambdas/dispatch/adapters/notice-ledger.ts';
import type { PolicyStore } from '../../lambdas/dispatch/adapters/policy-store.ts';
import {
  canBeHeld,
  canBeSettled,
  holding,
  isHeldByPerson,
  isReleased,
  isReopened,
  lastNotice,
  releasing,
  resendOf,
  settling,
  type Resend,
  type Settlement,
} from '../../lambdas/dispatch/domain/by-person.ts';
import type { Notice, Transition } from '../../lambdas/dispatch/domain/ledger.ts';
import { messageOf } from '../../lambdas/dispatch/domain/message-of.ts';
import type { MarkNotices } from '../../lambdas/dispatch/mark-notices.ts';
import type { Instant, Month } from '../../lambdas/kernel/dates.ts';

/** All of them, in the order of their ids: one a version of the invoice, and the resends of each. */
export async function accountNotices(
  ledger: NoticeLedger,
  month: Month,
  bucket: number,
  account: string,
): Promise<Notice[]> {
  const found: Notice[] = [];
  const before = `${month}_${account}_`;
  for await (const page of ledger.bucket(month, bucket, before)) {
    found.push(...page.filter(({ accountId }) => accountId === account));
    if (!page.at(-1)?.noticeId.startsWith(before)) break;
  }
  return found;
}

export interface AccountDeps {
  readonly ledger: NoticeLedger;
  readonly mark: MarkNotices;
  readonly policies: Pick<PolicyStore, 'version'>;
}

/** What became of each notice: it was changed, or it stands as it stood. */
export interface Changed {
  readonly changed: readonly Notice[];
  readonly untouched: readonly Notice[];
}

/** Which notices a hold would change; those that are over, or with a worker, are not. */
export const whatHoldChanges = (notices: readonly Notice[]): Changed => parted(notices, canBeHeld);

/** Which notices a release would change. One that was released, and that no worker has seen since, gets its marker again. */
export const whatReleaseChanges = (notices: readonly Notice[]): Changed =>
  parted(notices, (notice) => isHeldByPerson(notice) || isReleased(notice));

const parted = (notices: readonly Notice[], isMeant: (notice: Notice) => boolean): Changed => ({
  changed: notices.filter(isMeant),
  untouched: notices.filter((notice) => !isMeant(notice)),
});

/**
 * Holds whatever can be held; a worker may have been faster, and then its notice is among the untouched. It looks again
 * after each write: a notice that was planned meanwhile is held too, here or by its planner, which looks after its own.
 */
export async function holdNotices(deps: AccountDeps, notices: readonly Notice[], now: Instant): Promise<Changed> {
  const [first] = notices;
  const seen = new Set<string>();
  const done: { changed: Notice[]; untouched: Notice[] } = { changed: [], untouched: [] };
  for (let fresh = notices; first && fresh.length > 0;) {
    const meant = whatHoldChanges(fresh);
    const held = await write(deps, meant.changed, holding, now);
    done.changed.push(...held.changed);
    done.untouched.push(...meant.untouched, ...held.untouched);
    for (const { noticeId } of fresh) seen.add(noticeId);
    const there = await accountNotices(deps.ledger, first.month, first.bucket, first.accountId);
    fresh = there.filter(({ noticeId }) => !seen.has(noticeId));
  }
  return done;
}

/** Releases what a person holds, and puts the due markers that bring it back. Cut off between the two, it is called again. */
export async function releaseNotices(deps: AccountDeps, notices: readonly Notice[], now: Instant): Promise<Changed> {
  const { changed: meant, untouched } = whatReleaseChanges(notices);
  const released = await write(deps, meant.filter(isHeldByPerson), releasing, now);
  const changed = [...meant.filter(isReleased), ...released.changed];
  await deps.mark(changed, now);
  return { changed, untouched: [...untouched, ...released.untouched] };
}

/** Which notices a settlement would change. One that was opened again, and that no worker has seen since, gets its marker again. */
export const whatSettleChanges = (notices: readonly Notice[], as: Settlement): Changed =>
  parted(notices, (notice) => canBeSettled(notice, as) || (as === 'planned' && isReopened(notice)));

/** Settles what is in doubt; an event of the provider may have been faster. Cut off before the due markers, it is called again. */
export async function settleNotices(
  deps: AccountDeps,
  notices: readonly Notice[],
  as: Settlement,
  now: Instant,
): Promise<Changed> {
  const { changed: meant, untouched } = whatSettleChanges(notices, as);
  const open = meant.filter((notice) => canBeSettled(notice, as));
  const settled = await write(deps, open, (notice) => settling(notice, as, now), now);
  const changed = [...meant.filter((notice) => !canBeSettled(notice, as)), ...settled.changed];
  if (as === 'planned') await deps.mark(changed, now);
  return { changed, untouched: [...untouched, ...settled.untouched] };
}

async function write(
  { ledger }: AccountDeps,
  notices: readonly Notice[],
  transitionOf: (notice: Notice) => Transition,
  now: Instant,
): Promise<Changed> {
  const outcomes = await ledger.apply(
    notices.map((notice) => ({ notice: messageOf(notice), transition: transitionOf(notice) })),
    now,
  );
  const lost = notices.filter((_, index) => !outcomes[index]);
  const stand = await ledger.read(lost.map(messageOf));
  return {
    changed: outcomes.filter((notice) => notice !== null),
    untouched: lost.map((notice, index) => stand[index] ?? notice),
  };
}

/** What a resend would come to. Changes nothing. */
export async function whatResendPlans(
  { policies }: Pick<AccountDeps, 'policies'>,
  notices: readonly Notice[],
  now: Instant,
): Promise<Resend> {
  return resendOf(notices, await policies.version(lastNotice(notices).policyVersion), now);
}

/**
 * Plans the new notice and puts its due marker. Of two that try at once, one plans it; the other is told of that notice.
 * A resend that is planned already, as the first try was cut off, gets its marker again.
 */
export async function resendNotice(deps: AccountDeps, notices: readonly Notice[], now: Instant): Promise<Resend> {
  const resend = await whatResendPlans(deps, notices, now);
  if (resend.kind === 'refused') {
    if (resend.of.state === 'PLANNED') await deps.mark([resend.of], now);
    return resend;
  }
  const [isPlanned] = await deps.ledger.plan([resend.notice]);
  // A redrive may have reopened what was over. Both look after their own write, so one of the two sees the other.
  const others = (await deps.ledger.read(notices.map(messageOf))).filter((notice) => notice !== null);
  const looked = await whatResendPlans(deps, others, now);
  if (isPlanned && looked.kind === 'refused') {
    await write(deps, [resend.notice], holding, now);
    return { ...looked, held: resend.notice };
  }
  await deps.mark([resend.notice], now);
  return isPlanned ? resend : { kind: 'refused', of: resend.notice, why: 'not-final' };
}
