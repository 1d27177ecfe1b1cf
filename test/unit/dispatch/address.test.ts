import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isEmailAddress, mobileNumber } from '../../../lambdas/dispatch/domain/address.ts';

describe('an email address', () => {
  test.each(['user1@example.com', "o'neil+bills@mail.example.co.kr", 'a@b.kr', 'a.b-c_d@xn--bj0bj06e.xn--3e0b707e'])(
    '%s can be sent to',
    (text) => {
      expect(isEmailAddress(text)).toBe(true);
    },
  );

  test.each([
    ['', 'empty'],
    ['user', 'no @'],
    ['@example.com', 'no local part'],
    ['user@', 'no domain'],
    ['user@localhost', 'a domain without a dot'],
    ['user@exa mple.com', 'a blank'],
    ['a@b@example.com', 'two @'],
    ['a@example.com,b@example.com', 'a list of two'],
    ['Kim <a@example.com>', 'a name around it'],
    ['a@example.com\r\nBcc: b@example.com', 'a header in it'],
    ['.a@example.com', 'a leading dot'],
    ['a..b@example.com', 'two dots'],
    ['a@-example.com', 'a label that begins with a hyphen'],
    ['김연@example.com', 'letters that SES does not take'],
    [`${'a'.repeat(65)}@example.com`, 'a local part of 65 characters'],
    [`a@${'b.'.repeat(130)}kr`, 'more than 254 characters'],
  ])('%j is refused: %s', (text) => {
    expect(isEmailAddress(text)).toBe(false);
  });

  test('is judged at once, whatever it is', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 400 }), (text) => {
        expect(typeof isEmailAddress(text)).toBe('boolean');
      }),
    );
    const started = performance.now();
    isEmailAddress(`${'a.'.repeat(5_000)}@${'b.'.repeat(5_000)}`);
    expect(performance.now() - started).toBeLessThan(100);
  });
});

describe('a mobile number', () => {
  test.each([
    ['+821012345678', '+821012345678'],
    ['010-1234-5678', '+821012345678'],
    ['01012345678', '+821012345678'],
    ['+82 10 1234 5678', '+821012345678'],
    ['+82-(0)10-1234-5678', '+821012345678'],
    ['011-123-4567', '+82111234567'],
  ])('%s is %s', (text, number) => {
    expect(mobileNumber(text)).toBe(number);
  });

  test.each([
    '',
    '114',
    '02-123-4567',
    '+82212345678',
    '010-1234-567890',
    '+14155550100',
    '010-1234-567a',
    '１０１２３４５６７８',
  ])('%j is none', (text) => {
    expect(mobileNumber(text)).toBeNull();
  });
});
