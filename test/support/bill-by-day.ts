/**
 * A bill the slow way: every day of the month on its own, every product a fraction of bigints. Shares nothing with
 * `bill` but the rules (billing rules §4 and §5), so that a difference is a fault of one of them.
 */

type Json = Record<string, unknown>;
interface Interval {
  readonly from: string;
  readonly to?: string | null;
}

/** An exact fraction, `d > 0`. */
type Fraction = readonly [n: bigint, d: bigint];
const whole = (value: number): Fraction => [BigInt(value), 1n];
const times = (...all: Fraction[]): Fraction => all.reduce(([n, d], [m, e]) => [n * m, d * e], [1n, 1n]);
const plus = (...all: Fraction[]): Fraction => all.reduce(([n, d], [m, e]) => [n * e + m * d, d * e], [0n, 1n]);
const over = (value: Fraction, [n, d]: Fraction): Fraction => [value[0] * d, value[1] * n];
const floor = ([n, d]: Fraction): number => Number(n / d);
const halfUp = ([n, d]: Fraction): number => Number((2n * n + d) / (2n * d));
const rate = (text: unknown): Fraction => {
  const [units = '', decimals = ''] = String(text).split('.');
  return [BigInt(`${units}${decimals}`), 10n ** BigInt(decimals.length)];
};

const dayAfter = (date: string, days = 1): string =>
  new Date(Date.parse(date) + days * 86_400_000).toISOString().slice(0, 10);
const daysBetween = (from: string, to: string): number => (Date.parse(to) - Date.parse(from)) / 86_400_000;
const holds = ({ from, to }: Interval, date: string): boolean =>
  from <= date && (to === null || to === undefined || date < to);
const list = (value: unknown): Json[] => (value ?? []) as Json[];
const amount = (value: unknown): number => (value ?? 0) as number;

