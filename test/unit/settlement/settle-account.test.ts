import { describe, expect, it } from 'vitest';
import { isForeignUsage, parseStored, settleAccount } from '../../../lambdas/settlement/domain/settle-account.ts';
import { catalogs, MONTH } from '../../support/billing-golden.ts';

const account = { accountId: 'A1', dueDay: 5, lines: [{ lineId: 'L1' }] };
const payments = [{ kind: 'micro', amount: 5000 }];
const usage = { accountId: 'A1', month: MONTH, lines: [{ lineId: 'L1', payments }] };
const settle = (one: unknown, used: unknown) => settleAccount('A1', one, used, catalogs, MONTH);

describe('settling an account', () => {
  it('bills it with its usage', () => {
    expect(settle(account, usage)).toMatchObject({ accountId: 'A1', amountDue: 5000 });
  });

  it('sets usage of another month aside', () => {
    expect(settle(account, { ...usage, month: '2026-01' })).toMatchObject({ amountDue: 0 });
    expect(isForeignUsage({ ...usage, month: '2026-01' }, MONTH)).toBe(true);
    expect(isForeignUsage(usage, MONTH)).toBe(false);
  });

  it.each([
    ['an account that calls itself otherwise than its key', { ...account, accountId: 'A2' }, null],
    ['usage of another account under its key', account, { ...usage, accountId: 'A2' }],
    ['an account that is no JSON', parseStored('{"accountId"'), null],
    ['usage that is no JSON', account, parseStored('')],
    ['an account without an id', { dueDay: 5 }, null],
  ])('rejects %s, under the id of its key', (_, one, used) => {
    expect(settle(one, used)).toEqual({ accountId: 'A1', month: MONTH, rejected: ['MALFORMED'] });
  });
});
