import type { OverageCode, OverageLine } from '../../../contracts/invoice.ts';
import { won } from '../../../kernel/money.ts';
import type { UsageKind } from '../catalogs.ts';
import { floorOf, times } from '../exact.ts';
import type { Piece } from '../pieces.ts';
import { NO_LINES, type Charge } from './charge.ts';

/** 4.3: units beyond the allowance of the active days, at the rate of the last active piece. */
export const overage: Charge = ({ line, usage, tariff, pieces }) => {
  const rated = pieces.findLast(isActive) ?? pieces.at(-1);
  if (!usage || !rated) return NO_LINES;
  const lines: OverageLine[] = [];
  const charge = (code: OverageCode, kind: UsageKind, used: number, cap: number | null): void => {
    const units = used === 0 ? 0 : Math.max(0, used - allowanceOf(kind, pieces, tariff.days));
    if (units === 0) return;
    const rate = rated.plan.overageRate[kind];
    const uncapped = floorOf(times(units, rate.n), rate.d);
    lines.push({
      lineId: line.lineId,
      code,
      ref: rated.planId,
      from: null,
      to: null,
      quantity: units,
      amount: cap === null ? uncapped : won(Math.min(uncapped, cap)),
      vat: 'included',
    });
  };
  charge('DATA_OVERAGE', 'data', usage.dataMb, rated.plan.dataCap);
  charge('VOICE_OVERAGE', 'voice', usage.voiceSec, null);
  charge('MESSAGE_OVERAGE', 'messages', usage.messages, null);
  return lines;
};

const isActive = (piece: Piece): boolean => piece.suspension === null;

/** One floor over the exact sum of the active pieces; infinite when any of them is unlimited. */
function allowanceOf(kind: UsageKind, pieces: readonly Piece[], days: number): number {
  let sum = 0; // at most 10^12 × 31: pieces of a line share no day
  for (const piece of pieces) {
    if (!isActive(piece)) continue;
    const allowance = piece.plan.allowance[kind];
    if (allowance === null) return Infinity;
    sum += allowance * (piece.to - piece.from);
  }
  return floorOf(sum, days);
}
