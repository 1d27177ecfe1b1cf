/** How the simulated providers of `npm start` behave, as options: shares of sends, and times of day. */
import {
  DEFAULT_RATES,
  EMAIL_FATES,
  SEND_CLASSES,
  type Channel,
  type EmailFate,
  type Outage,
  type ProviderRates,
  type SendClass,
} from '../local/provider-rates.ts';
import { CallerFault, optional } from './options.ts';

const FAILURES = SEND_CLASSES.filter((each) => each !== 'accepted');
const FATES = EMAIL_FATES.filter((each) => each !== 'delivered');
/** `email-temporary`, `sms-down`, `email-bounced-hard` … */
const SHARES: readonly string[] = [
  ...(['email', 'sms'] as const).flatMap((channel) => FAILURES.map((failure) => `${channel}-${failure}`)),
  ...FATES.map((fate) => `email-${fate}`),
];

export type Shares = Readonly<Record<string, number>>;

/** `email-bounced-hard=0.01,sms-down=0.1` */
export function shares(text: string): Shares {
  const wrong: string[] = [];
  const read: Record<string, number> = {};
  for (const part of text.split(',')) {
    const [name = '', share = ''] = part.trim().split('=');
    if (!SHARES.includes(name)) wrong.push(`"${name}" is not among ${SHARES.join(', ')}`);
    else if (!/^(0|1|0?\.\d+|1\.0+|0\.0*)$/.test(share))
      wrong.push(`${name} must be a share from 0 to 1, not "${share}"`);
    else read[name] = Number(share);
  }
  for (const channel of ['email', 'sms'] as const) {
    if (
      sum(
        read,
        FAILURES.map((failure) => `${channel}-${failure}`),
      ) > 1
    )
      wrong.push(`the failures of ${channel} are more than all sends`);
  }
  if (
    sum(
      read,
      FATES.map((fate) => `email-${fate}`),
    ) > 1
  )
    wrong.push('what becomes of emails is more than all of them');
  if (wrong.length > 0) throw new CallerFault(`does not hold: ${wrong.join('; ')}`);
  return read;
}

const sum = (read: Shares, names: readonly string[]): number =>
  names.reduce((total, name) => total + (read[name] ?? 0), 0);

const OUTAGE = /^(email|sms)@((?:[01]\d|2[0-3]):[0-5]\d)-((?:[01]\d|2[0-3]):[0-5]\d)(?:=(\w+))?$/;

/** `email@12:10-12:40`, several of them with commas; `=temporary` says how sends fail, and without it the account is paused. */
export function outages(text: string): readonly Outage[] {
  return text.split(',').map((part) => {
    const [, channel, from = '', to = '', outcome = 'down'] = OUTAGE.exec(part.trim()) ?? [];
    if (channel === undefined || !(FAILURES as readonly string[]).includes(outcome)) {
      const form = 'such as email@12:10-12:40, or sms@12:10-12:40=temporary';
      throw new CallerFault(
        `must be times of day in Korea, ${form} (one of ${FAILURES.join(', ')}), not "${part.trim()}"`,
      );
    }
    return { channel: channel as Channel, from, to, outcome: outcome as SendClass };
  });
}

export const PROVIDER_OPTIONS = {
  providers: optional(
    '--providers <name=share,…>',
    'how often the simulated providers fail, such as email-temporary=0.02,email-bounced-hard=0.01',
    shares,
  ),
  outage: optional(
    '--outage <channel@from-to,…>',
    'times of day in Korea at which a provider is down, such as email@12:10-12:40',
    outages,
  ),
};

/** The providers that these options ask for: the defaults, where nothing else is said. */
export function providersOf(given: Shares | null, down: readonly Outage[] | null): ProviderRates {
  const asked = given ?? {};
  const channelRates = (channel: Channel) => {
    const changed = FAILURES.flatMap((failure) => {
      const share = asked[`${channel}-${failure}`];
      return share === undefined ? [] : [[failure, share] as const];
    });
    return { ...DEFAULT_RATES[channel], ...Object.fromEntries(changed) };
  };
  const fates = FATES.map((fate: EmailFate) => [fate, asked[`email-${fate}`] ?? 0] as const);
  return {
    email: channelRates('email'),
    sms: channelRates('sms'),
    fates: Object.fromEntries(fates),
    ...(down === null ? {} : { outages: down }),
  };
}
