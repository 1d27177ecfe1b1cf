import { describe, expect, it } from 'vitest';
import { leaks } from '../../support/canary.ts';

describe('a canary', () => {
  const secret = '나리canary-7@example.com';
  const found = (text: string) => leaks(new Map([['there', text]]), [secret]);

  it.each([
    ['as it is', `to ${secret}!`],
    ['in other case', `TO ${secret.toUpperCase()}`],
    ['escaped', '\\ub098\\ub9accanary-7@example.com'],
    ['percent-encoded', encodeURIComponent(`x ${secret} y`)],
    ['in base64, whatever stands before it', Buffer.from(`{"a":"${secret}","b":1}`).toString('base64')],
    ['in base64, one further', Buffer.from(` {"a":"${secret}"}`).toString('base64')],
    ['in base64, two further', Buffer.from(`  {"a":"${secret}"}`).toString('base64url')],
  ])('is found %s', (_, text) => {
    expect(found(text)).toEqual([`there: ${secret}`]);
  });

  it('is not found where it is not, however short it is', () => {
    expect(leaks(new Map([['there', 'nothing']]), ['qzx', '7'])).toEqual([]);
    expect(found('나리canary-8@example.com')).toEqual([]);
  });
});
