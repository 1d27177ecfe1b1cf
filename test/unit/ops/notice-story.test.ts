import { describe, expect, it } from 'vitest';
import { noticeStory } from '../../../tools/ops/notice-story.ts';
import { minutesAfterNoon, NOON, plannedNotice } from '../../support/notices.ts';

describe('the story of a notice', () => {
  it('tells each attempt, and what the provider said of it afterwards', () => {
    const attempt = { channel: 'email', number: 1, at: NOON, class: 'ACCEPTED', providerMessageId: 'm1' } as const;
    const story = noticeStory(
      plannedNotice({
        ...{ state: 'RETRYING', channel: 'sms', reason: 'Bounce-Permanent-General' },
        attempts: [{ ...attempt, reason: 'Bounce-Permanent-General', became: 'bounced' }],
      }),
      NOON,
    );
    expect(story[2]).toBe('  channels email, then sms; now on sms');
    expect(story[0]).toBe('2026-01_A1_0001: RETRYING (Bounce-Permanent-General), due 2026-02-01 12:00');
    expect(story.at(-1)).toBe(
      '  2026-02-01 12:00  email 1: ACCEPTED, Bounce-Permanent-General, message m1, the provider says: bounced',
    );
  });

  it('says where it ended, once it is over', () => {
    const attempt = { channel: 'sms', number: 1, at: NOON, class: 'ACCEPTED', providerMessageId: 'm1' } as const;
    const sent = noticeStory(plannedNotice({ state: 'SENT', channel: 'sms', attempts: [attempt] }), NOON);
    expect(sent[2]).toBe('  channels email, then sms; ended on sms');
    expect(noticeStory(plannedNotice({ state: 'SKIPPED', reason: 'zero-invoice' }), NOON)[2]).toBe(
      '  channels email, then sms',
    );
  });

  it('tells what people did between the attempts, each with its reason, of this notice or of all the account has', () => {
    const attempt = { channel: 'sms', number: 1, at: minutesAfterNoon(2), class: 'TEMPORARY', reason: 'Busy' } as const;
    const deed = (minutes: number, command: string, outcome: string) => ({
      ...{ at: minutesAfterNoon(minutes), actor: 'kim', command, reason: 'asked by phone', outcome },
    });
    const story = noticeStory(plannedNotice({ attempts: [{ ...attempt, givenBack: true }], reopened: 1 }), NOON, [
      deed(1, 'notice hold', 'begun: held: 2026-01_A1_0001'),
      deed(1, 'notice hold', 'held: 2026-01_A1_0001'),
      deed(3, 'dlq redrive', '2 redriven to sms, 0 deleted, 0 left: 2026-01_A1_0001, 2026-01_B_0001'),
      deed(4, 'notice resend', 'planned as 2026-01_A1_0001_r1'),
      deed(5, 'notice release', 'begun: released: 2026-01_A1_0001'),
    ]);
    expect(story.slice(-5)).toEqual([
      '  reopened by a person once',
      '  2026-02-01 12:01  notice hold by kim (asked by phone): held: 2026-01_A1_0001',
      '  2026-02-01 12:02  sms 1: TEMPORARY, Busy, given back, as it failed in an outage',
      '  2026-02-01 12:03  dlq redrive by kim (asked by phone): 2 redriven to sms, 0 deleted, 0 left',
      '  2026-02-01 12:05  notice release by kim (asked by phone): begun: released: 2026-01_A1_0001',
    ]);
  });

  it('says of a send without an answer whether its worker may still give one', () => {
    const sending = plannedNotice({ state: 'SENDING', leaseUntil: minutesAfterNoon(17), leaseToken: 't' });
    expect(noticeStory(sending, NOON)[0]).toContain('a worker has it until 2026-02-01 12:17');
    expect(noticeStory(sending, minutesAfterNoon(18))[0]).toContain(
      'its worker had it until 2026-02-01 12:17 and left no answer',
    );
  });
});
