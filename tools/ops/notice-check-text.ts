/** The check of a month's notices as a person reads it. */
import type { Pause } from '../../lambdas/dispatch/adapters/dispatch-pause.ts';
import type { Breaker } from '../../lambdas/dispatch/domain/breaker.ts';
import type { NoticeState } from '../../lambdas/dispatch/domain/ledger.ts';
import type { MonthOrder } from '../../lambdas/dispatch/domain/month-order.ts';
import { CHANNELS, type Channel } from '../../lambdas/dispatch/domain/policy.ts';
import { counted } from '../cli/files.ts';
import { local } from './notice-story.ts';
import type { NoticeCheck } from './verify-notices.ts';

const SHOWN = 20;

const number = (value: number): string => value.toLocaleString('en');

/** So many lines as are shown, and how many there are besides. */
const firstOf = (lines: readonly string[]): string[] => [
  ...lines.slice(0, SHOWN).map((line) => `    ${line}`),
  ...(lines.length > SHOWN ? [`    … and ${number(lines.length - SHOWN)} more`] : []),
];

const reasonLines = (reasons: Readonly<Record<string, number>>): string[] =>
  Object.entries(reasons)
    .sort(([a, ofA], [b, ofB]) => ofB - ofA || (a < b ? -1 : 1))
    .map(([reason, count]) => `      ${reason.padEnd(24)}${number(count).padStart(12)}`);

/** The check as a person reads it. */
export function noticeCheckText(
  check: NoticeCheck & {
    readonly pause: Pause | null;
    readonly order: MonthOrder;
    readonly breakers: Readonly<Record<Channel, Breaker>>;
  },
): string {
  const { month, invoices, notices, resends, states, possibleDuplicates, pause, order, breakers } = check;
  const differences = check.isPlanning ? [] : check.differences;
  return [
    `${month}: ${headline(check)}`,
    `  ${number(invoices)} issued invoices, ${number(notices)} notices${resends === 0 ? '' : `, ${number(resends)} of them resent`}`,
    ...(check.isPlanning ? [`  the shards that are planned have ${number(check.planned)} of them`] : []),
    ...Object.entries(states)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .flatMap(([state, count]) => [
        `    ${state.padEnd(14)}${number(count).padStart(12)}`,
        ...reasonLines(check.reasons[state as NoticeState] ?? {}),
      ]),
    ...(possibleDuplicates === 0
      ? []
      : [`  ${counted(possibleDuplicates, 'possible duplicate')}: sent once more, as nobody knew of the first send`]),
    ...(pause === null ? [] : [`  dispatch is paused since ${pause.since} (${pause.reason}): nothing is sent`]),
    ...CHANNELS.flatMap((channel) => breakerLines(channel, breakers[channel])),
    ...orderLines(order),
    ...(differences.length > 0 ? [`  ${counted(differences.length, 'difference')}:`, ...firstOf(differences)] : []),
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
  ...(pilot ? [`  a pilot of ${counted(pilot.length, 'account')} waits for a person: the rest does not go`] : []),
];
