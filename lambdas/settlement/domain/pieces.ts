/** Cuts a line's plans into the pieces of billing rules §4.1: one plan, one catalog version, one state each. */
import type { Line, PlanInterval, Suspension } from './account.ts';
import type { MonthTariff, Plan } from './catalogs.ts';
import type { Rate } from './exact.ts';

/** A run of days of the month on which nothing about the plan changes. */
export interface Piece {
  /** Offsets from the 1st, `to` excluded. */
  readonly from: number;
  readonly to: number;
  readonly planId: string;
  readonly plan: Plan;
  /** The kind of suspension, or null for an active piece. */
  readonly suspension: string | null;
  /** The share of the fee that is charged: 1 when active. */
  readonly ratio: Rate;
}

export const FULL: Rate = { n: 1, d: 1 };

/** The line's pieces by date. Its plans and suspensions do not overlap, and every id is known. */
export function cutPieces(line: Line, tariff: MonthTariff): Piece[] {
  const pieces: Piece[] = [];
  for (const plan of byDate(line.plans)) {
    const end = tariff.endOf(plan);
    for (const span of tariff.spans) {
      const spanEnd = Math.min(end, span.to);
      let from = Math.max(tariff.dayOf(plan.from), span.from);
      while (from < spanEnd) {
        const { suspension, until } = stateOn(from, line.suspensions, tariff);
        const to = Math.min(spanEnd, until);
        pieces.push({
          from,
          to,
          planId: plan.planId,
          plan: span.catalog.plans.get(plan.planId) as Plan,
          suspension,
          ratio: suspension === null ? FULL : (span.catalog.suspensionFeeRate.get(suspension) as Rate),
        });
        from = to;
      }
    }
  }
  return pieces;
}

const byDate = (plans: readonly PlanInterval[]): readonly PlanInterval[] =>
  plans.length < 2 ? plans : plans.toSorted((a, b) => (a.from < b.from ? -1 : 1));

/** The suspension on a day, and the first day after it on which a suspension begins or ends. */
function stateOn(day: number, suspensions: readonly Suspension[], tariff: MonthTariff) {
  let suspension: string | null = null;
  let until = tariff.days;
  for (const interval of suspensions) {
    const [from, to] = [tariff.dayOf(interval.from), tariff.endOf(interval)];
    if (from <= day && day < to) suspension = interval.kind;
    if (from > day) until = Math.min(until, from);
    if (to > day) until = Math.min(until, to);
  }
  return { suspension, until };
}