/** What an account is billed: the lines of its invoice, and their sums. The account can be billed. */
export function billByDay(account: Json, usage: Json | null, catalogs: readonly Json[], month: string): Json {
  const first = `${month}-01`;
  const dates: string[] = [];
  for (let date = first; date.startsWith(month); date = dayAfter(date)) dates.push(date);
  const D = whole(dates.length);
  const byDate = catalogs.toSorted((a, b) => (String(a['effectiveFrom']) < String(b['effectiveFrom']) ? -1 : 1));
  const versionOn = (date: string) => byDate.findLast((version) => String(version['effectiveFrom']) <= date) as Json;
  const catalog = versionOn(dates.at(-1) ?? '');
  const next = dayAfter(dates.at(-1) ?? '');
  /** The dates of an interval in the month, as one interval. */
  const clipped = (interval: Interval) => {
    const held = dates.filter((date) => holds(interval, date));
    return { days: held.length, from: held[0] ?? null, to: held.length > 0 ? dayAfter(held.at(-1) ?? '') : null };
  };
  const lines: Json[] = [];
  const add = (line: Json): void => {
    if (line['amount'] !== 0 || line['code'] === 'PLAN_FEE') lines.push(line);
  };

  for (const line of list(account['lines'])) {
    const { lineId } = line;
    const used = list(usage?.['lines']).find((one) => one['lineId'] === lineId) ?? {};
    const own = { lineId, ref: null, from: null, to: null, quantity: 1, vat: 'included' };

    // Days that belong together: the same plan interval, version and suspension.
    const pieces: { key: string; days: string[]; plan: Json; version: Json; kind: string | null }[] = [];
    for (const date of dates) {
      const plan = list(line['plans']).find((one) => holds(one as unknown as Interval, date));
      if (!plan) continue;
      const version = versionOn(date);
      const index = list(line['suspensions']).findIndex((one) => holds(one as unknown as Interval, date));
      const key = [list(line['plans']).indexOf(plan), byDate.indexOf(version), index].join();
      const last = pieces.at(-1);
      if (last?.key === key && dayAfter(last.days.at(-1) ?? '') === date) last.days.push(date);
      else {
        const kind = index < 0 ? null : String(list(line['suspensions'])[index]?.['kind']);
        pieces.push({ key, days: [date], plan, version, kind });
      }
    }
    const planOf = ({ plan, version }: (typeof pieces)[number]) =>
      list(version['plans']).find(({ planId }) => planId === plan['planId']) as Json;
    /** F × days × s. */
    const feeOf = (piece: (typeof pieces)[number], days: number): Fraction => {
      const share = piece.kind === null ? whole(1) : rate((piece.version['suspensionFeeRate'] as Json)[piece.kind]);
      return times(whole(planOf(piece)['monthlyFee'] as number), whole(days), share);
    };

    let planFees = 0;
    for (const piece of pieces) {
      const fee = floor(over(feeOf(piece, piece.days.length), D));
      planFees += fee;
      add({
        ...own,
        code: 'PLAN_FEE',
        ref: piece.plan['planId'],
        from: piece.days[0],
        to: dayAfter(piece.days.at(-1) ?? ''),
        quantity: piece.days.length,
        amount: fee,
        suspension: piece.kind,
      });
    }

    for (const addOn of list(line['addOns']))
      for (const version of byDate) {
        const held = dates.filter((date) => holds(addOn as unknown as Interval, date) && versionOn(date) === version);
        if (held.length === 0) continue;
        const { monthlyFee, vat } = list(version['addOns']).find((one) => one['addOnId'] === addOn['addOnId']) as Json;
        add({
          ...own,
          ...{ code: 'ADD_ON', ref: addOn['addOnId'], from: held[0], to: dayAfter(held.at(-1) ?? '') },
          ...{ quantity: held.length, vat },
          amount: floor(over(times(whole(monthlyFee as number), whole(held.length)), D)),
        });
      }

    let overages = 0;
    const active = pieces.filter(({ kind }) => kind === null);
    const rated = active.at(-1) ?? pieces.at(-1);
    for (const [code, counter, rateKey] of [
      ['DATA_OVERAGE', 'dataMb', 'dataPerMb'],
      ['VOICE_OVERAGE', 'voiceSec', 'voicePerSec'],
      ['MESSAGE_OVERAGE', 'messages', 'perMessage'],
    ] as const) {
      if (!rated) continue;
      const allowances = active.map((piece) => [piece, (planOf(piece)['allowance'] as Json)[counter]] as const);
      if (allowances.some(([, allowance]) => allowance === null)) continue;
      const terms = allowances.map(([piece, units]) => times(whole(units as number), whole(piece.days.length)));
      const units = Math.max(0, amount(used[counter]) - floor(over(plus(...terms), D)));
      const prices = planOf(rated)['overage'] as Json;
      const cap = code === 'DATA_OVERAGE' ? ((prices['dataCap'] ?? Infinity) as number) : Infinity;
      const charged = Math.min(floor(times(whole(units), rate(prices[rateKey]))), cap);
      overages += charged;
      add({ ...own, code, ref: rated.plan['planId'], quantity: units, amount: charged });
    }

    let left = planFees;
    const contract = line['contract'] as (Json & Interval) | null | undefined;
    const ended = contract?.['terminatedOn'] as string | null | undefined;
    const isEarly = contract && typeof ended === 'string' && ended < String(contract.to);
    if (contract) {
      const c = { from: contract.from, to: isEarly ? ended : (contract.to ?? null) };
      const inside = pieces.map((piece) => feeOf(piece, piece.days.filter((date) => holds(c, date)).length));
      const discount = floor(over(times(rate(catalog['contractDiscountRate']), plus(...inside)), D));
      const { days, ...span } = clipped(c);
      const taken = Math.min(discount, left);
      left -= taken;
      add({ ...own, ...span, code: 'CONTRACT_DISCOUNT', quantity: days, amount: 0 - taken });
    }

    const bundle = line['bundle'] as (Json & Interval) | null | undefined;
    if (bundle) {
      const tiers = list(catalog['bundleDiscounts']) as unknown as { minSize: number; amount: number }[];
      const tier = tiers
        .filter(({ minSize }) => minSize <= (bundle['size'] as number))
        .toSorted((a, b) => b.minSize - a.minSize)[0];
      const { days, ...span } = clipped(bundle);
      const taken = Math.min(floor(over(times(whole(tier?.amount ?? 0), whole(days)), D)), left);
      left -= taken;
      add({ ...own, ...span, code: 'BUNDLE_DISCOUNT', quantity: days, amount: 0 - taken });
    }

    const welfare = line['welfare'] as (Json & Interval) | null | undefined;
    if (welfare && holds(welfare, dates.at(-1) ?? '')) {
      const found = (catalog['welfareClasses'] as Record<string, Json>)[String(welfare['class'])] as Json;
      const base = left + overages;
      const waived = Math.min(found['waiver'] as number, base);
      const discount = waived + floor(times(whole(base - waived), rate(found['rate'])));
      const taken = Math.min(discount, (found['cap'] ?? Infinity) as number);
      add({ ...own, code: 'WELFARE_DISCOUNT', ref: welfare['class'], amount: 0 - taken });
    }

    if (contract && isEarly && ended.startsWith(month)) {
      const [term, elapsed] = [daysBetween(contract.from, String(contract.to)), daysBetween(contract.from, ended)];
      const grace = term <= 366 ? 90 : 180;
      const received = whole(amount(contract['discountReceived']));
      add({
        ...own,
        ...{ code: 'TERMINATION_CHARGE', from: contract.from, to: ended, quantity: elapsed },
        amount: floor(elapsed <= grace ? received : over(times(received, whole(term - elapsed)), whole(term - grace))),
      });
    }

    for (const [code, kind] of [
      ['MICRO_PAYMENT', 'micro'],
      ['CONTENT_PAYMENT', 'content'],
    ] as const) {
      const paid = list(used['payments']).filter((payment) => payment['kind'] === kind);
      const sum = paid.reduce((total, payment) => total + amount(payment['amount']), 0);
      add({ ...own, code, quantity: paid.length, amount: sum, vat: 'none' });
    }

    const instalment = line['instalment'] as Json | null | undefined;
    if (instalment) {
      const { device, monthlyAmount, totalMonths, firstMonth } = instalment;
      const months = (of: string) => Number(of.slice(0, 4)) * 12 + Number(of.slice(5));
      const [number, total] = [months(month) - months(String(firstMonth)) + 1, totalMonths as number];
      const each = amount(monthlyAmount);
      if (number >= 1 && number <= total)
        add({
          ...own,
          ...{ code: 'INSTALMENT', ref: device, amount: each, vat: 'none' },
          ...{ number, totalMonths: total, remaining: (total - number) * each },
        });
    }
  }

  const common = { lineId: null, ref: null, from: null, to: null, quantity: 1, vat: 'none' };
  const arrears = (account['arrears'] ?? {}) as Json;
  const [taxableArrears, otherArrears] = [amount(arrears['taxable']), amount(arrears['nonTaxable'])];
  const gross = plus(whole(1), rate(catalog['vatRate']));
  add({ ...common, code: 'ARREARS', amount: taxableArrears + otherArrears });
  const base = plus(over(whole(taxableArrears), gross), whole(otherArrears));
  add({ ...common, code: 'LATE_FEE', amount: halfUp(times(base, rate(catalog['lateFeeRate']))) });
  for (const credit of list(account['credits']))
    add({ ...common, code: 'CREDIT', ref: credit['creditId'], amount: 0 - amount(credit['amount']) });

  const sum = (of: readonly Json[]): number => of.reduce((total, line) => total + (line['amount'] as number), 0);
  const subtotal = sum(lines);
  const taxable = sum(lines.filter((line) => line['vat'] === 'included'));
  const rounding = subtotal > 0 ? 0 - (subtotal % (catalog['roundingUnit'] as number)) : 0;
  add({ ...common, code: 'ROUNDING', amount: rounding });
  const supply = taxable > 0 ? halfUp(over(whole(taxable), gross)) : 0;
  const lastDay = daysBetween(next, dayAfter(next, 31).slice(0, 8) + '01');
  return {
    accountId: account['accountId'],
    month,
    catalogId: catalog['catalogId'],
    dueDate: dayAfter(next, Math.min(account['dueDay'] as number, lastDay) - 1),
    lines,
    ...{ taxable, supply, vat: taxable > 0 ? taxable - supply : 0, nonTaxable: subtotal - taxable, subtotal, rounding },
    amountDue: subtotal > 0 ? subtotal + rounding : 0,
    carriedForward: subtotal < 0 ? 0 - subtotal : 0,
  };
}
