import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { maskAccountId, maskName, maskPhone } from '../../../lambdas/dispatch/domain/mask.ts';

describe('a name', () => {
  test.each([
    ['김도연', '김*연'],
    ['김연', '김*'],
    ['남궁민수', '남**수'],
    ['김', '*'],
    ['Kim Doyeon', 'K***n'],
    ['Bartholomew Featherstonehaugh', 'B***h'],
    ['  김도연 ', '김*연'],
    ['', ''],
    ['𠮷田太郎', '𠮷**郎'],
    ['김\r\nBcc: 도연', '김***연'],
  ])('%j is shown as %j', (name, shown) => {
    expect(maskName(name)).toBe(shown);
  });

  test('shows at most its two ends, in five characters and seven UTF-16 units, whatever it is', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 80 }), (name) => {
        const shown = maskName(name);
        expect(shown.length).toBeLessThanOrEqual(7);
        expect(shown).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
        const letters = Array.from(shown);
        expect(letters.length).toBeLessThanOrEqual(5);
        if (letters.length > 2) expect(letters.slice(1, -1).every((letter) => letter === '*')).toBe(true);
      }),
    );
  });

  test('is the same whether its syllables are composed or not', () => {
    expect(maskName('김도연'.normalize('NFD'))).toBe('김*연');
  });
});

test.each([
  ['010-1234-5678', '010-12**-56**'],
  ['+821012345678', '010-12**-56**'],
  ['0111234567', '011-1**-45**'],
  ['119', '***'],
  ['', ''],
])('the number %j is shown as %j', (phone, shown) => {
  expect(maskPhone(phone)).toBe(shown);
});

test.each([
  ['A0005300', '****5300'],
  ['A1', '*1'],
  ['A', '*'],
  ['', ''],
])('the account id %j is shown as %j', (accountId, shown) => {
  expect(maskAccountId(accountId)).toBe(shown);
});
