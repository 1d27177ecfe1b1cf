/**
 * The delivery ledger's states and its transition table (dispatch rules §4), as data. A transition is one conditional
 * write whose condition *is* its row: the adapter derives the condition from here, the tests check every history
 * against it, and what no row allows cannot be written.
 */
import { epochMs, instantOf, type Instant, type LocalDate, type Month } from '../../kernel/dates.ts';
import type { Won } from '../../kernel/money.ts';
import type { ProviderClass } from './answer.ts';
import type { Channel } from './policy.ts';

export const STATES = [
  'PLANNED',
  'SENDING',
  'RETRYING',
  'SENT',
  'HELD',
  'IN_DOUBT',
  'DELIVERED',
  'BOUNCED',
  'UNDELIVERABLE',
  'CANCELLED',
  'SKIPPED',
] as const;
export type NoticeState = (typeof STATES)[number];

/** States that no worker leaves by itself. */
export const FINAL_STATES: readonly NoticeState[] = ['SENT', 'DELIVERED', 'UNDELIVERABLE', 'CANCELLED', 'SKIPPED'];

/** The reason of a notice that a person holds; no other writer gives it. */
export const HELD_BY_PERSON = 'held by a person';

/** What else must hold of the stored notice, besides its state. */
export type Condition =
  /** It stands on the channel that the writer names. */
  | 'on-channel'
  /** It stands on this channel, whatever the writer names. */
  | 'email'
  | 'sms'
  /** Fewer attempts are used than the writer says its policy gives. */
  | 'attempts-left'
  /** `dueAt` has come. */
  | 'due'
  /** A person holds it, or does not: nobody else may move what a person holds. */
  | 'held-by-person'
  | 'not-held-by-person'
  /** The writer holds the lease. */
  | 'own-lease'
  /** The lease has run out. */
  | 'lease-over'
  /** The lease ran out 15 minutes ago: time enough for the provider's own event (§3, UNKNOWN). */
  | 'lease-over-and-quiet'
  /** It was not sent a second time for want of an answer. */
  | 'not-possible-duplicate'
  /** Lease and attempts are those that the writer read: what it decided still fits. */
  | 'as-read';

export interface TransitionRow {
  readonly from: readonly NoticeState[];
  readonly to: readonly NoticeState[];
  readonly when: readonly Condition[];
  /** The channel that the write must move the notice to. */
  readonly onto?: Channel;
}

/**
 * The rows of §4, by who writes them. Two kinds are left out: a notice is planned by a put of what is absent, not by a
 * transition; and nothing writes CANCELLED yet, as no run corrects an invoice.
 */
