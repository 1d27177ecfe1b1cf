import { describe, expect, it } from 'vitest';
import { CallerFault } from '../../../tools/cli/options.ts';
import { outages, providersOf, shares } from '../../../tools/cli/provider-options.ts';
import { DEFAULT_RATES } from '../../../tools/local/provider-rates.ts';
import { runTr1l } from '../../support/run-tr1l.ts';

describe('the providers of npm start', () => {
  it('are the brief’s mock when nothing is said', () => {
    expect(providersOf(null, null)).toMatchObject({ email: DEFAULT_RATES.email, sms: DEFAULT_RATES.sms });
  });

  it('fail as often, and at such times, as is asked', () => {
    const rates = providersOf(
      shares('email-temporary=0.2, email-bounced-hard=0.01,sms-down=1'),
      outages('email@12:10-12:40'),
    );
    expect(rates.email).toEqual({ ...DEFAULT_RATES.email, temporary: 0.2 });
    expect(rates.sms).toEqual({ ...DEFAULT_RATES.sms, down: 1 });
    expect(rates.fates).toMatchObject({ 'bounced-hard': 0.01, complained: 0 });
    expect(rates.outages).toEqual([{ channel: 'email', from: '12:10', to: '12:40', outcome: 'down' }]);
    expect(outages('sms@23:50-00:10=temporary')[0]?.outcome).toBe('temporary');
  });

  it.each([
    ['email-bounces=0.1', /"email-bounces" is not among email-temporary/],
    ['email-temporary=2', /email-temporary must be a share from 0 to 1, not "2"/],
    ['email-temporary=0.6,email-down=0.6', /more than all sends/],
    ['email-bounced-hard=0.6,email-untold=0.6', /more than all of them/],
    ['x=1,y=1', /"x" is not among .*; "y" is not among/],
  ])('refuse %s', (text, message) => {
    expect(() => shares(text)).toThrow(CallerFault);
    expect(() => shares(text)).toThrow(message);
  });

  it.each(['email', 'email@9:10-9:40', 'fax@09:10-09:40', 'email@09:10-24:00', 'email@09:10-09:40=never'])(
    'refuse the outage %s',
    (text) => {
      expect(() => outages(text)).toThrow(/must be times of day in Korea/);
    },
  );
});

describe('npm start', () => {
  it('refuses providers that cannot be, all faults at once, before anything is started', () => {
    const { code, stdout, stderr } = runTr1l('start', '--providers', 'email-x=1', '--outage', 'noon');
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(/--providers .*"email-x" is not among.*--outage must be times of day/);
  });
});
