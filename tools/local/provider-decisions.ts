/**
 * What a send meets at the simulated providers, and what becomes of an email that was accepted: by whoever asks, by the
 * time of day, by the address, by rates. Rates depend only on the seed and on the notice and attempt that the tags name,
 * never on order or time, so the same seed fails the same notices.
 */
import { createHash } from 'node:crypto';
import { instantOf, seoulTime } from '../../lambdas/kernel/dates.ts';
import {
  EMAIL_FATES,
  type EmailFate,
  type Outage,
  type ProviderRates,
  type Send,
  type SendClass,
} from './provider-rates.ts';

/**
 * Addresses that always meet the same, by their local part, with any `+label`: `bounce+1@example.com`. The first five are
 * those of SES's own mailbox simulator (SES developer guide, "Using the mailbox simulator").
 */
export const ADDRESSES: Readonly<Record<string, { readonly outcome?: SendClass; readonly fate?: EmailFate }>> = {
  success: { outcome: 'accepted', fate: 'delivered' },
  bounce: { fate: 'bounced-hard' },
  ooto: { fate: 'auto-reply' },
  complaint: { fate: 'complained' },
  suppressionlist: { fate: 'bounced-hard' },
  softbounce: { fate: 'bounced-soft' },
  latebounce: { fate: 'bounced-late' },
  reject: { fate: 'rejected' },
  untold: { fate: 'untold' },
  temporary: { outcome: 'temporary' },
  throttled: { outcome: 'throttled' },
  permanent: { outcome: 'permanent' },
  down: { outcome: 'down' },
  unknown: { outcome: 'unknown' },
};

function namedBy(address: string) {
  const [name = ''] = address.toLowerCase().split(/[@+]/);
  return Object.hasOwn(ADDRESSES, name) ? ADDRESSES[name] : undefined;
}

const byAddress = ({ channel, to }: Send) => (channel === 'email' ? namedBy(to) : undefined);

/** What the provider answers to a send. */
export function outcomeOf(seed: string, send: Send, rates: ProviderRates, nowMs: number): SendClass {
  return (
    rates.decide?.(send) ??
    rates.outages?.find((outage) => outage.channel === send.channel && isIn(outage, nowMs))?.outcome ??
    byAddress(send)?.outcome ??
    drawClass(seed, send, rates)
  );
}

/** What becomes of an email that was accepted. */
export const fateOf = (seed: string, send: Send, rates: ProviderRates): EmailFate =>
  rates.decideFate?.(send) ?? byAddress(send)?.fate ?? drawFate(seed, send, rates);

function isIn({ from, to }: Outage, nowMs: number): boolean {
  const { minute } = seoulTime(instantOf(nowMs));
  const [start, end] = [minuteOf(from), minuteOf(to)];
  return start <= end ? minute >= start && minute < end : minute >= start || minute < end;
}

const minuteOf = (time: string): number => Number(time.slice(0, 2)) * 60 + Number(time.slice(3, 5));

/** A number from 0 up to 1 that only depends on the text. */
function draw(text: string): number {
  return createHash('sha256').update(text).digest().readUIntBE(0, 6) / 2 ** 48;
}

/** What the rates say of a send. */
export function drawClass(seed: string, send: Send, rates: ProviderRates): SendClass {
  const { channel, noticeId, attempt } = send;
  const of = rates[channel];
  if (draw(`${seed} ${channel} ${noticeId}`) < of.permanent) return 'permanent';
  let mark = draw(`${seed} ${channel} ${noticeId} ${attempt}`);
  for (const each of ['temporary', 'throttled', 'down', 'unknown'] as const) {
    mark -= of[each];
    if (mark < 0) return each;
  }
  return 'accepted';
}

/** What the rates say of an accepted email: of a notice always the same, as the address is. */
export function drawFate(seed: string, { noticeId }: Pick<Send, 'noticeId'>, { fates = {} }: ProviderRates): EmailFate {
  let mark = draw(`${seed} fate ${noticeId}`);
  for (const fate of EMAIL_FATES) {
    mark -= fates[fate] ?? 0;
    if (mark < 0) return fate;
  }
  return 'delivered';
}
