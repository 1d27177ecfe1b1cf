/** Answers when a notice may go, case by case, by the same functions as planning and every send (dispatch rules §2). */
import { z } from 'zod';
import { CHANNELS, preferencesSchema } from '../../lambdas/contracts/preferences.ts';
import { completePolicy, InvalidPolicy } from '../../lambdas/dispatch/domain/complete-policy.ts';
import { earliest, nextOpen } from '../../lambdas/dispatch/domain/when.ts';
import { instantOf, isBillingMonth, isLocalDate, seoulTime, type Month } from '../../lambdas/kernel/dates.ts';
import { readLines } from '../import/source.ts';

/** One answer: instants in UTC, without a fraction of a second where there is none. */
export interface WhenAnswer {
  readonly earliest: string;
  readonly sendAt: string;
  readonly accountWindowIgnored: boolean;
}

const caseSchema = z.object(
  {
    policy: z.unknown().optional(),
    preferences: preferencesSchema.nullish(),
    month: z.custom<Month>(isBillingMonth, { error: 'must be a month YYYY-MM of the years 2000 to 2199' }),
    channel: z.enum(CHANNELS, { error: `must be ${CHANNELS.join(' or ')}` }),
    now: z.iso
      .datetime({ offset: true, error: 'must be an instant such as 2026-02-01T03:00:00Z' })
      .transform((text) => instantOf(Date.parse(text)))
      .refine((now) => isLocalDate(seoulTime(now).date), 'must be of the years 2000 to 2199'),
  },
  { error: 'must be an object of policy, preferences, month, channel and now' },
);

/** The answer to one case, or every problem of it as `field: reason`. */
export function answerCase(value: unknown): WhenAnswer | { readonly problems: readonly string[] } {
  const read = caseSchema.safeParse(value);
  const problems = read.success
    ? []
    : read.error.issues.map(({ path, message }) => `${path.map(String).join('.') || '(whole)'}: ${message}`);
  const policy = policyOf((value as { policy?: unknown } | null)?.policy, problems);
  if (!read.success || !policy) return { problems };
  const { preferences, month, channel, now } = read.data;
  const chosen = preferences ?? {};
  const first = earliest(policy, chosen, month, now);
  const { at, accountWindowIgnored } = nextOpen(policy, chosen, channel, first);
  return { earliest: toSeconds(first), sendAt: toSeconds(at), accountWindowIgnored };
}

function policyOf(json: unknown, problems: string[]) {
  try {
    return completePolicy(json ?? {});
  } catch (error) {
    if (!(error instanceof InvalidPolicy)) throw error;
    for (const { field, reason } of error.faults)
      problems.push(`${field === '' ? 'policy' : `policy.${field}`}: ${reason}`);
    return null;
  }
}

const toSeconds = (instant: string): string => instant.replace('.000Z', 'Z');

/** Answers every case of a JSON Lines file, in its order; or tells every broken line, and answers none. */
export async function answerCases(
  path: string,
): Promise<{ readonly answers: readonly WhenAnswer[]; readonly problems: readonly string[] }> {
  const answers: WhenAnswer[] = [];
  const problems: string[] = [];
  for await (const { line, text, fault } of readLines(path)) {
    const answer = fault === null ? answerText(text) : { problems: [`(whole): ${fault}`] };
    if ('problems' in answer) problems.push(...answer.problems.map((problem) => `${path}:${line}: ${problem}`));
    else answers.push(answer);
  }
  return { answers: problems.length > 0 ? [] : answers, problems };
}

function answerText(text: string): ReturnType<typeof answerCase> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { problems: ['(whole): is no JSON: each line must be one JSON value'] };
  }
  return answerCase(value);
}
