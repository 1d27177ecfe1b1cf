/**
 * Where in an account a reason is: which line, plan, counter. By the rule itself: it is asked about one thing at a time, so
 * nothing of it stands here again. For a person who looks at one account; billing only wants to know that there is one.
 */
import type { Account, Interval, Line, UsageLine } from '../../lambdas/settlement/domain/account.ts';
import { findReasons, type BillingCase } from '../../lambdas/settlement/domain/find-reasons.ts';
import { isAmount } from '../../lambdas/settlement/domain/form.ts';
import type { Reason } from '../../lambdas/settlement/domain/rejection.ts';

/** One thing that an account is rejected for. */
export interface Place {
  /** null when it is of the account as a whole. */
  readonly lineId: string | null;
  /** What it is, by the record's own words: `plan LTE-33, 2026-02-01 →`. */
  readonly what: string;
}

/** The things that this reason is about; none when it cannot be said, as for a form that is wrong. */
export function placesOf(reason: Reason, billingCase: BillingCase): readonly Place[] {
  const { account, usage, tariff } = billingCase;
  if (reason === 'INVALID_AMOUNT') return badAmounts(account, usage);
  const holds = (lines: readonly Line[], used: readonly UsageLine[]): boolean =>
    findReasons({ account: { ...account, lines }, usage: used, tariff, badAmount: false }).includes(reason);
  if (holds([], [])) return [];
  const ofAccount = account.lines.flatMap((line) =>
    (reason.startsWith('OVERLAPPING') ? pairsOf(line) : partsOf(line))
      .filter(({ part }) => holds([{ ...NOTHING, lineId: line.lineId, ...part }], []))
      .map(({ what }) => ({ lineId: line.lineId, what })),
  );
  const ofUsage = usage.flatMap((line) =>
    usagePartsOf(line)
      .filter(({ part }) => holds(account.lines, [part]))
      .map(({ what }) => ({ lineId: line.lineId, what })),
  );
  // Of an account without usage every reason is its own; one that it has anyhow is none of the usage's.
  return holds(account.lines, []) ? ofAccount : ofUsage;
}

const NOTHING = {
  plans: [],
  addOns: [],
  suspensions: [],
  contract: null,
  bundle: null,
  welfare: null,
  instalment: null,
};

interface Part<T> {
  readonly part: T;
  readonly what: string;
}

const dated = (name: string, { from, to }: Interval): string => `${name}, ${from} → ${to ?? ''}`.trimEnd();

const plan = (each: Line['plans'][number]): string => dated(`plan ${each.planId}`, each);
const suspension = (each: Line['suspensions'][number]): string => dated(`suspension ${each.kind}`, each);

/** Everything of a line that a reason may be about, alone. */
function partsOf({ plans, addOns, suspensions, contract, bundle, welfare }: Line): Part<Partial<Line>>[] {
  const ended = contract?.terminatedOn ? `, terminated on ${contract.terminatedOn}` : '';
  return [
    ...plans.map((each) => ({ part: { plans: [each] }, what: plan(each) })),
    ...addOns.map((each) => ({ part: { addOns: [each] }, what: dated(`add-on ${each.addOnId}`, each) })),
    ...suspensions.map((each) => ({ part: { suspensions: [each] }, what: suspension(each) })),
    ...(contract ? [{ part: { contract }, what: `${dated('contract', contract)}${ended}` }] : []),
    ...(bundle ? [{ part: { bundle }, what: dated('bundle', bundle) }] : []),
    ...(welfare ? [{ part: { welfare }, what: dated(`welfare ${welfare.welfareClass}`, welfare) }] : []),
  ];
}

/** What must not overlap, two by two. */
const pairsOf = ({ plans, suspensions }: Line): Part<Partial<Line>>[] => [
  ...neighbours(plans).map((both) => ({ part: { plans: both }, what: both.map(plan).join(' / ') })),
  ...neighbours(suspensions).map((both) => ({ part: { suspensions: both }, what: both.map(suspension).join(' / ') })),
];

/** By date, each with the next: the first that overlap are among them. */
function neighbours<T extends Interval>(intervals: readonly T[]): [T, T][] {
  const byDate = intervals.toSorted((a, b) => (a.from < b.from ? -1 : 1));
  return byDate.slice(1).map((next, index) => [byDate[index] as T, next]);
}

const COUNTERS = ['dataMb', 'voiceSec', 'messages'] as const;

/** A line's usage: its counters, and each payment alone. */
function usagePartsOf(line: UsageLine): Part<UsageLine>[] {
  const used = COUNTERS.filter((counter) => line[counter] > 0).map((counter) => `${counter} ${line[counter]}`);
  return [
    { part: { ...line, payments: [] }, what: used.join(', ') || 'usage' },
    ...line.payments.map((payment) => ({
      part: { lineId: line.lineId, dataMb: 0, voiceSec: 0, messages: 0, payments: [payment] },
      what: `payment ${payment.kind}, ${payment.amount}`,
    })),
  ];
}

function badAmounts({ lines, arrears, credits }: Account, usage: readonly UsageLine[]): Place[] {
  const amounts: readonly (readonly [lineId: string | null, name: string, amount: number])[] = [
    [null, 'arrears.taxable', arrears.taxable],
    [null, 'arrears.nonTaxable', arrears.nonTaxable],
    ...credits.map(({ creditId, amount }) => [null, `credit ${creditId}`, amount] as const),
    ...lines.flatMap(({ lineId, contract, instalment }) => [
      [lineId, 'contract.discountReceived', contract?.discountReceived ?? 0] as const,
      [lineId, 'instalment.monthlyAmount', instalment?.monthlyAmount ?? 0] as const,
    ]),
    ...usage.flatMap((line) => [
      ...COUNTERS.map((counter) => [line.lineId, counter, line[counter]] as const),
      ...line.payments.map(({ kind, amount }) => [line.lineId, `payment ${kind}`, amount] as const),
    ]),
  ];
  return amounts
    .filter(([, , amount]) => !isAmount(amount))
    .map(([lineId, name, amount]) => ({ lineId, what: `${name} ${amount}` }));
}
