import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readRunInput } from '../../../lambdas/settlement/domain/run-input.ts';

describe('the input of a settlement run', () => {
  it.each([
    [{ month: '2026-01' }, '2026-01'],
    [{ month: '2026-01', mode: 'settle' }, '2026-01'],
    [{ scheduledAt: '2026-01-31T15:30:00Z' }, '2026-01'], // 00:30 on 1 February in Seoul
    [{ scheduledAt: '2026-02-01T03:00:00.000Z' }, '2026-01'],
    [{ scheduledAt: '2026-02-01T12:00:00+09:00' }, '2026-01'],
    [{ month: '2026-01', scheduledAt: '2026-02-01T03:00:00Z' }, '2026-01'],
  ])('%j settles %s', (input, month) => {
    expect(readRunInput(input)).toEqual({ ok: true, wanted: { mode: 'settle', month } });
  });

  const retry = { month: '2026-01', mode: 'retry', accounts: ['A2', 'A10', 'A2'], reason: ' corrected ' };
  it('retries named accounts, each once and in order, for a reason', () => {
    expect(readRunInput(retry)).toEqual({
      ok: true,
      wanted: { mode: 'retry', month: '2026-01', accounts: ['A10', 'A2'], reason: 'corrected' },
    });
  });

  it.each([
    [{}, ['neither month nor scheduledAt']],
    [{ month: '2026-1' }, ['month: must be a month YYYY-MM']],
    [{ month: null }, ['month: must be a month YYYY-MM']],
    [{ scheduledAt: 'yesterday' }, ['scheduledAt: must be an instant']],
    [{ month: '2026-02', scheduledAt: '2026-02-01T03:00:00Z' }, ['month is 2026-02', 'is 2026-01']],
    [{ mode: 'dry', mouth: '2026-01' }, ['mode: must be "settle"', 'mouth', 'neither month nor scheduledAt']],
    [{ month: 1, scheduledAt: 2, mode: 3, other: 4 }, ['month: ', 'scheduledAt: ', 'mode: ', 'other']],
    [{ ...retry, month: undefined, accounts: [] }, ['month: must be', 'accounts: must name an account']],
    [{ ...retry, accounts: ['A 1', 'A2'], reason: ' ' }, ['accounts.0: must be an account id', 'reason: must say why']],
    [{ ...retry, accounts: Array(30).fill(' ') }, ['accounts.9: must be', 'and 20 more']],
    [{ mode: 'retry', scheduledAt: '2026-02-01T03:00:00Z' }, ['month: ', 'accounts: ', 'reason: ', 'scheduledAt']],
    [{ month: '2026-01', accounts: ['A1'] }, ['accounts']],
    [[], ['expected object']],
    [null, ['expected object']],
    ['2026-01', ['expected object']],
  ])('%j is refused with everything that is wrong', (input, parts) => {
    const result = readRunInput(input);
    if (result.ok) expect.fail('it was taken');
    for (const part of [...parts, 'Allowed is']) expect(result.sentence).toContain(part);
  });

  it('never throws', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (any, scheduledAt) => {
        for (const input of [any, { scheduledAt }, { month: any }]) expect(readRunInput(input).ok).toBe(false);
      }),
    );
  });
});
