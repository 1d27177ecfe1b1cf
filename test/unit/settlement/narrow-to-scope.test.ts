/** What a retry's proof looks at: its accounts, and whatever carries its id. */
import { describe, expect, it } from 'vitest';
import { narrowToScope } from '../../../lambdas/settlement/domain/narrow-to-scope.ts';
import type { FoundBucket, FoundInvoice } from '../../../lambdas/settlement/domain/prove-bucket.ts';
import { MONTH } from '../../support/billing-golden.ts';

const RETRY = `${MONTH}-r0002`;
const SETTLE = `${MONTH}-r0001`;
const invoice = (accountId: string, runId: string): FoundInvoice => ({
  ...{ accountId, runId, version: 1, contentHash: '', isOfThisInput: true, amountDue: 0, invoice: null },
});
const found: Omit<FoundBucket, 'billedBefore'> = {
  ...{ month: MONTH, runId: RETRY, bucket: 0, bucketCount: 1 },
  accounts: new Map(['A1', 'A10', 'A2', 'A3'].map((id) => [id, id])),
  usage: new Map(['A1', 'A1@2025-12', 'A10', 'A10@2025-12', 'A3'].map((id) => [id, id])),
  invoices: [invoice('A2', RETRY), invoice('A3', SETTLE), invoice('A10', SETTLE)],
  rejections: ['A1', 'A2', 'A10'],
  conflicts: new Set(),
};
const scope = (accounts: string[], approvedBefore = [SETTLE]) => ({
  ...{ accounts: new Set(accounts), approvedBefore: new Set(approvedBefore) },
});

describe('a bucket narrowed to the accounts of a retry', () => {
  it('is what it was when they are all, and no run was approved before', () => {
    expect(narrowToScope(found, scope([...found.accounts.keys()], []))).toEqual({ ...found, billedBefore: new Set() });
  });

  it('keeps an account with its usage and rejection, also of another month, and no account whose id begins alike', () => {
    const narrowed = narrowToScope(found, scope(['A1']));
    expect([...narrowed.accounts.keys(), ...narrowed.usage.keys(), ...narrowed.rejections]).toEqual([
      ...['A1', 'A1', 'A1@2025-12', 'A1'],
    ]);
  });

  it('keeps every invoice that carries its id, whoever it is of', () => {
    expect(narrowToScope(found, scope(['A1'])).invoices).toEqual([invoice('A2', RETRY)]);
  });

  it('sets apart what an approved run has billed, and keeps the invoice of a run that was never approved', () => {
    const { invoices, billedBefore } = narrowToScope(found, scope(['A3', 'A10'], []));
    expect([invoices.map(({ accountId }) => accountId), billedBefore.size]).toEqual([['A2', 'A3', 'A10'], 0]);
    expect(narrowToScope(found, scope(['A3', 'A10']))).toMatchObject({
      invoices: [invoice('A2', RETRY)],
      billedBefore: new Set(['A3', 'A10']),
    });
  });

  it('has an account that the import lacks as nothing', () => {
    expect([...narrowToScope(found, scope(['GONE'])).accounts]).toEqual([['GONE', null]]);
  });
});
