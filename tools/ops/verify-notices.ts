/** Whether every issued invoice of a month has its notice, and where each notice stands. */
import type { IssuedInvoices } from '../../lambdas/dispatch/adapters/issued-invoices.ts';
import type { NoticeLedger } from '../../lambdas/dispatch/adapters/notice-ledger.ts';
import type { SmsBudgets } from '../../lambdas/dispatch/adapters/sms-budgets.ts';
import type { Pause } from '../../lambdas/dispatch/adapters/dispatch-pause.ts';
import type { MonthOrder } from '../../lambdas/dispatch/domain/month-order.ts';
import type { Breaker } from '../../lambdas/dispatch/domain/breaker.ts';
import { FINAL_STATES, type NoticeState } from '../../lambdas/dispatch/domain/ledger.ts';
import { CHANNELS, type Channel } from '../../lambdas/dispatch/domain/policy.ts';
import { planDifferences, type BilledNotice } from '../../lambdas/dispatch/domain/plan-differences.ts';
import type { Month } from '../../lambdas/kernel/dates.ts';
import { isResend, noticeIdOf, originalOf } from '../../lambdas/kernel/ids.ts';
import { local } from './notice-story.ts';

export interface NoticeCheck {
  readonly month: Month;
  readonly invoices: number;
  /** Resends are among them. */
  readonly notices: number;
  readonly resends: number;
  readonly states: Readonly<Partial<Record<NoticeState, number>>>;
  /** Invoices that planning was through with before they were looked at. */
  readonly planned: number;
  /** Planning is not through yet, and all that differs is that notices are still to come. */
  readonly isPlanning: boolean;
  /** Every invoice without its notice, notice without its invoice, and amount that is not the same. */
  readonly differences: readonly string[];
  /** Every notice is there and final. */
  readonly closed: boolean;
}

export interface VerifyStores {
  readonly invoices: IssuedInvoices;
  readonly ledger: Pick<NoticeLedger, 'outlines'>;
  /** Each shard of a run counts its notices there, once it is planned. */
  readonly budgets: Pick<SmsBudgets, 'read'>;
}

/** Reads the month bucket by bucket: memory holds one. `runIds` are its approved runs. */
export async function verifyNotices(
  { invoices, ledger, budgets }: VerifyStores,
  {
    month,
    runIds,
    bucketCount,
  }: { readonly month: Month; readonly runIds: readonly string[]; readonly bucketCount: number },
): Promise<NoticeCheck> {
  const states: Partial<Record<NoticeState, number>> = {};
  const differences: string[] = [];
  let [issued, notices, resends, open, missing, planned] = [0, 0, 0, 0, 0, 0];
  // Before the invoices: a plan that comes through meanwhile must not make what was missed before look lost.
  for (const runId of runIds) planned += (await budgets.read(runId)).notices;
  for (let bucket = 0; bucket < bucketCount; bucket++) {
    const expected = new Map<string, BilledNotice>();
    for (const runId of runIds)
      for (const { invoice, version } of await invoices.readBucket(month, bucket, runId))
        expected.set(noticeIdOf(month, invoice.accountId, version), invoice);
    const found = new Map<string, BilledNotice>();
    for await (const page of ledger.outlines(month, bucket))
      for (const notice of page) {
        if (isResend(notice.noticeId) && expected.has(originalOf(notice.noticeId))) resends++;
        else found.set(notice.noticeId, notice);
        states[notice.state] = (states[notice.state] ?? 0) + 1;
        notices++;
        if (!FINAL_STATES.includes(notice.state)) open++;
      }
    issued += expected.size;
    missing += [...expected.keys()].filter((noticeId) => !found.has(noticeId)).length;
    differences.push(...planDifferences(expected, found));
  }
  return {
    month,
    invoices: issued,
    notices,
    resends,
    states,
    planned,
    isPlanning: planned < issued && differences.length === missing,
    differences,
    closed: differences.length === 0 && open === 0,
  };
}

const SHOWN = 20;

/** The check as a person reads it. */
export function noticeCheckText(
  check: NoticeCheck & {
    readonly pause: Pause | null;
    readonly order: MonthOrder;
    readonly breakers: Readonly<Record<Channel, Breaker>>;
  },
): string {
  const { month, invoices, notices, resends, states, pause, order, breakers } = check;
  const number = (value: number): string => value.toLocaleString('en');
  const differences = check.isPlanning ? [] : check.differences;
  const named = differences.slice(0, SHOWN).map((difference) => `    ${difference}`);
  const more = differences.length - named.length;
  return [
    `${month}: ${headline(check)}`,
    `  ${number(invoices)} issued invoices, ${number(notices)} notices${resends === 0 ? '' : `, ${number(resends)} of them resent`}`,
    ...(check.isPlanning ? [`  the shards that are planned have ${number(check.planned)} of them`] : []),
    ...Object.entries(states)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([state, count]) => `    ${state.padEnd(14)}${number(count).padStart(12)}`),
    ...(pause === null ? [] : [`  dispatch is paused since ${pause.since} (${pause.reason}): nothing is sent`]),
    ...CHANNELS.flatMap((channel) => breakerLines(channel, breakers[channel])),
    ...orderLines(order),
    ...(differences.length > 0 ? [`  ${number(differences.length)} differences:`, ...named] : []),
    ...(more > 0 ? [`    … and ${number(more)} more`] : []),
  ].join('\n');
}

function headline({ isPlanning, differences, closed }: NoticeCheck): string {
  if (isPlanning) return 'planning is under way';
  if (differences.length > 0) return 'NOTICES AND INVOICES DIFFER';
  return closed ? 'every notice is final' : 'notices are under way';
}

/** Why a channel's notices are held, and when it is tried again. */
const breakerLines = (channel: Channel, { openUntil, reason, outage }: Breaker): string[] =>
  openUntil === null
    ? []
    : [
        `  ${channel} is held since ${local(outage?.since ?? openUntil)} (${reason ?? 'unknown'}): one is tried at ${local(openUntil)}`,
      ];

/** What a person ordered for the month, as far as it is not over: whoever looks must see why nothing goes. */
const orderLines = ({ reservedAt, isCancelled, pilot }: MonthOrder): string[] => [
  ...(reservedAt === null ? [] : [`  reserved for ${local(reservedAt)}`]),
  ...(isCancelled ? ['  its reservation is cancelled: nothing goes until it is reserved again or sent now'] : []),
  ...(pilot ? [`  a pilot of ${pilot.length} accounts waits for a person: the rest does not go`] : []),
];
