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

const comparable = z.object({ baseSeconds: seconds, maxSeconds: seconds });

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
        // Without it a wrong type would hide this fault.
        when: ({ value }) => comparable.safeParse(value).success,
      })
      .prefault({}),
  }).prefault({});
}

const policySchema = parts({
  channels: channels
    .min(1, 'must name at least one channel')
    .refine((named) => new Set(named).size === named.length, {
      error: 'must not name a channel twice',
      // Without it a channel that is unknown would hide this fault.
      when: ({ value }) => Array.isArray(value),
    })
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
  throw new InvalidPolicy(faultsOf(result.error.issues));
}

const faultsOf = (issues: readonly z.core.$ZodIssue[]): PolicyFault[] =>
  issues.flatMap(ofItsKind).map(({ path, message }) => ({ field: path.map(String).join('.'), reason: message }));

/** Of a part that is a word or an object, and that is an object: what is wrong in it, not that it is neither. */
function ofItsKind(issue: z.core.$ZodIssue): readonly z.core.$ZodIssue[] {
  if (issue.code !== 'invalid_union') return [issue];
  const asObject = issue.errors.at(-1) ?? [];
  if (asObject.some(({ code, path }) => code === 'invalid_type' && path.length === 0)) return [issue];
  return asObject.map((each) => ({ ...each, path: [...issue.path, ...each.path] }));
}

/** A policy that may not hold. */
export interface CheckedPolicy {
  readonly faults: readonly PolicyFault[];
  /** Where a part does not hold, its default stands. */
  readonly policy: Policy;
  /** The parts that do not hold: `channels`, `rate.sms`. */
  readonly faulty: readonly string[];
}

/** Every fault of a policy, and what it is apart from them. Never throws. */
export function checkPolicy(json: unknown): CheckedPolicy {
  const result = policySchema.safeParse(json);
  if (result.success) return { faults: [], policy: result.data, faulty: [] };
  const faults = faultsOf(result.error.issues);
  const faulty = [...new Set(faults.map(({ field }) => field.split('.').slice(0, 2).join('.')))];
  return { faults, policy: completePolicy(without(json, faulty)), faulty };
}

/** The policy without some of its parts, and with no other parts than a policy has. */
function without(json: unknown, faulty: readonly string[]): Record<string, unknown> {
  const parts = Object.entries(isObject(json) ? json : {}).filter(
    ([name]) => Object.hasOwn(policySchema.shape, name) && !faulty.includes(name),
  );
  return Object.fromEntries(
    parts.map(([name, part]) => {
      const isFaulty = (member: string): boolean => faulty.includes(`${name}.${member}`);
      if (!isObject(part)) return [name, faulty.some((each) => each.startsWith(`${name}.`)) ? undefined : part];
      return [name, Object.fromEntries(Object.entries(part).filter(([member]) => !isFaulty(member)))];
    }),
  );
}

const isObject = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
