/** An hour without the email provider costs an hour, and nothing else. */
import { describe, expect, it } from 'vitest';
import { operators } from '../support/operator.ts';
import { MONTH, nextWave, playScenario, type ScenarioOptions } from '../support/scenario.ts';

const operator = operators();

/** An hour and two releases at this rate: some two minutes on a machine with nothing else to do. */
const TIMEOUT_MS = 600_000;
const EMAILS_PER_SECOND = 4;
const MOST_TRIES = 200;
/** A send is told when the provider answers, which on a busy machine is later for some than for others. */
const SLACK = 0.25;

/** How many of the instants at most lie within so many milliseconds. */
function mostWithin(instants: readonly number[], ms: number): number {
  const sorted = instants.toSorted((a, b) => a - b);
  let [first, most] = [0, 0];
  sorted.forEach((at, last) => {
    while (at - (sorted[first] ?? at) > ms) first++;
    most = Math.max(most, last - first + 1);
  });
  return most;
}

describe('an email provider that is down for an hour', () => {
  it(
    'costs no SMS, no attempt and no dead letter; when it is back all go out once',
    async () => {
      let isDown = true;
      const decide: ScenarioOptions['decide'] = ({ channel }) =>
        channel === 'email' && isDown ? 'temporary' : undefined;
      await playScenario(
        { accounts: 5000, timeScale: 60, decide, policy: { rate: { email: EMAILS_PER_SECOND, sms: 20 } } },
        async (month) => {
          const { runtime } = month;
          const { inbox } = runtime.providers;
          const sends: number[] = [];
          runtime.events.on('send', ({ channel, at }) => {
            if (channel === 'email' && !isDown) sends.push(Date.parse(at));
          });
          month.fire();
          await month.follow.ended('settlement');
          await month.follow.ended('dispatch');
          await runtime.idle();
          for (let number = 2; number <= 7; number++) await nextWave(month, number);
          const during = await month.notices();
          const emails = during.filter(({ channels }) => channels[0] === 'email');
          const waiting = emails.filter(({ state }) => !['SKIPPED', 'UNDELIVERABLE'].includes(state));
          expect(waiting.length).toBeGreaterThan(4000);
          for (const { noticeId, state, channel, attempts } of waiting) {
            expect([noticeId, channel, attempts.filter(({ givenBack }) => !givenBack)]).toEqual([
              noticeId,
              'email',
              [],
            ]);
            expect(['PLANNED', 'HELD']).toContain(state);
            expect(inbox.accepted('sms').has(noticeId)).toBe(false);
          }
          const final = (await runtime.queueDepths()).find(({ name }) => name.endsWith('-final'));
          expect(final?.messages).toBe(0);
          // What the workers had in hand when it began, and a probe for each shard of a wave at most; not the month.
          expect(inbox.messages('email').length).toBeLessThan(MOST_TRIES);

          const verified = await operator(month)('dispatch', 'verify', MONTH);
          expect([verified.code, verified.stdout]).toEqual([
            0,
            expect.stringMatching(/email is held since .* \(\w+\): one is/),
          ]);

          isDown = false;
          await month.follow.quiet();
          expect(await month.faults()).toEqual([]);
          for (const { noticeId } of waiting)
            expect([noticeId, inbox.accepted('email').get(noticeId)]).toEqual([noticeId, 1]);
          const fallen = (await month.notices()).filter(
            ({ channel, channels }) => channel === 'sms' && channels[0] === 'email',
          );
          expect(fallen).toEqual([]);
          expect(sends.length).toBe(waiting.length);
          expect(mostWithin(sends, 60_000)).toBeLessThanOrEqual(EMAILS_PER_SECOND * 60 * (1 + SLACK));
        },
      );
    },
    TIMEOUT_MS,
  );
});
