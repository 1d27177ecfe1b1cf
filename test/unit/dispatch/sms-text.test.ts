import fc from 'fast-check';
import { expect, test } from 'vitest';
import { SMS_CHARACTERS, smsText, type SmsBilled } from '../../../lambdas/dispatch/domain/sms-text.ts';
import { addMonths, clampedDate, type LocalDate, type Month } from '../../../lambdas/kernel/dates.ts';
import { won } from '../../../lambdas/kernel/money.ts';

const billed: SmsBilled = {
  month: '2026-02' as Month,
  locale: 'ko',
  amountDue: won(57_880),
  dueDate: '2026-03-25' as LocalDate,
};

test('says in Korean who is meant, the month, the amount, the due date and whom to ask', () => {
  expect(smsText(billed, '김도연')).toBe('[TR1L] 김*연님 2월 요금 57,880원, 3/25까지. 문의 114');
});

test('says in English who is meant, the month, the amount and the due date', () => {
  expect(smsText({ ...billed, locale: 'en' }, 'Alex Kim')).toBe('[TR1L] A***m Feb bill KRW 57,880, due Mar 25');
});

test('needs no name', () => {
  expect(smsText(billed, '')).toBe('[TR1L] 2월 요금 57,880원, 3/25까지. 문의 114');
  expect(smsText({ ...billed, locale: 'en' }, ' ')).toBe('[TR1L] Feb bill KRW 57,880, due Mar 25');
});

test('names no due date when there is nothing to pay', () => {
  const nothing = { ...billed, amountDue: won(0) };
  expect(smsText(nothing, '김도연')).toBe('[TR1L] 김*연님 2월 요금 0원. 문의 114');
  expect(smsText({ ...nothing, locale: 'en' }, '')).toBe('[TR1L] Feb bill KRW 0');
});

const anyBilled = fc
  .record({
    monthIndex: fc.nat(12 * 150),
    dueDay: fc.integer({ min: 1, max: 31 }),
    locale: fc.constantFrom('ko' as const, 'en' as const),
    amountDue: fc.maxSafeNat().map(won),
  })
  .map(({ monthIndex, dueDay, locale, amountDue }): SmsBilled => {
    const month = addMonths('2020-01' as Month, monthIndex);
    return { month, locale, amountDue, dueDate: clampedDate(addMonths(month, 1), dueDay) };
  });

test('is one part for every amount, name, month and language, the carrier’s prefix included', () => {
  fc.assert(
    fc.property(anyBilled, fc.string({ unit: 'binary', maxLength: 100 }), (some, name) => {
      const text = smsText(some, name);
      expect(text.length).toBeLessThanOrEqual(SMS_CHARACTERS);
      expect(text).not.toMatch(/undefined|NaN|\n/);
    }),
  );
});

test('is one part for the longest of everything', () => {
  const longest = { ...billed, month: '2026-12' as Month, dueDate: '2026-12-31' as LocalDate };
  for (const locale of ['ko', 'en'] as const)
    expect(
      smsText({ ...longest, locale, amountDue: won(Number.MAX_SAFE_INTEGER) }, '𠮷'.repeat(50)).length,
    ).toBeLessThanOrEqual(SMS_CHARACTERS);
});

test('never shows the whole name', () => {
  const names = fc.string({
    unit: fc.constantFrom(...Array.from('김이박최정강조윤장임도연서준하은지우')),
    minLength: 2,
    maxLength: 6,
  });
  fc.assert(
    fc.property(names, (name) => {
      expect(smsText(billed, name)).not.toContain(name);
    }),
  );
});
