/**
 * The life of one line, on an absolute time line: what a month shows of it is what was known at the month's end. So
 * months hang together however many are generated, and each can be made without the others. Everything that comes
 * again (joining, changing plans, contracts, devices, suspensions) is a cycle with a length and a phase of its own.
 */
import { addMonths, clampedDate, monthNumber, type LocalDate, type Month } from '../../lambdas/kernel/dates.ts';
import { Chance } from './chance.ts';
import { discountBefore } from './contract-discount.ts';
import type { LineRecord } from './records.ts';
import { ADD_ON_SHARES, PLAN_MIX, WELFARE_CLASSES } from './tariff.ts';

/** Something that begins anew every `length` months. */
interface Cycle {
  readonly length: number;
  readonly phase: number;
}

/** What never changes about a line. */
interface LineTraits {
  readonly name: string;
  readonly lineId: string;
  readonly life: Cycle;
  readonly joinDay: number;
  readonly leaveDay: number;
  readonly planEra: Cycle;
  readonly changeDay: number;
  readonly contractMonths: 0 | 12 | 24;
  readonly suspension: Cycle;
  readonly device: Cycle & { readonly totalMonths: number };
}

/** Plans and add-ons that ended longer ago than this are no longer told. */
const MEMORY_MONTHS = 2;
const DEVICES = ['Phone X', 'Phone 12', 'Fold 5', 'Flip 6', 'Tab S', 'Note 9'] as const;
/** Days of a month on which things happen: every month has them. */
const LAST_DAY = 28;

const cycle = (chance: Chance, shortest: number, longest: number): Cycle => {
  const length = chance.whole(shortest, longest);
  return { length, phase: chance.whole(0, length - 1) };
};

/** The start of the cycle that a month lies in, as a month number. */
const startOf = ({ length, phase }: Cycle, month: number): number => month - ((month - phase) % length);

const dateIn = (month: number, day: number): LocalDate => clampedDate(addMonths('0000-01' as Month, month), day);

/** The traits of a line; `name` names its chances. */
export function lineTraits(name: string, lineId: string): LineTraits {
  const chance = new Chance(name);
  const totalMonths = chance.pick([24, 24, 12, 36]);
  const deviceMonths = totalMonths + chance.whole(2, 40);
  return {
    name,
    lineId,
    life: cycle(chance, 50, 110),
    joinDay: chance.whole(1, LAST_DAY),
    leaveDay: chance.whole(2, LAST_DAY),
    planEra: cycle(chance, 9, 40),
    changeDay: chance.pick([1, 1, 1, chance.whole(2, LAST_DAY)]),
    contractMonths: chance.pick([0, 12, 24, 24]),
    suspension: cycle(chance, 60, 200),
    device: { length: deviceMonths, phase: chance.whole(0, deviceMonths - 1), totalMonths },
  };
}

/** What is known of a line's suspensions at the end of a month. */
export type SuspensionsIn = (month: Month) => LineRecord['suspensions'];

/**
 * A line as it is known at the end of a month. Its usage and payments are another matter, and so is who is suspended for not
 * paying: `dunned` says so, and such a line has no suspension on request; null for a line that is always paid for.
 */
export function lineIn(traits: LineTraits, month: Month, dunned: SuspensionsIn | null = null): LineRecord {
  const now = monthNumber(month);
  const { name, lineId } = traits;
  const stay = stayIn(traits, now);
  const known = (month: number, date: LocalDate): LocalDate | null => (month <= now ? date : null);
  const chance = new Chance(`${name}/more`);
  const ended = known(stay.leaveMonth, stay.left);
  const suspensionsIn = dunned ?? ((of: Month) => suspensionsOf(traits, monthNumber(of)));
  return {
    lineId,
    plans: plansOf(traits, now, stay, ended, now - MEMORY_MONTHS),
    addOns: addOnsOf(traits, now, stay, ended),
    suspensions: suspensionsIn(month),
    contract: contractOf(traits, now, stay, ended, suspensionsIn),
    bundle: chance.in(0.2) ? { size: chance.whole(2, 5), from: stay.joined, to: ended } : null,
    welfare: chance.in(0.06) ? { class: chance.pick(WELFARE_CLASSES), from: stay.joined, to: null } : null,
    instalment: instalmentOf(traits, now),
  };
}

/** From joining to leaving: a line leaves in the last month of its cycle and joins again in the next. */
interface Stay {
  readonly joinMonth: number;
  readonly joined: LocalDate;
  readonly leaveMonth: number;
  readonly left: LocalDate;
}

