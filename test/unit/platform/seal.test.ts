import { createSecretKey } from 'node:crypto';
import { inspect } from 'node:util';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { seal, unseal, type DataKey } from '../../../lambdas/platform/seal.ts';

const key: DataKey = { version: 1, secret: createSecretKey(new Uint8Array(32).fill(7)) };

test('opens what it sealed, for the account it was sealed for', () => {
  fc.assert(
    fc.property(fc.string(), fc.string({ unit: 'grapheme' }), (accountId, plain) => {
      expect(unseal(key, accountId, seal(key, accountId, plain))).toBe(plain);
    }),
  );
});

test('does not open for another account, another key, another version, or when a byte was changed', () => {
  const blob = seal(key, 'A1', '{"email":"a@example.com"}');
  expect(unseal(key, 'A2', blob)).toBeNull();
  expect(unseal({ ...key, secret: createSecretKey(new Uint8Array(32)) }, 'A1', blob)).toBeNull();
  expect(unseal({ ...key, version: 2 }, 'A1', blob)).toBeNull();
  fc.assert(
    fc.property(fc.nat(blob.length - 1), fc.integer({ min: 1, max: 255 }), (at, flip) => {
      const damaged = Uint8Array.from(blob);
      damaged[at] = (damaged[at] ?? 0) ^ flip;
      expect(unseal(key, 'A1', damaged)).toBeNull();
    }),
  );
});

test('hides the text and its repetition', () => {
  const [first, second] = [seal(key, 'A1', 'secret'), seal(key, 'A1', 'secret')];
  expect(Buffer.from(first).includes('secret')).toBe(false);
  expect(Buffer.from(first).equals(Buffer.from(second))).toBe(false);
});

test('a key is printed by nothing', () => {
  for (const printed of [inspect(key, { depth: null, showHidden: true }), JSON.stringify(key)])
    expect(printed).not.toMatch(/7, ?7|0707|BwcH/);
});