export const TRANSITIONS = {
  /** A person, with a reason: the notice may be tried again, or has arrived after all. */
  reopen: { from: ['IN_DOUBT', 'UNDELIVERABLE'], to: ['PLANNED'], when: [] },
  settleByPerson: { from: ['IN_DOUBT', 'UNDELIVERABLE'], to: ['SENT'], when: [] },
  /** Quiet hours, breaker, budget or pause, seen before a claim. */
  hold: { from: ['PLANNED', 'RETRYING', 'HELD'], to: ['HELD'], when: ['on-channel', 'not-held-by-person'] },
  /** A person holds one account's notices, wherever they stand, and releases them. */
  holdByPerson: { from: ['PLANNED', 'RETRYING', 'HELD'], to: ['HELD'], when: ['not-held-by-person'] },
  releaseByPerson: { from: ['HELD'], to: ['HELD'], when: ['held-by-person'] },
  /** The right to one attempt; it returns the whole item, which is all that a send needs. */
  claim: { from: ['PLANNED', 'RETRYING', 'HELD'], to: ['SENDING'], when: ['on-channel', 'due', 'not-held-by-person'] },
  /** An email worker died, and no event told what became of its send. */
  takeover: { from: ['SENDING'], to: ['SENDING'], when: ['email', 'lease-over-and-quiet', 'attempts-left', 'as-read'] },
  /** The 15 minutes of an email in doubt are over without an event: it is sent once more, and only once. */
  resendInDoubt: { from: ['IN_DOUBT'], to: ['SENDING'], when: ['email', 'due', 'not-possible-duplicate'] },
  /** An SMS worker died: never sent again by itself. */
  doubt: { from: ['SENDING'], to: ['IN_DOUBT'], when: ['sms', 'lease-over', 'as-read'] },
  /** The class of the provider's answer. */
  answer: {
    from: ['SENDING'],
    to: ['SENT', 'RETRYING', 'HELD', 'IN_DOUBT', 'UNDELIVERABLE'],
    when: ['on-channel', 'own-lease'],
  },
  /** The SMS worker got it by email's redrive policy. */
  redriven: { from: ['PLANNED', 'RETRYING'], to: ['RETRYING'], when: ['email'], onto: 'sms' },
  redrivenFromDead: { from: ['SENDING'], to: ['RETRYING'], when: ['email', 'lease-over', 'as-read'], onto: 'sms' },
  /** The final queue got it by redrive, or the SMS worker did and its customer has no SMS. */
  givenUp: { from: ['PLANNED', 'RETRYING'], to: ['UNDELIVERABLE'], when: ['on-channel'] },
  givenUpFromDead: { from: ['SENDING'], to: ['UNDELIVERABLE'], when: ['on-channel', 'lease-over', 'as-read'] },
  /** A provider's event, which may come before our own write of the answer. */
  event: {
    from: ['SENDING', 'IN_DOUBT', 'SENT'],
    to: ['SENT', 'DELIVERED', 'BOUNCED'],
    when: ['email', 'as-read'],
  },
  /** An email that was delivered comes back after all. */
  lateBounce: { from: ['DELIVERED'], to: ['BOUNCED'], when: ['email', 'as-read'] },
  /** The same event as the bounce, or a message of the notice where that event is lost: it goes on to its next channel, or ends. */
  afterBounce: { from: ['BOUNCED'], to: ['RETRYING', 'UNDELIVERABLE'], when: ['email', 'as-read'] },
} as const satisfies Record<string, TransitionRow>;
export type TransitionName = keyof typeof TRANSITIONS;

/** One send, kept whole. `at` is when its answer was known. */
export interface Attempt {
  readonly channel: Channel;
  readonly number: number;
  readonly at: Instant;
  readonly class: ProviderClass;
  readonly reason?: string | undefined;
  readonly providerMessageId?: string | undefined;
  /** It failed in an outage of its channel, and is not counted as used. */
  readonly givenBack?: true | undefined;
  /** The lease it was sent under, kept where no answer came: the provider's event names it. */
  readonly lease?: string | undefined;
  /** What the provider's events told of it since. */
  readonly became?: Became | undefined;
}

/** What became of a send, as the provider's events tell it; each outweighs the ones before it, in whatever order they come. */
export const BECAME = ['sent', 'delivered', 'bounced'] as const;
export type Became = (typeof BECAME)[number];

/** A group of charges as the email shows it: a code and its sum. */
export interface ChargeGroup {
  readonly code: string;
  readonly amount: Won;
}

/** The ledger's item: one notice, with all that a send needs. */
export interface Notice {
  readonly noticeId: string;
  readonly month: Month;
  readonly bucket: number;
  readonly accountId: string;
  readonly runId: string;
  readonly importId: string;
  readonly policyVersion: number;
  readonly state: NoticeState;
  readonly channel: Channel;
  readonly channels: readonly Channel[];
  /** Attempts used on the present channel. */
  readonly used: number;
  /** Sends the provider throttled on the present channel, in a row: no attempt is used up by them. */
  readonly throttled: number;
  readonly attempts: readonly Attempt[];
  readonly dueAt: Instant;
  readonly reason: string | null;
  readonly leaseToken: string | null;
  readonly leaseUntil: Instant | null;
  readonly possibleDuplicate: boolean;
  /** How often a person has reopened it; absent while nobody has. Messages of before say nothing of it now. */
  readonly reopened?: number | undefined;
  readonly accountWindowIgnored: boolean;
  readonly locale: 'ko' | 'en';
  readonly dueDate: LocalDate;
  readonly amountDue: Won;
  readonly groups: readonly ChargeGroup[];
  /** The customer's own quiet window, pinned at planning. */
  readonly quietHours: { readonly from: string; readonly to: string } | null;
  /** The sealed contact; null when the account has none. */
  readonly contact: Uint8Array | null;
}

