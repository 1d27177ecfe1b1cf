/** The notice of an issued invoice, as planning writes it: what it says, to whom, when, and under which policy (dispatch rules §1, §2). */
import type { Invoice } from '../../contracts/invoice.ts';
import type { Instant } from '../../kernel/dates.ts';
import { noticeIdOf } from '../../kernel/ids.ts';
import type { Won } from '../../kernel/money.ts';
import { chargeGroups } from './charge-groups.ts';
import { startingWithOneThatWorks, type FailedChannel } from './channel-memory.ts';
import type { Notice, NoticeState } from './ledger.ts';
import { channelsFor, type Policy, type Preferences } from './policy.ts';
import { planTime } from './when.ts';

/** An invoice that carries the runId of an approved run. */
export interface IssuedInvoice {
  readonly invoice: Invoice;
  readonly version: number;
  readonly bucket: number;
  readonly runId: string;
  readonly importId: string;
}

/** Of such an invoice, what tells whether its notice is there and bills the same. */
export interface BilledInvoice {
  readonly accountId: string;
  readonly version: number;
  readonly amountDue: Won;
}

/** What dispatch knows of an account before it sends: nothing that names the customer is open here. */
export interface Recipient {
  readonly locale: 'ko' | 'en';
  readonly preferences: Preferences;
  readonly contact: Uint8Array | null;
}

/** The policy in force at planning, with the version that the notice pins. */
export interface PinnedPolicy {
  readonly version: number;
  readonly policy: Policy;
}

/** A planned notice, and how its time came to be: counted in the run's report. */
export interface Plan {
  readonly notice: Notice;
  readonly movedByDueDate: boolean;
  readonly late: boolean;
}

/** Plans the one notice of an invoice. Every invoice gets one, also when it is not to be sent. `failed` is what is remembered of the account. */
export function planNotice(
  issued: IssuedInvoice,
  recipient: Recipient,
  pinned: PinnedPolicy,
  now: Instant,
  reservedAt: Instant | null,
  failed?: FailedChannel,
): Plan {
  const { invoice } = issued;
  const { policy } = pinned;
  const channels = startingWithOneThatWorks(channelsFor(policy, recipient.preferences), failed, invoice.month);
  // A customer without any channel still gets a notice; it stands on the policy's first one, and goes nowhere.
  const channel = channels[0] ?? policy.channels[0] ?? 'email';
  const time = planTime(policy, recipient.preferences, channel, invoice, now, reservedAt);
  const { state, reason } = firstState(issued, recipient, policy, channels.length);
  const notice: Notice = {
    noticeId: noticeIdOf(invoice.month, invoice.accountId, issued.version),
    month: invoice.month,
    bucket: issued.bucket,
    accountId: invoice.accountId,
    runId: issued.runId,
    importId: issued.importId,
    policyVersion: pinned.version,
    state,
    channel,
    channels,
    used: 0,
    throttled: 0,
    attempts: [],
    dueAt: time.at,
    reason,
    leaseToken: null,
    leaseUntil: null,
    possibleDuplicate: false,
    accountWindowIgnored: time.accountWindowIgnored,
    locale: recipient.locale,
    dueDate: invoice.dueDate,
    amountDue: invoice.amountDue,
    groups: chargeGroups(invoice.lines),
    quietHours: recipient.preferences.quietHours ?? null,
    contact: recipient.contact,
  };
  const goes = state === 'PLANNED';
  return { notice, movedByDueDate: goes && time.movedByDueDate, late: goes && time.late };
}

function firstState(
  { invoice }: IssuedInvoice,
  { contact }: Recipient,
  policy: Pick<Policy, 'zeroInvoices'>,
  channelCount: number,
): { state: NoticeState; reason: string | null } {
  if (invoice.amountDue === 0 && policy.zeroInvoices === 'skip') return { state: 'SKIPPED', reason: 'zero-invoice' };
  if (channelCount === 0) return { state: 'UNDELIVERABLE', reason: 'no-channel' };
  if (!contact) return { state: 'UNDELIVERABLE', reason: 'no-contact' };
  return { state: 'PLANNED', reason: null };
}
