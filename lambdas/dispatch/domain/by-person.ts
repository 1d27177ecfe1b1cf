/** What a person may do to the notices of one account (dispatch rules §4 and §6): hold and release them, settle a doubt, have one sent anew. Pure. */
import type { Instant } from '../../kernel/dates.ts';
import { originalOf, resendIdOf, resendNumber } from '../../kernel/ids.ts';
import { FINAL_STATES, HELD_BY_PERSON, TRANSITIONS, type Notice, type NoticeState, type Transition } from './ledger.ts';
import type { Policy } from './policy.ts';
import { REOPENED, reopening } from './redriven.ts';
import { nextOpen } from './when.ts';

export const isHeldByPerson = ({ state, reason }: Pick<Notice, 'state' | 'reason'>): boolean =>
  state === 'HELD' && reason === HELD_BY_PERSON;

/** A notice that a person held and released, and that no worker has seen since. */
const RELEASED = 'released';
export const isReleased = ({ state, reason }: Pick<Notice, 'state' | 'reason'>): boolean =>
  state === 'HELD' && reason === RELEASED;

const HOLDABLE: readonly NoticeState[] = TRANSITIONS.holdByPerson.from;
export const canBeHeld = (notice: Pick<Notice, 'state' | 'reason'>): boolean =>
  HOLDABLE.includes(notice.state) && !isHeldByPerson(notice);

/** Held until it is released: its time stays what it was, so that a release gives it back its turn. */
export const holding = ({ channel }: Pick<Notice, 'channel'>): Transition => ({
  row: 'holdByPerson',
  to: 'HELD',
  channel,
  change: { reason: HELD_BY_PERSON },
});

export const releasing = ({ channel }: Pick<Notice, 'channel'>): Transition => ({
  row: 'releaseByPerson',
  to: 'HELD',
  channel,
  change: { reason: RELEASED },
});

/** What a person finds out of a notice whose end nobody knows: it was sent after all, or it is to be tried again. */
export const SETTLEMENTS = ['sent', 'planned'] as const;
export type Settlement = (typeof SETTLEMENTS)[number];

/** The reason of a notice that a person says was sent. */
const SETTLED = 'settled by a person';

const SETTLEABLE: readonly NoticeState[] = TRANSITIONS.settleByPerson.from;
/** What is UNDELIVERABLE has a message in the final queue: it is opened again from there, so that the two do not part. */
export const canBeSettled = ({ state }: Pick<Notice, 'state'>, as: Settlement): boolean =>
  as === 'sent' ? SETTLEABLE.includes(state) : state === 'IN_DOUBT';

/** A notice that a person opened again, and that no worker has seen since. */
export const isReopened = ({ state, reason }: Pick<Notice, 'state' | 'reason'>): boolean =>
  state === 'PLANNED' && reason === REOPENED;

/** Opened again it is due now, on its channel, and may arrive twice: its first send was in doubt. */
export function settling(notice: Notice, as: Settlement, now: Instant): Transition {
  const { channel } = notice;
  if (as === 'sent') return { row: 'settleByPerson', to: 'SENT', channel, change: { reason: SETTLED, ...NO_LEASE } };
  const { change, ...reopened } = reopening(notice, channel);
  return { ...reopened, change: { ...change, dueAt: now, possibleDuplicate: true } };
}

const NO_LEASE = { leaseToken: null, leaseUntil: null };

/** What a resend comes to: a notice to plan, or the one that stands in its way and why. */
export type Resend =
  | { readonly kind: 'new'; readonly notice: Notice; readonly of: Notice }
  | {
      readonly kind: 'refused';
      readonly of: Notice;
      readonly why: 'not-final' | 'no-address';
      /** The resend that was planned already, and is held now. */
      readonly held?: Notice;
    };

/**
 * A new notice beside the last one of an account, never a second claim of it: only when every notice of that version has
 * ended. `notices` are all of the account's notices of a month; at least one. It is planned for now, out of quiet time.
 */
export function resendOf(notices: readonly Notice[], policy: Pick<Policy, 'quietHours'>, now: Instant): Resend {
  const last = lastNotice(notices);
  const isOpen = ({ noticeId, state }: Notice): boolean =>
    !FINAL_STATES.includes(state) && originalOf(noticeId) === originalOf(last.noticeId);
  // The last one is named first; an earlier one may have been redriven, or have come back.
  const open = [last, ...notices].find(isOpen);
  if (open) return { kind: 'refused', of: open, why: 'not-final' };
  const [channel] = last.channels;
  if (channel === undefined || last.contact === null) return { kind: 'refused', of: last, why: 'no-address' };
  const { at, accountWindowIgnored } = nextOpen(policy, { quietHours: last.quietHours }, channel, now);
  const notice: Notice = {
    ...last,
    noticeId: resendIdOf(last.noticeId, resendNumber(last.noticeId) + 1),
    state: 'PLANNED',
    channel,
    used: 0,
    throttled: 0,
    attempts: [],
    dueAt: at,
    reason: 'resend',
    leaseToken: null,
    leaseUntil: null,
    possibleDuplicate: false,
    reopened: undefined,
    accountWindowIgnored,
  };
  return { kind: 'new', notice, of: last };
}

/** The last invoice version's notice, and of its resends the last. */
export function lastNotice(notices: readonly Notice[]): Notice {
  const [first, ...rest] = notices;
  if (!first) throw new Error('an account without a notice has no last one');
  return rest.reduce((last, notice) => (isAfter(notice.noticeId, last.noticeId) ? notice : last), first);
}

/** Ids of one account and month, by version and then by number: `…_r10` is after `…_r2`. */
function isAfter(a: string, b: string): boolean {
  const [ofA, ofB] = [originalOf(a), originalOf(b)];
  return ofA === ofB ? resendNumber(a) > resendNumber(b) : ofA > ofB;
}
