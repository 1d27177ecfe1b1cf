/** Accounts and usage around the golden month: mostly well-formed, often bordering on a rule, some of them faulty. */
import fc from 'fast-check';

const day = fc
  .integer({ min: -70, max: 100 })
  .map((offset) => new Date(Date.UTC(2026, 1, 1) + offset * 86_400_000).toISOString().slice(0, 10));
const interval = fc.record({ from: day, to: fc.option(day) }).map(({ from, to }) => {
  if (to === null || from === to) return { from, to: null };
  return from < to ? { from, to } : { from: to, to: from };
});
const won = fc.oneof(
  { weight: 8, arbitrary: fc.nat(200_000) },
  { weight: 1, arbitrary: fc.constantFrom(0, 1, 9, 10, 1e12) },
);
const planId = fc.constantFrom('BASIC-12', 'KIDS-11', 'LTE-33', 'LTE-49', '5G-55', 'SAT-1T', 'FREE-0');
const addOnId = fc.constantFrom('RINGTONE', 'CALLER-ID', 'PHONE-CARE', 'CLOUD', 'MUSIC');

/** Intervals one after the other, so that they share no date. */
const chain = (max: number) =>
  fc.uniqueArray(day, { minLength: 2, maxLength: max + 1 }).map((days) => {
    const sorted = days.toSorted();
    return sorted.slice(0, -1).map((from, index) => ({ from, to: sorted[index + 1] }));
  });
const labelled = (key: 'planId' | 'kind', ids: fc.Arbitrary<string>, max: number) =>
  chain(max).chain((intervals) =>
    fc
      .array(ids, { minLength: intervals.length, maxLength: intervals.length })
      .map((chosen) => intervals.map((one, index) => ({ ...one, [key]: chosen[index] }))),
  );

const contract = fc
  .record({
    term: fc.constantFrom(90, 365, 366, 730),
    from: day,
    early: fc.option(fc.integer({ min: 1, max: 800 })),
    discountReceived: won,
  })
  .map(({ term, from, early, discountReceived }) => {
    const after = (days: number) => new Date(Date.parse(from) + days * 86_400_000).toISOString().slice(0, 10);
    return { from, to: after(term), terminatedOn: early === null ? null : after(early), discountReceived };
  });

const line = fc.record(
  {
    plans: labelled('planId', planId, 3),
    addOns: fc.array(
      fc.tuple(addOnId, interval).map(([id, one]) => ({ addOnId: id, ...one })),
      { maxLength: 3 },
    ),
    suspensions: fc.oneof(
      { weight: 2, arbitrary: fc.constant([]) },
      { weight: 1, arbitrary: labelled('kind', fc.constantFrom('requested', 'nonPayment'), 3) },
    ),
    contract: fc.option(contract),
    bundle: fc.option(fc.tuple(fc.integer({ min: 1, max: 9 }), interval).map(([size, one]) => ({ size, ...one }))),
    welfare: fc.option(
      fc
        .tuple(fc.constantFrom('livelihood', 'nearPoor', 'basicPension', 'disabled'), interval)
        .map(([found, one]) => ({ class: found, ...one })),
    ),
    instalment: fc.option(
      fc.record({
        device: fc.string({ unit: 'binary', maxLength: 12 }),
        monthlyAmount: won,
        totalMonths: fc.integer({ min: 1, max: 48 }),
        firstMonth: fc.constantFrom('2023-01', '2025-12', '2026-02', '2026-03'),
      }),
    ),
  },
  { requiredKeys: ['plans'] },
);

const usageLine = fc.record(
  {
    dataMb: won,
    voiceSec: won,
    messages: won,
    payments: fc.array(fc.record({ kind: fc.constantFrom('micro', 'content'), amount: won }), { maxLength: 4 }),
  },
  { requiredKeys: [] },
);

/** An account and its usage record, in the form of the billing rules. */
export const billable = fc
  .record({
    lines: fc.array(fc.tuple(line, fc.option(usageLine)), { maxLength: 3 }),
    dueDay: fc.integer({ min: 1, max: 31 }),
    arrears: fc.option(fc.record({ taxable: won, nonTaxable: won }, { requiredKeys: [] })),
    credits: fc.array(fc.record({ creditId: fc.string({ maxLength: 5 }), amount: won }), { maxLength: 2 }),
  })
  .map(({ lines, ...account }) => ({
    account: {
      accountId: 'A1',
      ...account,
      lines: lines.map(([one], index) => ({ lineId: `L${index}`, ...one })),
    },
    usage: {
      accountId: 'A1',
      month: '2026-02',
      lines: lines.flatMap(([, usage], index) => (usage ? [{ lineId: `L${index}`, ...usage }] : [])),
    },
  }));

/** A JSON value with some of its members replaced by anything at all. */
export const damaged = (value: unknown): fc.Arbitrary<unknown> =>
  fc.array(fc.tuple(fc.nat(1000), fc.jsonValue()), { minLength: 1, maxLength: 3 }).map((damages) => {
    const copy = structuredClone(value);
    for (const [position, replacement] of damages) {
      const places = placesIn(copy);
      const place = places[position % places.length];
      if (place) place.holder[place.key] = replacement;
    }
    return copy;
  });

interface Place {
  readonly holder: Record<string, unknown>;
  readonly key: string;
}

function placesIn(value: unknown): Place[] {
  if (typeof value !== 'object' || value === null) return [];
  const holder = value as Record<string, unknown>;
  return Object.keys(holder).flatMap((key) => [{ holder, key }, ...placesIn(holder[key])]);
}
