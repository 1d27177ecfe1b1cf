/** What a line used in a month: mostly within its plan. */
import { clampedDate, type Month } from '../../lambdas/kernel/dates.ts';
import { Chance } from './chance.ts';
import type { LineRecord, PaymentRecord, UsageLineRecord } from './records.ts';
import { planSize } from './tariff.ts';

const MERCHANTS = {
  micro: ['Moon Books', '초록문구', 'Pixel Games', '바람만화', 'Blue Tickets', '새벽꽃집'],
  content: ['별빛웹툰', 'Cloud Radio', '오늘운세', 'Star Quiz'],
} as const;

/** A line that is suspended, or on no plan, uses next to nothing. */
const IDLE = 0.05;

/** The usage of a line in a month; `name` names its chances. */
export function usageOfLine(line: LineRecord, month: Month, name: string): UsageLineRecord {
  const chance = new Chance(`${name}/usage/${month}`);
  const plan = line.plans.at(-1);
  const size = planSize(plan?.planId ?? '');
  const first = `${month}-01`;
  const last = clampedDate(month, 31);
  const isIdle =
    (plan?.to !== null && plan?.to !== undefined && plan.to <= last) ||
    line.suspensions.some(({ from, to }) => from <= last && (to === null || to > first));
  /** Two in three stay well within the allowance, one in nine goes beyond it. */
  const used = (allowance: number): number => {
    const share = chance.next() ** 1.5 * 1.2;
    return Math.floor(allowance * share * (isIdle ? IDLE : 1));
  };
  return {
    lineId: line.lineId,
    dataMb: used(size.dataMb),
    voiceSec: used(size.voiceSec),
    messages: used(size.messages),
    payments: [...payments('micro', 0.12, month, chance), ...payments('content', 0.08, month, chance)],
  };
}

function payments(kind: keyof typeof MERCHANTS, share: number, month: Month, chance: Chance): PaymentRecord[] {
  if (!chance.in(share)) return [];
  return Array.from({ length: chance.whole(1, 3) }, () => ({
    date: clampedDate(month, chance.whole(1, 31)),
    merchant: chance.pick(MERCHANTS[kind]),
    amount: chance.whole(11, 300) * 100,
    kind,
  }));
}
