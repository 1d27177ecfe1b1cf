import { describe, expect, it } from 'vitest';
import { DEFAULT_RATES, NO_FAILURES, type ProviderRates } from '../../../tools/local/provider-rates.ts';
import { drawClass } from '../../../tools/local/providers.ts';

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
