import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readAccountRecord, readUsageRecord } from '../../../lambdas/import/domain/read-records.ts';
import { damaged } from '../../support/account-arbitrary.ts';

const account = {
  accountId: 'A1',
  name: '김도연',
  email: 'a@example.com',
  phone: '+821000000001',
  locale: 'en',
  dueDay: 32,
  address: 'nowhere 1',
  dispatch: { day: 10, quietHours: { from: '22:00', to: '07:30' }, channels: ['sms'] },
};
const usage = {
  accountId: 'A1',
  month: '2026-01',
  lines: [
    {
      lineId: 'L1',
      dataMb: 1,
      payments: [
        { merchant: 'Shop', amount: 1, kind: 'micro' },
        { amount: 2, kind: 'coupon' },
      ],
    },
    { lineId: 'L2' },
  ],
};

describe('reading an account of a file', () => {
  it('parts it into what billing reads, the contact, and the preferences', () => {
    expect(readAccountRecord(account)).toEqual({
      ok: true,
      record: {
        accountId: 'A1',
        account: '{"accountId":"A1","dueDay":32}',
        contact: '{"name":"김도연","email":"a@example.com","phone":"+821000000001"}',
        locale: 'en',
        preferences: '{"day":10,"quietHours":{"from":"22:00","to":"07:30"},"channels":["sms"]}',
      },
    });
  });

  it('takes one that settlement will reject, and one without contact or preferences', () => {
    expect(readAccountRecord({ accountId: 'A1', dueDay: 'never', lines: 7 })).toEqual({
      ok: true,
      record: {
        accountId: 'A1',
        account: '{"accountId":"A1","dueDay":"never","lines":7}',
        contact: null,
        locale: 'ko',
        preferences: null,
      },
    });
  });

  it('refuses one that no item could hold: with its contact, with its merchants', () => {
    const long = 'ㄱ'.repeat(60_000); // 180,000 bytes
    const fault = { ok: false, problems: [{ field: '(whole)', reason: 'must not be longer than 300000 bytes' }] };
    const lines = [{ lineId: long }];
    expect(readAccountRecord({ ...account, lines }).ok).toBe(true);
    expect(readAccountRecord({ ...account, lines, name: long })).toEqual(fault);
    const payments = [{ merchant: long, amount: 1, kind: 'micro' }];
    expect(readUsageRecord({ ...usage, lines: [{ lineId: 'L1', payments }] }).ok).toBe(true);
    expect(readUsageRecord({ ...usage, lines: [{ lineId: long, payments }] })).toEqual(fault);
  });

  it('refuses one without an identity, or with a language or preference that nobody could use, with every reason', () => {
    const bad = { ...account, accountId: 'A 1', email: 5, locale: 'fr', dispatch: { day: 0, channels: ['fax'] } };
    const result = readAccountRecord(bad);
    expect(result.ok ? [] : result.problems.map(({ field }) => field)).toEqual([
      'accountId',
      'email',
      'locale',
      'dispatch.day',
      'dispatch.channels.0',
    ]);
    expect(readAccountRecord({ accountId: 'A1', lines: ['x'.repeat(300_001)] })).toMatchObject({ ok: false });
    const preferences = {
      day: 40,
      quietHours: { from: '24:00' },
      channels: [null],
    };
    const told = readAccountRecord({ accountId: 'A1', dispatch: preferences });
    expect(told.ok ? [] : told.problems.map(({ field, reason }) => `${field} ${reason}`)).toEqual([
      'dispatch.day must be a day from 1 to 31',
      'dispatch.quietHours.from must be a time HH:MM',
      'dispatch.quietHours.to must be a time HH:MM',
      'dispatch.channels.0 must be "email" or "sms"',
    ]);
  });
});

describe('reading a usage record of a file', () => {
  it('takes the merchants out of it, and leaves the rest as it is', () => {
    expect(readUsageRecord(usage)).toEqual({
      ok: true,
      record: {
        accountId: 'A1',
        month: '2026-01',
        usage:
          '{"accountId":"A1","month":"2026-01","lines":[{"lineId":"L1","dataMb":1,"payments":[{"amount":1,"kind":"micro"},{"amount":2,"kind":"coupon"}]},{"lineId":"L2"}]}',
        merchants: '[["Shop",null],[]]',
      },
    });
  });

  it('refuses one without an account or a month', () => {
    expect(readUsageRecord({ lines: [] })).toMatchObject({
      ok: false,
      problems: [{ field: 'accountId' }, { field: 'month' }],
    });
  });

  it('never lets a merchant through, and never throws, whatever it is given', () => {
    fc.assert(
      fc.property(damaged(usage), (value) => {
        const result = readUsageRecord(value as Record<string, unknown>);
        if (result.ok) expect(result.record.usage).not.toContain('"merchant":"Shop"');
      }),
    );
    fc.assert(
      fc.property(damaged(account), (value) => {
        readAccountRecord(value as Record<string, unknown>);
      }),
    );
  });
});
