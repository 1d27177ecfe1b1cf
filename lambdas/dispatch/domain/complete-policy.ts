/** A policy as people write it, parts left out, completed with the defaults; every fault of one that cannot hold (dispatch rules §1). */
import { z } from 'zod';
import { isRate, rateOf } from '../../kernel/money.ts';
import { CHANNELS, DEFAULT_POLICY, type Channel, type Policy } from './policy.ts';
import { LEAST_RATE } from './spacing.ts';

/** What is wrong with a policy, and where: `retry.email.maxAttempts`; an empty field is the policy as a whole. */
export interface PolicyFault {
  readonly field: string;
  readonly reason: string;
}

/** A policy cannot hold; the message lists every fault. */
export class InvalidPolicy extends Error {
  override readonly name = 'InvalidPolicy';
  readonly faults: readonly PolicyFault[];

  constructor(faults: readonly PolicyFault[]) {
    super(`the policy cannot hold: ${faults.map(faultText).join('; ')}`);
    this.faults = faults;
  }
}

/** `retry.email.maxAttempts: must be a whole number from 1 to 5`. */
export const faultText = ({ field, reason }: PolicyFault): string => `${field || '(whole)'}: ${reason}`;

const D = DEFAULT_POLICY;

const oneOf = <const T extends string>(words: readonly T[]) =>
  z.enum(words, { error: `must be ${words.map((word) => `"${word}"`).join(' or ')}` });

const whole = (min: number, max: number) => {
  const error = `must be a whole number from ${min} to ${max}`;
  return z.int({ error }).min(min, error).max(max, error);
};

/** An object in which every part may be left out, and no other part may stand. */
const parts = <T extends z.core.$ZodLooseShape>(shape: T) =>
  z.strictObject(shape, {
    error: ({ code }) =>
      code === 'unrecognized_keys'
        ? `must not have other parts than ${Object.keys(shape).join(', ')}`
        : 'must be an object',
  });

const channel = oneOf(CHANNELS);
const channels = z.array(channel, { error: 'must be a list of channels' });
const time = z
  .string({ error: 'must be a local time from "00:00" to "23:59"' })
  .regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'must be a local time from "00:00" to "23:59"');
/** SQS hides a message for 12 hours at most. */
const seconds = whole(1, 43_200);
const RATE_FAULT = `must be a number of sends a second from ${LEAST_RATE}: the workers cannot keep a lower one`;
const rate = z.number({ error: RATE_FAULT }).min(LEAST_RATE, RATE_FAULT);

function retry(name: Channel) {
  const { maxAttempts, backoff } = D.retry[name];
  return parts({
    maxAttempts: whole(1, 5).default(maxAttempts),
    backoff: parts({
      type: oneOf(['fixed', 'exponential']).default(backoff.type),
      baseSeconds: seconds.default(backoff.baseSeconds),
      maxSeconds: seconds.default(backoff.maxSeconds),
    })
      .refine(({ baseSeconds, maxSeconds }) => baseSeconds <= maxSeconds, {
        path: ['maxSeconds'],
        error: 'must not be less than baseSeconds',
      })
      .prefault({}),
  }).prefault({});
}

const policySchema = parts({
  channels: channels
    .min(1, 'must name at least one channel')
    .refine((named) => new Set(named).size === named.length, 'must not name a channel twice')
    .default([...D.channels]),
  retry: parts({ email: retry('email'), sms: retry('sms') }).prefault({}),
  quietHours: parts({
    system: parts({ from: time, to: time }).nullable().default(D.quietHours.system),
    channels: channels.default([...D.quietHours.channels]),
    accountWindows: z.boolean({ error: 'must be true or false' }).default(D.quietHours.accountWindows),
  }).prefault({}),
  schedule: z
    .union(
      [
        z.literal('immediate'),
        parts({ day: whole(1, 31).default(D.schedule.day), time: time.default(D.schedule.time) }),
      ],
      {
        error: 'must be "immediate", or an object of day and time',
      },
    )
    .prefault({}),
  noticeDays: whole(0, 60).default(D.noticeDays),
  sendDays: whole(1, 31).default(D.sendDays),
  rate: parts({ email: rate.default(D.rate.email), sms: rate.default(D.rate.sms) }).prefault({}),
  smsBudget: parts({
    share: z.custom<string>(isShare, 'must be a decimal text from 0 to 1, such as "0.05"').default(D.smsBudget.share),
    won: whole(0, Number.MAX_SAFE_INTEGER).nullable().default(D.smsBudget.won),
  }).prefault({}),
  zeroInvoices: oneOf(['send', 'skip']).default(D.zeroInvoices),
});

/** A share above 1 is a percentage by mistake: it would be no limit at all. */
function isShare(value: unknown): value is string {
  if (!isRate(value)) return false;
  const { n, d } = rateOf(value);
  return n <= d;
}

/** Completes a policy with the defaults of dispatch rules §1. Throws `InvalidPolicy` with every fault. */
export function completePolicy(json: unknown): Policy {
  const result = policySchema.safeParse(json);
  if (result.success) return result.data;
  throw new InvalidPolicy(
    result.error.issues.map(({ path, message }) => ({ field: path.map(String).join('.'), reason: message })),
  );
}
