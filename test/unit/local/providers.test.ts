import { describe, expect, it } from 'vitest';
import { DEFAULT_RATES, NO_FAILURES, type ProviderRates } from '../../../tools/local/provider-rates.ts';
import { drawClass, fateOf, outcomeOf } from '../../../tools/local/provider-decisions.ts';

const notices = Array.from({ length: 20_000 }, (_, index) => `2026-01_A${index}_0001`);
const classes = (seed: string, rates: ProviderRates, attempt = '1', channel: 'email' | 'sms' = 'email') =>
  notices.map((noticeId) => drawClass(seed, { channel, noticeId, attempt, to: 'x' }, rates));
const failed = (all: readonly string[]): Set<string> => new Set(notices.filter((_, at) => all[at] !== 'accepted'));

describe('the simulated providers', () => {
  it('fail 1 % of the e-mails and no SMS', () => {
    const share = failed(classes('1', DEFAULT_RATES)).size / notices.length;
    expect(share).toBeGreaterThan(0.007);
    expect(share).toBeLessThan(0.013);
    expect(failed(classes('1', DEFAULT_RATES, '1', 'sms')).size).toBe(0);
    expect(DEFAULT_RATES.email.latencyMs).toBe(1000);
  });

  it('fail the same notices with the same seed, and others with another', () => {
    const first = failed(classes('1', DEFAULT_RATES));
    expect(failed(classes('1', DEFAULT_RATES))).toEqual(first);
    expect(failed(classes('2', DEFAULT_RATES))).not.toEqual(first);
  });

  it('reject an address at every attempt, but draw a temporary failure anew', () => {
    const rates = { ...NO_FAILURES, email: { ...NO_FAILURES.email, permanent: 0.1, temporary: 0.1 } };
    const [first, second] = [classes('1', rates, '1'), classes('1', rates, '2')];
    const both = (wanted: string): number =>
      first.filter((each, at) => each === wanted && second[at] === wanted).length;
    const once = (wanted: string): number => first.filter((each) => each === wanted).length;
    expect(both('permanent')).toBe(once('permanent'));
    expect(both('temporary')).toBeLessThan(once('temporary') / 4);
  });

  it('can fail every time', () => {
    const rates = { ...NO_FAILURES, email: { ...NO_FAILURES.email, temporary: 1 } };
    expect(new Set(classes('1', rates))).toEqual(new Set(['temporary']));
  });
});

describe('a send', () => {
  const send = (to: string, channel: 'email' | 'sms' = 'email') => ({ channel, noticeId: 'n', attempt: '1', to });
  const at = (time: string) => Date.parse(`2026-02-02T${time}:00+09:00`);

  it.each([
    ['bounce@example.com', 'accepted', 'bounced-hard'],
    ['Bounce+17@example.com', 'accepted', 'bounced-hard'],
    ['softbounce@example.com', 'accepted', 'bounced-soft'],
    ['complaint+a.b@example.com', 'accepted', 'complained'],
    ['ooto@example.com', 'accepted', 'auto-reply'],
    ['untold@example.com', 'accepted', 'untold'],
    ['temporary@example.com', 'temporary', 'delivered'],
    ['unknown+1@example.com', 'unknown', 'delivered'],
    ['bouncer@example.com', 'accepted', 'delivered'],
    ['toString@example.com', 'accepted', 'delivered'],
  ] as const)('to %s meets %s, %s', (to, outcome, fate) => {
    const rates = { ...NO_FAILURES, fates: {} };
    expect([outcomeOf('1', send(to), rates, 0), fateOf('1', send(to), rates)]).toEqual([outcome, fate]);
  });

  it('meets an outage of its channel from its first minute to the one before its last', () => {
    const outage = { channel: 'email', from: '09:10', to: '09:40', outcome: 'down' } as const;
    const rates = { ...NO_FAILURES, outages: [outage] };
    const met = (time: string, channel?: 'sms') => outcomeOf('1', send('x@example.com', channel), rates, at(time));
    expect(['09:09', '09:10', '09:39', '09:40'].map((time) => met(time))).toEqual([
      'accepted',
      'down',
      'down',
      'accepted',
    ]);
    expect(met('09:20', 'sms')).toBe('accepted');
    const night = { ...NO_FAILURES, outages: [{ ...outage, from: '23:50', to: '00:10' }] };
    expect(outcomeOf('1', send('x@example.com'), night, at('00:05'))).toBe('down');
  });

  it('comes back for the same notices with the same seed, at about its rate', () => {
    const rates = { ...NO_FAILURES, fates: { 'bounced-hard': 0.02, complained: 0.01 } };
    const fates = notices.map((noticeId) => fateOf('1', { ...send('x@example.com'), noticeId }, rates));
    const share = (fate: string) => fates.filter((each) => each === fate).length / fates.length;
    expect(share('bounced-hard')).toBeGreaterThan(0.015);
    expect(share('bounced-hard')).toBeLessThan(0.025);
    expect(share('complained')).toBeGreaterThan(0.006);
    expect(fates).toEqual(notices.map((noticeId) => fateOf('1', { ...send('y@example.com'), noticeId }, rates)));
  });
});
