import { describe, expect, it } from 'vitest';
import { inForceAt } from '../../../lambdas/dispatch/domain/policy-in-force.ts';
import { rateShortages } from '../../../lambdas/dispatch/domain/policy-capacity.ts';
import { DEFAULT_POLICY } from '../../../lambdas/dispatch/domain/policy.ts';
import { at } from '../../support/notices.ts';

describe('the policy in force', () => {
  const version = (number: number, from: string, status: 'DRAFT' | 'ACTIVE' = 'ACTIVE') => ({
    version: number,
    status,
    effectiveFrom: at(from),
  });
  const versions = [
    version(1, '2026-01-01T00:00:00Z'),
    version(2, '2026-03-01T00:00:00Z'),
    version(3, '2026-02-01T00:00:00Z'),
    version(4, '2026-02-01T00:00:00Z'),
    version(5, '2026-02-02T00:00:00Z', 'DRAFT'),
  ];
  const numberAt = (instant: string) => inForceAt(versions, at(instant))?.version;

  it('is the activated version with the greatest effectiveFrom on or before the instant', () => {
    expect(numberAt('2026-01-31T23:59:59Z')).toBe(1);
    expect(numberAt('2026-03-01T00:00:00Z')).toBe(2);
  });

  it('is the later version where two take effect together, and never a draft', () => {
    expect(numberAt('2026-02-15T00:00:00Z')).toBe(4);
  });

  it('is none before the first takes effect', () => {
    expect(numberAt('2025-12-31T23:59:59Z')).toBeUndefined();
  });
});

it('a share of the budget is exact: 7 % of 100 notices are 7, which as floats would be 8', () => {
  const policy = { ...DEFAULT_POLICY, rate: { email: 14, sms: 0.000_001 }, smsBudget: { share: '0.07', won: null } };
  expect(rateShortages(policy, 100)).toMatchObject([{ channel: 'sms', expected: 7, neededRate: 1 }]);
});
