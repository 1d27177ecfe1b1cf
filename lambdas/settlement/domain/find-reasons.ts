/** Every reason why a well-formed account cannot be billed (billing rules §3). */
import type { Account, Interval, Line, UsageLine } from './account.ts';
import type { Catalog, MonthTariff } from './catalogs.ts';
import type { Reason } from './rejection.ts';

/** What `bill` looks at: an account, its usage and the month's tariff. */
export interface BillingCase {
  readonly account: Account;
  readonly usage: readonly UsageLine[];
  readonly tariff: MonthTariff;
  /** Some amount of the account or the usage is no integer from 0 to 10^12. */
  readonly badAmount: boolean;
}

const NONE: readonly Reason[] = [];

/** All reasons in ASCII order, each once; none when the account can be billed. */
export function findReasons(billingCase: BillingCase): readonly Reason[] {
  const { account, usage, tariff, badAmount } = billingCase;
  const found = new Set<Reason>();
  if (badAmount) found.add('INVALID_AMOUNT');
  if (usage.length > 0) findUsageReasons(account, usage, found);
  if (account.lines.some(hasInvalidInterval)) found.add('INVALID_INTERVAL');
  else {
    for (const line of account.lines) {
      if (overlap(line.plans)) found.add('OVERLAPPING_PLANS');
      if (overlap(line.suspensions)) found.add('OVERLAPPING_SUSPENSIONS');
    }
    if (usage.length > 0 && hasUsageWithoutPlan(billingCase)) found.add('USAGE_WITHOUT_PLAN');
    if (lacksCatalog(account, tariff)) found.add('NO_CATALOG');
    else findUnknownIds(account, tariff, found);
  }
  return found.size === 0 ? NONE : [...found].sort();
}

const isInvalid = ({ from, to }: Interval): boolean => to !== null && to <= from;

function hasInvalidInterval({ plans, addOns, suspensions, contract, bundle, welfare }: Line): boolean {
  if (plans.some(isInvalid) || addOns.some(isInvalid) || suspensions.some(isInvalid)) return true;
  if ((bundle && isInvalid(bundle)) || (welfare && isInvalid(welfare))) return true;
  if (!contract) return false;
  const { from, to, terminatedOn } = contract;
  return to === null || to <= from || (terminatedOn !== null && terminatedOn <= from);
}

function findUsageReasons(account: Account, usage: readonly UsageLine[], found: Set<Reason>): void {
  const lineIds = new Set(account.lines.map((line) => line.lineId));
  for (const { lineId, payments } of usage) {
    if (!lineIds.has(lineId)) found.add('UNKNOWN_LINE');
    if (payments.some(({ kind }) => kind !== 'micro' && kind !== 'content')) found.add('UNKNOWN_PAYMENT_KIND');
  }
}

/** Two intervals share a date, in any month. */
function overlap(intervals: readonly Interval[]): boolean {
  if (intervals.length < 2) return false;
  const byDate = intervals.toSorted((a, b) => (a.from < b.from ? -1 : a.from > b.from ? 1 : 0));
  // As long as none overlapped, each ends no later than the next one starts: looking at neighbours is enough.
  return byDate.some(({ to }, index) => {
    const next = byDate[index + 1];
    return next !== undefined && (to === null || to > next.from);
  });
}

const touches = (interval: Interval, tariff: MonthTariff): boolean =>
  tariff.dayOf(interval.from) < tariff.endOf(interval);

function hasUsageWithoutPlan({ account, usage, tariff }: BillingCase): boolean {
  const planless = new Set(
    account.lines.filter((line) => !line.plans.some((plan) => touches(plan, tariff))).map((line) => line.lineId),
  );
  return usage.some(
    ({ lineId, dataMb, voiceSec, messages }) => (dataMb > 0 || voiceSec > 0 || messages > 0) && planless.has(lineId),
  );
}

/** Versions have no end, so days without a catalog are the first ones of the month, or all of it. */
function lacksCatalog({ lines }: Account, tariff: MonthTariff): boolean {
  const firstCovered = tariff.spans[0]?.from;
  if (firstCovered === undefined) return true;
  if (firstCovered === 0) return false;
  const startsEarlier = (interval: Interval) =>
    tariff.dayOf(interval.from) < Math.min(firstCovered, tariff.endOf(interval));
  return lines.some(({ plans, addOns }) => plans.some(startsEarlier) || addOns.some(startsEarlier));
}

function findUnknownIds({ lines }: Account, tariff: MonthTariff, found: Set<Reason>): void {
  const isUnknown = (interval: Interval, isIn: (catalog: Catalog) => boolean): boolean => {
    const [from, to] = [tariff.dayOf(interval.from), tariff.endOf(interval)];
    return tariff.spans.some((span) => Math.max(from, span.from) < Math.min(to, span.to) && !isIn(span.catalog));
  };
  for (const { plans, addOns, suspensions, welfare } of lines) {
    for (const plan of plans)
      if (isUnknown(plan, (catalog) => catalog.plans.has(plan.planId))) found.add('UNKNOWN_PLAN');
    for (const addOn of addOns)
      if (isUnknown(addOn, (catalog) => catalog.addOns.has(addOn.addOnId))) found.add('UNKNOWN_ADD_ON');
    for (const suspension of suspensions)
      if (isUnknown(suspension, (catalog) => catalog.suspensionFeeRate.has(suspension.kind)))
        found.add('UNKNOWN_SUSPENSION_KIND');
    const isKnownClass = (found: string) => tariff.catalog?.welfareClasses.has(found) ?? false;
    if (welfare && tariff.coversLastDay(welfare) && !isKnownClass(welfare.welfareClass))
      found.add('UNKNOWN_WELFARE_CLASS');
  }
}
