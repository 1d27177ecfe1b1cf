/** Catalogs for the accounts of account-arbitrary.ts: some versions around the golden month, of any prices, rates and tiers. */
import fc from 'fast-check';

const price = fc.oneof(
  { weight: 6, arbitrary: fc.nat(120_000) },
  { weight: 1, arbitrary: fc.constantFrom(0, 1, 99, 1e12) },
);
/** A decimal text, with any number of decimals up to six. */
const decimal = (most: number) =>
  fc.tuple(fc.nat(most), fc.integer({ min: 0, max: 6 }), fc.nat(999_999)).map(([units, length, fraction]) => {
    const decimals = String(fraction).padStart(6, '0').slice(0, length);
    return length === 0 ? String(units) : `${units}.${decimals}`;
  });
const share = fc.oneof(
  { weight: 4, arbitrary: decimal(0) },
  { weight: 1, arbitrary: fc.constantFrom('0', '1', '1.000000', '.5', '0.29', '0.10') },
);
const name = fc.constant({ ko: '이름', en: 'Name' });
const orNull = (value: fc.Arbitrary<number>) => fc.option(value, { freq: 4 });

const plan = (planId: string) =>
  fc.record({
    planId: fc.constant(planId),
    name,
    monthlyFee: price,
    allowance: fc.record({
      dataMb: orNull(fc.nat(20_000)),
      voiceSec: orNull(fc.nat(20_000)),
      messages: orNull(fc.nat(500)),
    }),
    overage: fc.record({
      dataPerMb: decimal(3),
      dataCap: orNull(price),
      voicePerSec: decimal(3),
      perMessage: decimal(50),
    }),
  });
const addOn = (addOnId: string) =>
  fc.record({
    addOnId: fc.constant(addOnId),
    name,
    monthlyFee: price,
    vat: fc.constantFrom('included', 'none'),
  });
const welfareClass = fc.record({ waiver: price, rate: share, cap: orNull(price) });

const version = (effectiveFrom: string) =>
  fc.record({
    catalogId: fc.constant(`from-${effectiveFrom}`),
    effectiveFrom: fc.constant(effectiveFrom),
    plans: fc.tuple(...['BASIC-12', 'KIDS-11', 'LTE-33', 'LTE-49', '5G-55', 'SAT-1T', 'FREE-0'].map(plan)),
    addOns: fc.tuple(...['RINGTONE', 'CALLER-ID', 'PHONE-CARE', 'CLOUD', 'MUSIC'].map(addOn)),
    contractDiscountRate: share,
    bundleDiscounts: fc.uniqueArray(fc.record({ minSize: fc.integer({ min: -1, max: 9 }), amount: price }), {
      selector: ({ minSize }) => minSize,
      maxLength: 4,
    }),
    welfareClasses: fc.record({
      livelihood: welfareClass,
      nearPoor: welfareClass,
      basicPension: welfareClass,
      disabled: welfareClass,
    }),
    suspensionFeeRate: fc.record({ requested: share, nonPayment: share }),
    vatRate: share,
    lateFeeRate: share,
    roundingUnit: fc.constantFrom(1, 7, 10, 100),
  });

/** Versions in any order; the first of them is in force on every date that an account can have. */
export const catalogVersions = fc
  .uniqueArray(
    fc
      .integer({ min: -40, max: 70 })
      .map((offset) => new Date(Date.UTC(2026, 1, 1) + offset * 86_400_000).toISOString().slice(0, 10)),
    { maxLength: 3 },
  )
  .chain((dates) => fc.tuple(version('2000-01-01'), ...dates.map(version)))
  .chain((versions) => fc.shuffledSubarray(versions, { minLength: versions.length }));
