import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { checkPolicy, completePolicy, InvalidPolicy } from '../../../lambdas/dispatch/domain/complete-policy.ts';
import { DEFAULT_POLICY } from '../../../lambdas/dispatch/domain/policy.ts';

const faultsOf = (json: unknown): string[] => {
  try {
    completePolicy(json);
    return [];
  } catch (error) {
    if (!(error instanceof InvalidPolicy)) throw error;
    return error.faults.map(({ field, reason }) => `${field}: ${reason}`);
  }
};

/** The value without some of its members: `keep` is asked for each. */
function pruned(value: unknown, keep: () => boolean): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  const kept = Object.entries(value).filter(([key]) => key === 'from' || key === 'to' || keep());
  return Object.fromEntries(kept.map(([key, member]) => [key, pruned(member, keep)]));
}

describe('a policy', () => {
  test('has the defaults that are written down', () => {
    expect(completePolicy({})).toEqual({
      channels: ['email', 'sms'],
      retry: {
        email: { maxAttempts: 3, backoff: { type: 'exponential', baseSeconds: 60, maxSeconds: 900 } },
        sms: { maxAttempts: 3, backoff: { type: 'fixed', baseSeconds: 120, maxSeconds: 120 } },
      },
      quietHours: { system: { from: '21:00', to: '08:00' }, channels: ['sms', 'email'], accountWindows: true },
      schedule: { day: 15, time: '09:00' },
      noticeDays: 7,
      sendDays: 3,
      rate: { email: 14, sms: 20 },
      smsBudget: { share: '0.05', won: null },
      zeroInvoices: 'skip',
    });
  });

  test('takes the default of any part that is left out, however deep it stands', () => {
    fc.assert(
      fc.property(fc.infiniteStream(fc.boolean()), (choices) => {
        const json = pruned(DEFAULT_POLICY, () => Boolean(choices.next().value));
        expect(completePolicy(json)).toEqual(DEFAULT_POLICY);
      }),
    );
  });

  test.each([
    [null, ': must be an object'],
    [[], ': must be an object'],
    [{ chanels: ['sms'] }, ': must not have other parts than channels, retry'],
    [{ channels: [] }, 'channels: must name at least one channel'],
    [{ channels: ['fax'] }, 'channels.0: must be "email" or "sms"'],
    [{ channels: ['sms', 'sms'] }, 'channels: must not name a channel twice'],
    [{ retry: { email: { maxAttempts: 0 } } }, 'retry.email.maxAttempts: must be a whole number from 1 to 5'],
    [{ retry: { sms: { maxAttempts: 6 } } }, 'retry.sms.maxAttempts: must be a whole number from 1 to 5'],
    [{ retry: { sms: { backoff: { type: 'linear' } } } }, 'retry.sms.backoff.type: must be "fixed" or "exponential"'],
    [{ retry: { sms: { backoff: { baseSeconds: 300 } } } }, 'maxSeconds: must not be less than baseSeconds'],
    [{ quietHours: { system: { from: '00:00', to: '24:00' } } }, 'quietHours.system.to: must be a local time'],
    [{ quietHours: { system: { from: '21:00' } } }, 'quietHours.system.to: must be a local time'],
    [{ quietHours: { channels: ['post'] } }, 'quietHours.channels.0: must be "email" or "sms"'],
    [{ schedule: { day: 32 } }, 'schedule.day: must be a whole number from 1 to 31'],
    [{ schedule: 'later' }, 'schedule: must be "immediate", or an object of day and time'],
    [{ noticeDays: -1 }, 'noticeDays: must be a whole number from 0 to 60'],
    [{ sendDays: 0 }, 'sendDays: must be a whole number from 1 to 31'],
    [
      { rate: { email: 0.5 } },
      'rate.email: must be a number of sends a second from 1: the workers cannot keep a lower one',
    ],
    [{ smsBudget: { share: '5' } }, 'smsBudget.share: must be a decimal text from 0 to 1'],
    [{ smsBudget: { share: 0.05 } }, 'smsBudget.share: must be a decimal text from 0 to 1'],
    [{ smsBudget: { won: -1 } }, 'smsBudget.won: must be a whole number'],
    [{ zeroInvoices: 'never' }, 'zeroInvoices: must be "send" or "skip"'],
  ])('%j is refused', (json, fault) => {
    expect(faultsOf(json)).toEqual([expect.stringContaining(fault)]);
  });

  test('is refused with every fault at once', () => {
    expect(faultsOf({ channels: [], noticeDays: 1.5, rate: { email: -1, sms: '20' } })).toHaveLength(4);
  });

  test.each([
    [
      { channels: ['email', 'email', 'fax'] },
      ['channels.2: must be "email" or "sms"', 'channels: must not name a channel twice'],
    ],
    [
      { retry: { email: { backoff: { type: 'linear', baseSeconds: 300, maxSeconds: 60 } } } },
      [
        'retry.email.backoff.type: must be "fixed" or "exponential"',
        'retry.email.backoff.maxSeconds: must not be less than baseSeconds',
      ],
    ],
    [{ schedule: { day: 31.5 } }, ['schedule.day: must be a whole number from 1 to 31']],
    [
      { schedule: { day: '15', time: '9:00', hour: 1 } },
      [
        'schedule.day: must be a whole number from 1 to 31',
        'schedule.time: must be a local time from "00:00" to "23:59"',
        'schedule: must not have other parts than day, time',
      ],
    ],
    [{ schedule: [] }, ['schedule: must be "immediate", or an object of day and time']],
  ])('%j: no fault hides another', (json, faults) => {
    expect(faultsOf(json).sort()).toEqual([...faults].sort());
  });

  test('that cannot hold is known apart from its faults', () => {
    const json = { rate: { email: 3, sms: '20' }, channels: ['fax'], extra: 1, sendDays: 2, schedule: { day: '1' } };
    const { policy, faulty } = checkPolicy(json);
    expect(policy).toEqual({ ...DEFAULT_POLICY, rate: { email: 3, sms: 20 }, sendDays: 2 });
    expect([...faulty].sort()).toEqual(['', 'channels.0', 'rate.sms', 'schedule.day']);
  });

  test('of any JSON holds, or is refused in words', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (json) => {
        for (const fault of faultsOf(json)) expect(fault).toContain(': must ');
        expect(checkPolicy(json).faults.length === 0).toBe(faultsOf(json).length === 0);
      }),
    );
  });
});
