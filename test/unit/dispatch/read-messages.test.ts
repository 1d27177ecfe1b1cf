import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readMessages } from '../../../lambdas/dispatch/read-messages.ts';

const NOTICE = { version: 1, noticeId: '2026-01_A1_0001', month: '2026-01', bucket: 3 };

const read = (body: string) => readMessages([{ messageId: 'm', receiptHandle: 'r', body, receiveCount: 1 }]);
const reasonOf = (message: unknown) => read(JSON.stringify(message)).foreign[0]?.reason ?? null;

describe('a message of a queue', () => {
  it('that asks for a notice is no foreign one', () => {
    expect(reasonOf(NOTICE)).toBeNull();
    expect(read(JSON.stringify(NOTICE)).requests[0]?.notice).toEqual(NOTICE);
  });

  it('of broken JSON says so', () => {
    expect(read('{"version":1,').foreign[0]?.reason).toBe('broken JSON');
  });

  it('of another version, or of none, says so whatever else is wrong with it', () => {
    expect(reasonOf({ ...NOTICE, version: 2 })).toBe('unknown version');
    expect(reasonOf({ name: '김연아' })).toBe('unknown version');
  });

  it('names the fields of ours that are wrong', () => {
    expect(reasonOf({ ...NOTICE, noticeId: 'x', bucket: -1 })).toBe('wrong fields: noticeId, bucket');
  });

  it('with other fields, or as no object, says so without a word of them', () => {
    const reason = 'other fields than a notice message has';
    expect(reasonOf({ ...NOTICE, 'someone@example.com': 1 })).toBe(reason);
    expect(reasonOf('010-1234-5678')).toBe(reason);
  });

  it('is read or has a reason of few words, whatever stands in it', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (body) => {
        const { requests, foreign } = read(body);
        expect(requests.length + foreign.length).toBe(1);
        for (const { reason } of foreign)
          expect(reason).toMatch(/^(broken JSON|unknown version|wrong fields: [a-zA-Z, ]+|other fields .*)$/);
      }),
    );
  });
});
