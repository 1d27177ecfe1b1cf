/** What an explained bill says of each amount is redone here: the arithmetic shown must come to the amount billed. */
import { describe, expect, it } from 'vitest';
import { bill, isRejection } from '../../../lambdas/settlement/domain/bill.ts';
import { explainBill } from '../../../tools/explain/explain-bill.ts';
import { population } from '../../../tools/population/population.ts';
import { CATALOG_JSON, TARIFF } from '../../../tools/population/tariff.ts';
import type { Month } from '../../../lambdas/kernel/dates.ts';
import { accounts, catalogJson, catalogs, MONTH, usageOf } from '../../support/billing-golden.ts';

const golden = accounts.map((account) => {
  const usage = usageOf(account['accountId']);
  return { account, usage, result: bill(account, usage, catalogs, MONTH) };
});
const MARCH = '2026-03' as Month;
const generated = [...population({ seed: 1, accounts: 1500, month: MARCH })].map(({ account, usage }) => ({
  account,
  usage,
  result: bill(account, usage, TARIFF, MARCH),
}));

/** Reads `a`, `a × b ÷ (c − d)` …: numbers with thousands commas, the four operations, brackets. */
function valueOf(text: string): number {
  const tokens = [...text.replaceAll(',', '').matchAll(/\d+(?:\.\d+)?|[()+−×÷]/g)].map(([token]) => token);
  let at = 0;
  const factor = (): number => {
    const token = tokens[at++] ?? '';
    if (token !== '(') return Number(token);
    const inner = sum();
    at++;
    return inner;
  };
  const product = (): number => {
    let value = factor();
    while (tokens[at] === '×' || tokens[at] === '÷') value = tokens[at++] === '×' ? value * factor() : value / factor();
    return value;
  };
  const sum = (): number => {
    let value = product();
    while (tokens[at] === '+' || tokens[at] === '−')
      value = tokens[at++] === '+' ? value + product() : value - product();
    return value;
  };
  return sum();
}

/** Lines whose arithmetic stands between the last colon and the amount, and the most that they can be. */
const REDONE =
  /^ {2}(PLAN_FEE|ADD_ON|\w+_OVERAGE|\w+_DISCOUNT|TERMINATION_CHARGE|\w+_PAYMENT|LATE_FEE) (.*) = (−?[\d,]+)$/;

describe('the arithmetic of an explained bill', () => {
  it.each([
    ['golden', golden, catalogJson, 45],
    ['generated', generated, CATALOG_JSON, 5000],
  ] as const)('of %s accounts comes to the amounts billed', (_, billed, json, least) => {
    let redone = 0;
    for (const one of billed) {
      if (isRejection(one.result)) continue;
      for (const line of explainBill(one, json, 'en').split('\n')) {
        const [, code = '', text = '', amount = ''] = REDONE.exec(line) ?? [];
        if (code === '' || text.includes('the whole discount')) continue;
        const [, worked = '', most = ''] =
          /:(?: phone charges [\d,]+;)? ((?:(?!: ).)*?)(?:, at most [^\d]*([\d,]+))?$/.exec(text) ?? [];
        const limit = most === '' ? Infinity : valueOf(most);
        const shown = Math.abs(Number(amount.replaceAll(',', '').replace('−', '-')));
        // Cut or rounded, and computed in floats here: within a won and a hair.
        expect(Math.abs(Math.min(valueOf(worked.replace(/^waived /, '')), limit) - shown), line).toBeLessThan(1.001);
        redone++;
      }
    }
    expect(redone).toBeGreaterThan(least);
  });

  it('is there in Korean for every account, and nothing is left undefined', () => {
    for (const [billed, json] of [
      [golden, catalogJson],
      [generated, CATALOG_JSON],
    ] as const)
      for (const one of billed)
        for (const locale of ['ko', 'en'] as const)
          expect(explainBill(one, json, locale)).not.toMatch(/undefined|NaN|× *[÷,]/);
  });
});
