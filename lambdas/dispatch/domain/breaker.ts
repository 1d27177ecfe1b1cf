/**
 * A channel's breaker (dispatch rules §6): while its provider is down, notices are held and no attempt is used up, so an
 * outage costs time and nothing else. Pure: what happened goes in, the breaker as it is afterwards comes out.
 */
import { epochMs, type Instant } from '../../kernel/dates.ts';
import { nextSlot } from './slots.ts';
import type { ProviderClass } from './answer.ts';

/** A time in which a provider was down: what was tried in it is given back. `until` is null while it lasts. */
export interface Outage {
  readonly since: Instant;
  readonly until: Instant | null;
}

export interface Breaker {
  /** TEMPORARY and UNKNOWN answers in a row. */
  readonly failures: number;
  /** When the first of them was told. */
  readonly failingSince: Instant | null;
  /** While it is set, the breaker is not closed: before this instant nothing is sent, from then on one probe at a time. */
  readonly openUntil: Instant | null;
  readonly reason: string | null;
  /** The outage that lasts, or the last one. */
  readonly outage: Outage | null;
  /** The right to the one send that may close it. */
  readonly probe: { readonly token: string; readonly until: Instant } | null;
  /**
   * When notices fell back without an email attempt that had an answer. An accepted email forgets those of more than 10
   * minutes ago; while none is accepted, none is forgotten: a deployment that crashes slowly is as broken.
   */
  readonly unattempted: readonly Instant[];
}

export const CLOSED: Breaker = {
  failures: 0,
  failingSince: null,
  openUntil: null,
  reason: null,
  outage: null,
  probe: null,
  unattempted: [],
};

/** So many TEMPORARY or UNKNOWN answers in a row open it. */
export const FAILURES_TO_OPEN = 10;
/** So many fallbacks without an attempt, within so long, are a broken deployment. */
export const MOST_UNATTEMPTED = 20;
const UNATTEMPTED_MS = 10 * 60_000;

export type Phase = 'closed' | 'open' | 'half-open';

export function phaseOf({ openUntil }: Breaker, now: Instant): Phase {
  if (openUntil === null) return 'closed';
  return now < openUntil ? 'open' : 'half-open';
}

/** An answer of the channel's provider. */
export interface Told {
  readonly class: ProviderClass;
  readonly reason: string | null;
  readonly at: Instant;
}

/** The breaker after answers, in the order in which they were told. `probe` is the token of the one that was sent as a probe. */
export function afterAnswers(breaker: Breaker, answers: readonly Told[], probe: string | null): Breaker {
  return answers.reduce((before, answer) => afterOne(before, answer, probe), breaker);
}

function afterOne(breaker: Breaker, answer: Told, probe: string | null): Breaker {
  const { at } = answer;
  const isProbe = probe !== null && breaker.probe?.token === probe;
  switch (answer.class) {
    case 'PROVIDER_DOWN':
      return opened(breaker, answer.reason ?? 'provider-down', at);
    case 'TEMPORARY':
    case 'UNKNOWN': {
      const failures = breaker.failures + 1;
      const failing = { ...breaker, failures, failingSince: earlier(breaker.failingSince, at) };
      return failures >= FAILURES_TO_OPEN || isProbe ? opened(failing, answer.reason ?? 'failing', at) : failing;
    }
    case 'ACCEPTED': {
      // A success closes it if it was the probe: what was sent before the breaker opened says nothing of now.
      const works = withForgotten(
        breaker.failures === 0 ? breaker : { ...breaker, failures: 0, failingSince: null },
        at,
      );
      return isProbe ? closed(works, at) : works;
    }
    case 'PERMANENT':
    case 'THROTTLED':
      // It says nothing of an outage (an address that is missing never reached the provider): the next one probes.
      return isProbe ? { ...breaker, probe: null } : breaker;
  }
}

function withForgotten(breaker: Breaker, now: Instant): Breaker {
  const unattempted = breaker.unattempted.filter((at) => epochMs(at) > epochMs(now) - UNATTEMPTED_MS);
  return unattempted.length === breaker.unattempted.length ? breaker : { ...breaker, unattempted };
}

/** Workers tell their answers in any order. */
const earlier = (known: Instant | null, at: Instant): Instant => (known !== null && known < at ? known : at);

/** Open until the next slot. An outage begins with the first failure of the row that opened it, also if that is told late. */
function opened(breaker: Breaker, reason: string, now: Instant): Breaker {
  const lasting = breaker.openUntil !== null && breaker.outage?.until === null ? breaker.outage.since : null;
  const outage = { since: earlier(lasting ?? breaker.failingSince, now), until: null };
  const slot = nextSlot(now);
  // An answer may be told late: it never opens the breaker for less long.
  const openUntil = breaker.openUntil !== null && breaker.openUntil > slot ? breaker.openUntil : slot;
  return { ...breaker, openUntil, reason, outage, probe: null };
}

const closed = (breaker: Breaker, now: Instant): Breaker => ({
  ...CLOSED,
  unattempted: breaker.unattempted,
  outage: breaker.outage && { ...breaker.outage, until: now },
});

/** The breaker with a probe given to this token; null when it is not half-open, or another probe is under way. */
export function withProbe(breaker: Breaker, token: string, until: Instant, now: Instant): Breaker | null {
  if (phaseOf(breaker, now) !== 'half-open') return null;
  if (breaker.probe && breaker.probe.until >= now) return null;
  return { ...breaker, probe: { token, until } };
}

/**
 * How many of `wanted` notices may fall back without a finished email attempt, and the email breaker afterwards: one too
 * many opens it, and while it is not closed nobody falls back so.
 */
export function withUnattempted(
  breaker: Breaker,
  wanted: number,
  now: Instant,
): { readonly breaker: Breaker; readonly admitted: number } {
  if (phaseOf(breaker, now) !== 'closed') return { breaker, admitted: 0 };
  const before = breaker.unattempted;
  const admitted = Math.min(wanted, MOST_UNATTEMPTED - before.length);
  const unattempted = [...before, ...Array.from({ length: admitted }, () => now)];
  const counted = { ...breaker, unattempted };
  return { breaker: admitted < wanted ? opened(counted, 'unattempted-fallbacks', now) : counted, admitted };
}
