import { createSecretKey } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { openContacts } from '../../../lambdas/dispatch/adapters/contacts.ts';
import { seal, type DataKey } from '../../../lambdas/platform/seal.ts';

const key: DataKey = { version: 1, secret: createSecretKey(new Uint8Array(32).fill(7)) };
const other: DataKey = { version: 1, secret: createSecretKey(new Uint8Array(32).fill(8)) };
const sealed = (text: string, accountId = 'A1', by = key) => ({
  accountId: 'A1',
  importId: '2026-01-abc',
  contact: seal(by, accountId, text),
});
const contact = { name: '김도연', email: 'a@example.com', phone: '+821012345678' };
const UNREADABLE = { answer: { class: 'PERMANENT', reason: 'contact-unreadable' } };
const open = openContacts(() => Promise.resolve(key));
const failing = (name: string) => openContacts(() => Promise.reject(Object.assign(new Error('told'), { name })));

describe('a sealed contact', () => {
  test('opens', async () => {
    expect(await open(sealed(JSON.stringify(contact)))).toEqual({ contact });
  });

  test('may lack an address, or hold one that is no text', async () => {
    const lacking = { contact: { name: '', email: null, phone: null } };
    expect(await open(sealed('{}'))).toEqual(lacking);
    expect(await open(sealed('{"name":5,"email":"","phone":["010"]}'))).toEqual(lacking);
  });

  test.each([
    ['sealed by another key', sealed('{}', 'A1', other)],
    ['of another account', sealed('{}', 'A2')],
    ['that is no JSON', sealed('a@example.com')],
    ['that is no record', sealed('null')],
    ['cut short', { ...sealed('{}'), contact: new Uint8Array(5) }],
    ['that is not there', { ...sealed('{}'), contact: null }],
  ])('%s is unreadable, and throws nothing', async (_, notice) => {
    expect(await open(notice)).toEqual(UNREADABLE);
  });

  test('of an import without a key is unreadable', async () => {
    expect(await openContacts(() => Promise.resolve(null))(sealed('{}'))).toEqual(UNREADABLE);
  });
});

describe('the key service', () => {
  test.each(['InvalidCiphertextException', 'IncorrectKeyException'])('that says %s has the wrong key', async (name) => {
    expect(await failing(name)(sealed('{}'))).toEqual(UNREADABLE);
  });

  test.each([
    'ThrottlingException',
    'KMSInternalException',
    'DisabledException',
    'AccessDeniedException',
    'TimeoutError',
  ])('that says %s is waited for: nobody falls back', async (name) => {
    expect(await failing(name)(sealed('{}'))).toEqual({ answer: { class: 'PROVIDER_DOWN', reason: `key-${name}` } });
  });

  test('is asked once for all notices of a batch, and again after it failed', async () => {
    let [asked, isDown] = [0, true];
    const batch = openContacts(() => {
      asked++;
      return isDown ? Promise.reject(new Error('down')) : Promise.resolve(key);
    });
    const notices = Array.from({ length: 10 }, () => sealed(JSON.stringify(contact)));
    expect((await Promise.all(notices.map(batch))).every((opened) => 'answer' in opened)).toBe(true);
    isDown = false;
    expect((await Promise.all(notices.map(batch))).every((opened) => 'contact' in opened)).toBe(true);
    expect(asked).toBe(2);
  });
});
