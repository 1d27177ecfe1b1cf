import { describe, expect, it } from 'vitest';
import { noticeStory } from '../../../tools/ops/notice-story.ts';
import { NOON, plannedNotice } from '../../support/notices.ts';

describe('the story of a notice', () => {
  it('tells each attempt, and what the provider said of it afterwards', () => {
    const attempt = { channel: 'email', number: 1, at: NOON, class: 'ACCEPTED', providerMessageId: 'm1' } as const;
    const story = noticeStory(
      plannedNotice({
        ...{ state: 'RETRYING', channel: 'sms', reason: 'Bounce-Permanent-General' },
        attempts: [{ ...attempt, reason: 'Bounce-Permanent-General', became: 'bounced' }],
      }),
    );
    expect(story[2]).toBe('  channels email, then sms; now on sms');
    expect(story[0]).toBe('2026-01_A1_0001: RETRYING (Bounce-Permanent-General), due 2026-02-01 12:00');
    expect(story.at(-1)).toBe(
      '  2026-02-01 12:00  email 1: ACCEPTED, Bounce-Permanent-General, message m1, the provider says: bounced',
    );
  });

  it('says where it ended, once it is over', () => {
    const attempt = { channel: 'sms', number: 1, at: NOON, class: 'ACCEPTED', providerMessageId: 'm1' } as const;
    const sent = noticeStory(plannedNotice({ state: 'SENT', channel: 'sms', attempts: [attempt] }));
    expect(sent[2]).toBe('  channels email, then sms; ended on sms');
    expect(noticeStory(plannedNotice({ state: 'SKIPPED', reason: 'zero-invoice' }))[2]).toBe(
      '  channels email, then sms',
    );
  });
});
