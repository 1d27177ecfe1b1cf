/** A policy as people write it, parts left out, completed with the defaults; every fault of one that cannot hold (dispatch rules §1). */
import { z } from 'zod';
import { isRate } from '../../kernel/money.ts';
import { CHANNELS, DEFAULT_POLICY, type Policy } from './policy.ts';

/** A policy cannot hold; the message lists every fault. */
export class InvalidPolicy extends Error {
  override readonly name = 'InvalidPolicy';
}

const channel = z.enum(CHANNELS, { error: `must be one of ${CHANNELS.join(', ')}` });
const time = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'must be a local time, HH:MM');
const window = z.strictObject({ from: time, to: time });
const seconds = z.int().min(1).max(43_200);

const retry = z.strictObject({
  maxAttempts: z.int().min(1).max(5),
  backoff: z.strictObject({ type: z.enum(['fixed', 'exponential']), baseSeconds: seconds, maxSeconds: seconds }),
});

const D = DEFAULT_POLICY;

const policySchema = z.strictObject({
  channels: z
    .array(channel)
    .min(1, 'must name at least one channel')
    .refine((channels) => new Set(channels).size === channels.length, 'must not name a channel twice')
    .default([...D.channels]),
  retry: z.strictObject({ email: retry.default(D.retry.email), sms: retry.default(D.retry.sms) }).default(D.retry),
  quietHours: z
    .strictObject({
      system: window.nullable().default(D.quietHours.system),
      channels: z.array(channel).default([...D.quietHours.channels]),
      accountWindows: z.boolean().default(D.quietHours.accountWindows),
    })
    .default({ ...D.quietHours, channels: [...D.quietHours.channels] }),
  schedule: z
    .union([z.literal('immediate'), z.strictObject({ day: z.int().min(1).max(31), time })])
    .default({ day: 15, time: '09:00' }),
  noticeDays: z.int().min(0).max(60).default(D.noticeDays),
  sendDays: z.int().min(1).max(31).default(D.sendDays),
  rate: z
    .strictObject({
      email: z.number().positive().default(D.rate.email),
      sms: z.number().positive().default(D.rate.sms),
    })
    .default(D.rate),
  smsBudget: z
    .strictObject({
      share: z.custom<string>(isRate, 'must be a decimal string such as "0.05"').default(D.smsBudget.share),
      won: z.int().min(0).nullable().default(D.smsBudget.won),
    })
    .default(D.smsBudget),
  zeroInvoices: z.enum(['send', 'skip']).default(D.zeroInvoices),
});

/** Completes a policy with the defaults of dispatch rules §1. Throws `InvalidPolicy` with every fault. */
export function completePolicy(json: unknown): Policy {
  const result = policySchema.safeParse(json);
  if (result.success) return result.data;
  const faults = result.error.issues.map((issue) => `${issue.path.join('.') || 'policy'}: ${issue.message}`);
  throw new InvalidPolicy(`the policy cannot hold: ${faults.join('; ')}`);
}