/** Where a notice stands, and what it bills: what a plan, a proof, a release and a sweep look at, a third of its bytes. */
export type NoticeOutline = Pick<
  Notice,
  | 'noticeId'
  | 'month'
  | 'bucket'
  | 'accountId'
  | 'runId'
  | 'state'
  | 'channel'
  | 'dueAt'
  | 'reason'
  | 'leaseUntil'
  | 'possibleDuplicate'
  | 'reopened'
  | 'amountDue'
>;

/** What a transition changes of a notice. */
export type NoticeChange = Partial<
  Pick<
    Notice,
    | 'channel'
    | 'used'
    | 'throttled'
    | 'attempts'
    | 'dueAt'
    | 'reason'
    | 'leaseToken'
    | 'leaseUntil'
    | 'possibleDuplicate'
    | 'reopened'
    | 'accountWindowIgnored'
  >
>;

/** One transition to write: the row it stands on, where to, and what it changes. */
export interface Transition {
  readonly row: TransitionName;
  readonly to: NoticeState;
  /** The channel that the writer believes the notice to be on. */
  readonly channel: Channel;
  readonly change: NoticeChange;
  /** The lease that the writer holds, for rows with `own-lease`. */
  readonly leaseToken?: string;
  /** How many attempts the notice's policy gives, for rows with `attempts-left`; none when it is not said. */
  readonly maxAttempts?: number;
  /** The attempts that the writer saw, when it changes what is noted of them: they must be the same still. */
  readonly seenAttempts?: readonly Attempt[];
  /** What the writer decided by, for rows with `as-read`. */
  readonly read?: Pick<Notice, 'leaseToken' | 'attempts'>;
}

/** Minutes in which a provider's event may still settle a send whose answer never came (§3). */
export const DOUBT_MINUTES = 15;
const DOUBT_MS = DOUBT_MINUTES * 60_000;

/** True when the transition leads where its row does, whatever is stored. */
export function isOfItsRow({ row, to, change }: Transition): boolean {
  const { to: allowed, onto }: TransitionRow = TRANSITIONS[row];
  return allowed.includes(to) && (onto === undefined || change.channel === onto);
}

/** True when the row allows this transition of the stored notice at this instant: the condition of the write, as a function. */
export function allows(stored: Notice, transition: Transition, now: Instant): boolean {
  const row: TransitionRow = TRANSITIONS[transition.row];
  return (
    row.from.includes(stored.state) &&
    isOfItsRow(transition) &&
    (transition.seenAttempts === undefined || isSame(stored.attempts, transition.seenAttempts)) &&
    row.when.every((condition) => holds(condition, stored, transition, now))
  );
}

const isSame = (a: readonly Attempt[], b: readonly Attempt[]): boolean => JSON.stringify(a) === JSON.stringify(b);

function holds(condition: Condition, stored: Notice, transition: Transition, now: Instant): boolean {
  switch (condition) {
    case 'on-channel':
      return stored.channel === transition.channel;
    case 'email':
    case 'sms':
      return stored.channel === condition;
    case 'attempts-left':
      return stored.used < (transition.maxAttempts ?? 0);
    case 'due':
      return stored.dueAt <= now;
    case 'held-by-person':
      return stored.reason === HELD_BY_PERSON;
    case 'not-held-by-person':
      return stored.reason !== HELD_BY_PERSON;
    case 'own-lease':
      return stored.leaseToken !== null && stored.leaseToken === transition.leaseToken;
    case 'lease-over':
      return stored.leaseUntil !== null && stored.leaseUntil < now;
    case 'lease-over-and-quiet':
      return stored.leaseUntil !== null && stored.leaseUntil < quietLimit(now);
    case 'not-possible-duplicate':
      return !stored.possibleDuplicate;
    case 'as-read':
      return stored.leaseToken === transition.read?.leaseToken && isSame(stored.attempts, transition.read.attempts);
  }
}

/** A lease that ended before this has been over for 15 minutes. */
export const quietLimit = (now: Instant): Instant => instantOf(epochMs(now) - DOUBT_MS);

/** The first instant at which a lease has been over for 15 minutes. */
export const quietSince = (leaseUntil: Instant): Instant => instantOf(epochMs(leaseUntil) + DOUBT_MS + 1);

/** The stored notice after a transition that its row allows. */
export const applied = (stored: Notice, { to, change }: Transition): Notice => ({ ...stored, ...change, state: to });