function stayIn({ life, joinDay, leaveDay }: LineTraits, now: number): Stay {
  const joinMonth = startOf(life, now);
  const leaveMonth = joinMonth + life.length - 1;
  return { joinMonth, joined: dateIn(joinMonth, joinDay), leaveMonth, left: dateIn(leaveMonth, leaveDay) };
}

/** The plan of a time: the next in the mix when chance would have it be the one before. */
function planOf({ name, planEra }: LineTraits, era: number): string {
  const drawn = (start: number) => new Chance(`${name}/plan/${start}`).pick(PLAN_MIX);
  const planId = drawn(era);
  return planId === drawn(era - planEra.length) ? (PLAN_MIX.find((other) => other !== planId) ?? planId) : planId;
}

/** The plans from a month on (a month number). */
function plansOf(
  traits: LineTraits,
  now: number,
  stay: Stay,
  ended: LocalDate | null,
  since: number,
): LineRecord['plans'] {
  const { planEra, changeDay } = traits;
  const plans: LineRecord['plans'][number][] = [];
  let [to, era] = [ended, startOf(planEra, now)];
  for (;;) {
    const isFirst = era <= stay.joinMonth;
    const from = isFirst ? stay.joined : dateIn(era, changeDay);
    if (to === null || from < to) {
      plans.unshift({ planId: planOf(traits, era), from, to });
      to = from;
    }
    if (isFirst || era <= since) return plans;
    era -= planEra.length;
  }
}

function addOnsOf({ name }: LineTraits, now: number, stay: Stay, ended: LocalDate | null): LineRecord['addOns'] {
  return ADD_ON_SHARES.flatMap(([addOnId, share]) => {
    const chance = new Chance(`${name}/${addOnId}`);
    if (!chance.in(share * 1.2)) return [];
    const spell = cycle(chance, 12, 60);
    const begin = startOf(spell, now);
    const end = begin + Math.floor(spell.length * 0.8);
    const from = begin <= stay.joinMonth ? stay.joined : dateIn(begin, chance.pick([1, chance.whole(2, LAST_DAY)]));
    const cancelled = end <= now ? dateIn(end, chance.pick([1, chance.whole(2, LAST_DAY)])) : null;
    const to = cancelled !== null && (ended === null || cancelled < ended) ? cancelled : ended;
    const isForgotten = to !== null && monthNumber(to.slice(0, 7) as Month) < now - MEMORY_MONTHS;
    return isForgotten || (to !== null && to <= from) ? [] : [{ addOnId, from, to }];
  });
}

/** On request, for some weeks; the customer says until when. */
function suspensionsOf({ suspension, name }: LineTraits, now: number): LineRecord['suspensions'] {
  const start = startOf(suspension, now);
  if (start < now - MEMORY_MONTHS) return [];
  const chance = new Chance(`${name}/suspension/${start}`);
  const from = dateIn(start, chance.whole(1, LAST_DAY));
  const to = dateIn(start + chance.whole(1, 2), chance.whole(1, LAST_DAY));
  return [{ kind: 'requested', from, to }];
}

/** From the month after joining, renewed when it has run out; leaving before its end terminates it. */
function contractOf(
  traits: LineTraits,
  now: number,
  stay: Stay,
  ended: LocalDate | null,
  suspensionsIn: SuspensionsIn,
): LineRecord['contract'] {
  const { contractMonths } = traits;
  const first = stay.joinMonth + 1;
  if (contractMonths === 0 || now < first) return null;
  const start = now - ((now - first) % contractMonths);
  const [from, to] = [dateIn(start, 1), dateIn(start + contractMonths, 1)];
  const terminatedOn = ended !== null && ended > from && ended < to ? ended : null;
  // From the month before on: the plan of the first month may begin within it.
  const plans = plansOf(traits, now, stay, ended, start - 1);
  const month = addMonths('0000-01' as Month, now);
  return { from, to, terminatedOn, discountReceived: discountBefore(month, { from, to, plans, suspensionsIn }) };
}

function instalmentOf({ device, name }: LineTraits, now: number): LineRecord['instalment'] {
  const start = startOf(device, now);
  if (now - start >= device.totalMonths + MEMORY_MONTHS) return null;
  const chance = new Chance(`${name}/device/${start}`);
  return {
    device: chance.pick(DEVICES),
    monthlyAmount: chance.whole(700, 7000) * 10,
    totalMonths: device.totalMonths,
    firstMonth: addMonths('0000-01' as Month, start),
  };
}
