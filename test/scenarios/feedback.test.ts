/** What the email provider tells afterwards, on the whole stack: delivered, bounced, complained, nothing, twice, of strangers. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { channelMemory } from '../../lambdas/dispatch/adapters/channel-memory.ts';
import type { EmailFate } from '../../tools/local/provider-rates.ts';
import { MONTH, startScenario, type Scenario } from '../support/scenario.ts';

/** By the last digit of the account; the rest is delivered. */
const FATES: Readonly<Record<string, EmailFate>> = {
  1: 'bounced-hard',
  2: 'bounced-soft',
  3: 'bounced-late',
  4: 'auto-reply',
  5: 'complained',
  6: 'rejected',
  7: 'untold',
};
const digitOf = (noticeId: string): string => noticeId.split('_')[1]?.slice(-1) ?? '';

/** A busy machine takes its time. */
const LONG_MS = 300_000;

let month: Scenario;
beforeAll(async () => {
  month = await startScenario({
    accounts: 80,
    // 15 minutes of doubt are 15 s here: an event must come within them, on a busy machine too.
    timeScale: 60,
    // An answer that never comes, of an email that was taken.
    decide: ({ channel, noticeId, attempt }) =>
      channel === 'email' && ['8', '7'].includes(digitOf(noticeId)) && attempt === '1' ? 'unknown' : undefined,
    decideFate: ({ noticeId }) => FATES[digitOf(noticeId)],
  });
  await month.run();
}, LONG_MS);
afterAll(() => month.stop());

const noticesOf = async (...digits: string[]) => {
  const found = (await month.notices()).filter(
    ({ noticeId, state }) => digits.includes(digitOf(noticeId)) && state !== 'SKIPPED',
  );
  // Those whose customer takes email at all.
  return found.filter(({ channels }) => channels[0] === 'email');
};
const took = (channel: 'email' | 'sms', noticeId: string): number =>
  month.runtime.providers.inbox.accepted(channel).get(noticeId) ?? 0;

describe('a month whose emails are told of', () => {
  it('an email that arrives is DELIVERED, also when a holiday reply or a complaint follows', async () => {
    const notices = await noticesOf('0', '9', '4', '5');
    expect(notices.length).toBeGreaterThan(10);
    for (const { noticeId, state, channel } of notices) {
      expect({ state, channel }).toEqual({ state: 'DELIVERED', channel: 'email' });
      expect([took('email', noticeId), took('sms', noticeId)]).toEqual([1, 0]);
    }
  });

  it('an email that comes back, at once, at last or late, goes on as SMS', async () => {
    const notices = await noticesOf('1', '2', '3', '6');
    expect(notices.length).toBeGreaterThan(10);
    for (const { noticeId, state, channel, channels, attempts } of notices) {
      expect(attempts[0]).toMatchObject({ channel: 'email', class: 'ACCEPTED', became: 'bounced' });
      if (channels.length === 1) expect(state).toBe('UNDELIVERABLE');
      else {
        expect({ state, channel }).toEqual({ state: 'SENT', channel: 'sms' });
        expect([took('email', noticeId), took('sms', noticeId)]).toEqual([1, 1]);
      }
    }
    const alone = notices.filter(({ channels }) => channels.length === 1);
    const final = (await month.runtime.queueDepths()).find(({ name }) => name.endsWith('-final'));
    expect(final?.messages).toBe(alone.length);
  });

  it('an email without an answer is settled by its event, and sent once more only when none comes', async () => {
    for (const { noticeId, state, possibleDuplicate, attempts } of await noticesOf('8')) {
      expect({ state, possibleDuplicate }).toEqual({ state: 'DELIVERED', possibleDuplicate: false });
      expect(attempts).toMatchObject([{ class: 'UNKNOWN', became: 'delivered' }]);
      expect(took('email', noticeId)).toBe(1);
    }
    for (const { noticeId, state, possibleDuplicate } of await noticesOf('7')) {
      expect({ state, possibleDuplicate }).toEqual({ state: 'SENT', possibleDuplicate: true });
      expect(took('email', noticeId)).toBe(2);
    }
  });

  it('remembers whose email failed for good and who complained, and nobody else', async () => {
    const control = month.runtime.resource('ControlTable');
    const memory = channelMemory(month.clients.dynamo, control);
    const remembered: string[] = [];
    for (let bucket = 0; bucket < Number(month.runtime.resource('BucketCount')); bucket++)
      for (const [accountId, failed] of await memory.readBucket(bucket)) {
        expect(failed).toEqual({ channel: 'email', month: MONTH });
        remembered.push(accountId);
      }
    // Also of those who get SMS first, and email when that fails.
    const failed = (await month.notices()).filter(
      ({ noticeId }) => ['1', '3', '5'].includes(digitOf(noticeId)) && took('email', noticeId) > 0,
    );
    expect(remembered.sort()).toEqual(failed.map(({ accountId }) => accountId).sort());
  });

  it('adds up: a bounced email has notified nobody', async () => {
    const faults = await month.faults();
    // The resends are the one duplicate there can be, and are marked.
    expect(faults.filter((fault) => !fault.startsWith('notified twice: '))).toEqual([]);
    const twice = faults.join(' ').match(/2026-01_\w+/g) ?? [];
    for (const noticeId of twice) expect(digitOf(noticeId)).toBe('7');
  });

  it('again, twice over, about strangers and in a form of nobody’s, events change nothing', async () => {
    const before = [await month.notices(), month.runtime.providers.inbox.messages().length];
    const events = month.runtime.bus.events.filter(({ source }) => source === 'aws.ses').slice(0, 60);
    expect(events.length).toBeGreaterThan(40);
    const entry = (event: Readonly<Record<string, unknown>>, detail: string) => ({
      Source: 'aws.ses',
      DetailType: String(event['detail-type']),
      Detail: detail,
      EventBusName: undefined,
      Resources: [],
      Time: undefined,
    });
    for (const event of [...events].reverse()) {
      const detail = JSON.stringify(event['detail']);
      await month.runtime.bus.put([
        entry(event, detail),
        entry(event, detail),
        entry(event, detail.replaceAll(/2026-01_A\d+_0001/g, '2026-01_NOBODY_0001')),
        // Another program's email: no tags of ours.
        entry(event, detail.replaceAll('"noticeId"', '"other"')),
      ]);
    }
    await month.runtime.idle();
    expect([await month.notices(), month.runtime.providers.inbox.messages().length]).toEqual(before);
  });
});
