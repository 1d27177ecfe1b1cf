/** The limits of sending: spacing, budget, and a release that stops at what a queue may take. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { afterAnswer } from '../../../lambdas/dispatch/domain/after-answer.ts';
import { isUnattempted, nextStep } from '../../../lambdas/dispatch/domain/next-step.ts';
import { DEFAULT_POLICY } from '../../../lambdas/dispatch/domain/policy.ts';
import { endOfTheLine } from '../../../lambdas/dispatch/domain/redriven.ts';
import { releaseCap, startRelease } from '../../../lambdas/dispatch/domain/release.ts';
import { needsReservation, smsLimit } from '../../../lambdas/dispatch/domain/sms-budget.ts';
import { LEAST_RATE, MOST_WORKERS, sendsWithin, spacingMs } from '../../../lambdas/dispatch/domain/spacing.ts';
import type { Channel } from '../../../lambdas/dispatch/domain/policy.ts';
import { minutesAfterNoon, NOON, plannedNotice } from '../../support/notices.ts';

describe('a worker', () => {
  it('spaces its sends by workers ÷ rate seconds', () => {
    expect(spacingMs(14, 4)).toBeCloseTo(285.7, 1);
    expect(spacingMs(20, 20)).toBe(1000);
  });

  it('of so many, in any second, sends no more than the rate and one each', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: LEAST_RATE, max: 200 }),
        fc.integer({ min: 1, max: MOST_WORKERS }),
        (rate, workers) => {
          const sends = Math.floor(1000 / spacingMs(rate, workers)) + 1;
          expect(workers * sends).toBeLessThanOrEqual(rate + workers);
        },
      ),
    );
  });

  it('has the time for a send even at the least rate', () => {
    // Of the function's 30 s, 5 are the provider's and 3 the worker's own.
    expect(spacingMs(LEAST_RATE, MOST_WORKERS)).toBeLessThanOrEqual(22_000);
  });

  it('claims no more than it has the time to send, but one', () => {
    expect(sendsWithin(22_000, 1_430)).toBe(15);
    expect(sendsWithin(1_000, 20_000)).toBe(1);
    expect(sendsWithin(22_000, 0)).toBe(Infinity);
  });
});

describe('the SMS budget', () => {
  it('is a share of the notices, rounded up, and what the sum in won pays', () => {
    expect(smsLimit({ share: '0.05', won: null }, { notices: 1000, raisedTo: null }, 50)).toBe(50);
    expect(smsLimit({ share: '0.05', won: null }, { notices: 1, raisedTo: null }, 50)).toBe(1);
    expect(smsLimit({ share: '0.05', won: 1_000 }, { notices: 1000, raisedTo: null }, 50)).toBe(20);
    expect(smsLimit({ share: '0', won: null }, { notices: 1000, raisedTo: null }, 50)).toBe(0);
  });

  it('is raised by a person, never lowered', () => {
    expect(smsLimit({ share: '0.05', won: 0 }, { notices: 1000, raisedTo: 70 }, 50)).toBe(70);
    expect(smsLimit({ share: '0.1', won: null }, { notices: 1000, raisedTo: 70 }, 50)).toBe(100);
  });

  it('counts a notice once, and only when another channel came before', () => {
    const onSms = plannedNotice({ channel: 'sms' });
    const tried = { channel: 'sms', number: 1, at: NOON, class: 'THROTTLED', reason: 'r' } as const;
    expect(needsReservation(onSms)).toBe(true);
    expect(needsReservation({ ...onSms, attempts: [tried] })).toBe(false);
    expect(needsReservation({ ...onSms, channels: ['sms', 'email'] })).toBe(false);
    expect(needsReservation(plannedNotice())).toBe(false);
  });
});

describe('a release', () => {
  const noticeAt = (index: number, channel: Channel) =>
    plannedNotice({
      noticeId: `2026-01_A${String(index).padStart(3, '0')}_0001`,
      bucket: Math.floor(index / 7),
      channel,
    });

  it('hands a queue a fifth more than the rate sends in a slot', () => {
    expect(releaseCap(14)).toBe(10_080);
  });

  it('whatever it is stopped by, in several goes queues each notice of each channel once', () => {
    const kinds = fc.array(fc.constantFrom('email' as const, 'sms' as const), { maxLength: 40 });
    const allowance = fc.record({ email: fc.nat({ max: 9 }), sms: fc.nat({ max: 9 }) });
    fc.assert(
      fc.property(
        kinds,
        fc.array(allowance, { minLength: 60, maxLength: 60 }),
        fc.nat({ max: 6 }),
        (channels, goes, cut) => {
          const notices = channels.map((channel, index) => noticeAt(index, channel));
          const queued: string[] = [];
          let marker: Parameters<typeof startRelease>[0] = { cursor: {}, releasedUntil: {} };
          let isOver = false;
          for (const [go, left] of goes.entries()) {
            const open = (['email', 'sms'] as const).filter((channel) => left[channel] > 0);
            if (open.length === 0) continue;
            const release = startRelease(marker, open, minutesAfterNoon(go + 1));
            let isCut = false;
            for (let bucket = 0; bucket < 6 && !isCut; bucket++) {
              if (!release.needs(bucket)) continue;
              const after = release.after(bucket) ?? '';
              const rest = notices.filter((each) => each.bucket === bucket && each.noticeId > after);
              for (let start = 0; start < rest.length && !release.isStopped(); start += 3) {
                const page = rest.slice(start, start + 3);
                for (const { channel, notices: due } of release.due(page)) {
                  const taken = Math.min(left[channel], due.length);
                  left[channel] -= taken;
                  queued.push(...due.slice(0, taken).map(({ noticeId }) => noticeId));
                  release.sent(channel, due, taken);
                }
                release.seen(page, NOON);
                marker = { ...marker, ...release.progress() };
                // A worker that dies here leaves its cursors.
                if (go === cut) {
                  isCut = true;
                  break;
                }
              }
            }
            if (isCut) continue;
            isOver = release.isOver();
            if (isOver) break;
            marker = release.ended();
          }
          expect(queued.sort()).toEqual([...new Set(queued)]);
          if (isOver) expect(queued).toEqual(notices.map(({ noticeId }) => noticeId));
        },
      ),
      { numRuns: 2000 },
    );
  });
});

describe('a notice in an outage', () => {
  const failed = { channel: 'email', number: 1, at: NOON, class: 'TEMPORARY', reason: 'r' } as const;
  const outage = { since: NOON, until: null };

  it('has its earlier attempt given back, whatever the answer that finds the breaker open', () => {
    const sending = plannedNotice({ state: 'SENDING', used: 2, attempts: [failed], leaseToken: 't' });
    const breaker = { openUntil: minutesAfterNoon(10), outage };
    for (const answer of ['THROTTLED', 'TEMPORARY', 'PROVIDER_DOWN'] as const) {
      const { transition } = afterAnswer(
        sending,
        { class: answer, reason: 'r' },
        DEFAULT_POLICY,
        minutesAfterNoon(1),
        0.5,
        breaker,
      );
      expect([answer, transition.change.used]).toEqual([answer, 0]);
    }
  });

  it('is unattempted again once its attempt was given back', () => {
    expect(isUnattempted(plannedNotice({ attempts: [failed] }))).toBe(false);
    expect(isUnattempted(plannedNotice({ attempts: [{ ...failed, givenBack: true }] }))).toBe(true);
  });
});

describe('quiet hours', () => {
  const night = minutesAfterNoon(9 * 60 + 5); // 21:05 in Seoul
  const morning = minutesAfterNoon(20 * 60);
  const lease = { token: 't', until: minutesAfterNoon(9 * 60 + 6) };
  const free = { stop: null, outage: null };

  it('keep an email in doubt, and one whose worker died, from being sent again at night', () => {
    const doubtful = plannedNotice({ state: 'IN_DOUBT', dueAt: NOON });
    const dead = plannedNotice({ state: 'SENDING', used: 1, leaseToken: 'x', leaseUntil: NOON });
    for (const notice of [doubtful, dead])
      expect(nextStep(notice, 'email', DEFAULT_POLICY, lease, night, free)).toEqual({ kind: 'wait', until: morning });
  });
});

describe('a double in the final queue', () => {
  it('does not end a notice that a person has opened again', () => {
    const dead = { state: 'SENDING', leaseToken: 't', leaseUntil: NOON } as const;
    for (const stands of [{ state: 'PLANNED' }, { state: 'RETRYING' }, dead] as const) {
      const end = (reopened: number | undefined, message: { reopened?: number }) =>
        endOfTheLine(plannedNotice({ ...stands, reopened }), message, minutesAfterNoon(1))?.to ?? null;
      expect([end(1, {}), end(2, { reopened: 1 })]).toEqual([null, null]);
      expect([end(undefined, {}), end(1, { reopened: 1 })]).toEqual(['UNDELIVERABLE', 'UNDELIVERABLE']);
    }
  });
});
