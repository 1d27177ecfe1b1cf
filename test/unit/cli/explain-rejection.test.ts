/** What `tr1l explain` says of an account that cannot be billed: which line, plan, counter each reason is about. */
import { describe, expect, it } from 'vitest';
import { bill, isRejection } from '../../../lambdas/settlement/domain/bill.ts';
import { explainBill } from '../../../tools/explain/explain-bill.ts';
import { catalogJson, catalogs, MONTH, type Json } from '../../support/billing-golden.ts';

const explained = (lines: readonly object[], more: Json = {}, used: readonly object[] = []): string[] => {
  const account = { accountId: 'A1', dueDay: 1, lines, ...more };
  const usage = used.length === 0 ? null : { accountId: 'A1', month: MONTH, lines: used };
  const result = bill(account, usage, catalogs, MONTH);
  expect(isRejection(result)).toBe(true);
  return explainBill({ account, usage, result }, catalogJson, 'en').split('\n').slice(2);
};
const plan = (planId: string, from: string, to: string | null = null) => ({ planId, from, to });

describe('an explained rejection names', () => {
  it('the plan, the add-on and the line, and no other', () => {
    const good = { lineId: 'L1', plans: [plan('LTE-33', '2026-01-01')] };
    const bad = {
      lineId: 'L2',
      plans: [plan('LTE-33', '2026-01-01', '2026-02-10'), plan('NOT-THERE', '2026-02-10')],
      addOns: [{ addOnId: 'NO-SUCH', from: '2026-02-01', to: '2026-02-03' }],
    };
    expect(explained([good, bad])).toEqual([
      '  UNKNOWN_ADD_ON: an add-on is not in the catalog',
      '    Line L2: add-on NO-SUCH, 2026-02-01 → 2026-02-03',
      '  UNKNOWN_PLAN: a plan is not in the catalog',
      '    Line L2: plan NOT-THERE, 2026-02-10 →',
    ]);
  });

  it('two plans that overlap, and an interval without a day', () => {
    const plans = [plan('LTE-33', '2025-01-01', '2025-03-02'), plan('LTE-33', '2025-03-01')];
    expect(explained([{ lineId: 'L1', plans }]).slice(1)).toEqual([
      '    Line L1: plan LTE-33, 2025-01-01 → 2025-03-02 / plan LTE-33, 2025-03-01 →',
    ]);
    const contract = { from: '2025-03-02', to: '2027-03-02', terminatedOn: '2025-01-01' };
    expect(explained([{ lineId: 'L1', contract }]).slice(1)).toEqual([
      '    Line L1: contract, 2025-03-02 → 2027-03-02, terminated on 2025-01-01',
    ]);
  });

  it('the usage that has no line, no plan, or a kind that there is not', () => {
    const used = [
      { lineId: 'L1', messages: 3 },
      {
        lineId: 'L9',
        payments: [
          { kind: 'micro', amount: 10 },
          { kind: 'cash', amount: 20 },
        ],
      },
    ];
    expect(explained([{ lineId: 'L1' }], {}, used)).toEqual([
      expect.stringContaining('UNKNOWN_LINE'),
      '    Line L9: usage',
      '    Line L9: payment micro, 10',
      '    Line L9: payment cash, 20',
      expect.stringContaining('UNKNOWN_PAYMENT_KIND'),
      '    Line L9: payment cash, 20',
      expect.stringContaining('USAGE_WITHOUT_PLAN'),
      '    Line L1: messages 3',
    ]);
  });

  it('the amounts that are none', () => {
    const used = [{ lineId: 'L1', dataMb: 0.5, payments: [{ kind: 'micro', amount: -1 }] }];
    expect(
      explained([{ lineId: 'L1', plans: [plan('LTE-33', '2026-01-01')] }], { arrears: { taxable: 1.5 } }, used).slice(
        1,
      ),
    ).toEqual(['    Account: arrears.taxable 1.5', '    Line L1: dataMb 0.5', '    Line L1: payment micro -1']);
  });
});

it('an explained bill has one message, and no sum of one payment', () => {
  const account = { accountId: 'A1', dueDay: 1, lines: [{ lineId: 'L1', plans: [plan('SENIOR-16', '2026-01-01')] }] };
  const textOf = (messages: number): string => {
    const lines = [{ lineId: 'L1', messages, payments: [{ kind: 'content', amount: 9900 }] }];
    const usage = { accountId: 'A1', month: MONTH, lines };
    return explainBill({ account, usage, result: bill(account, usage, catalogs, MONTH) }, catalogJson, 'en');
  };
  expect(textOf(152)).toContain('= 2 messages:'); // 150 are included
  const text = textOf(151);
  expect(text).toContain('= 1 message:');
  expect(text).toContain('CONTENT_PAYMENT paid content, 1 payment: 9,900\n');
});
