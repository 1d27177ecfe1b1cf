/** Outages cost time and nothing else: a provider that is down, a deployment whose worker crashes, a budget that is reached. */
import { describe, expect, it } from 'vitest';
import { faultAt } from '../../tools/local/gate-faults.ts';
import { WAVE_MS } from '../../tools/start/run-month.ts';
import { operators } from '../support/operator.ts';
import { MONTH, startScenario, type Scenario, type ScenarioOptions } from '../support/scenario.ts';

const operator = operators();

async function scenario(options: ScenarioOptions, play: (month: Scenario) => Promise<void>): Promise<void> {
  const month = await startScenario(options);
  try {
    await play(month);
  } finally {
    await month.stop();
  }
}

/** Hours go by, in waves of ten minutes: some 30 s on a machine with nothing else to do. */
const TIMEOUT_MS = 300_000;

/** A wave after ten minutes, until everything it started is done. */
async function wave({ runtime, follow }: Scenario, number: number): Promise<void> {
  await runtime.clock.sleep(WAVE_MS);
  runtime.schedules.fire('waves');
  await follow.ended('dispatch', number);
  await runtime.idle();
}

const sum = (accepted: ReadonlyMap<string, number>): number =>
  [...accepted.values()].reduce((total, n) => total + n, 0);

describe('an email provider that is down for an hour', () => {
  it(
    'costs no SMS, no attempt and no dead letter; when it is back all go out once',
    async () => {
      let isDown = true;
      const decide: ScenarioOptions['decide'] = ({ channel }) =>
        channel === 'email' && isDown ? 'temporary' : undefined;
      await scenario(
        { accounts: 150, timeScale: 300, decide, policy: { rate: { email: 14, sms: 20 } } },
        async (month) => {
          const { runtime } = month;
          const { inbox } = runtime.providers;
          month.fire();
          await month.follow.ended('settlement');
          await month.follow.ended('dispatch');
          await runtime.idle();
          for (let number = 2; number <= 7; number++) await wave(month, number);
          const during = await month.notices();
          const emails = during.filter(({ channels }) => channels[0] === 'email');
          const waiting = emails.filter(({ state }) => !['SKIPPED', 'UNDELIVERABLE'].includes(state));
          expect(waiting.length).toBeGreaterThan(100);
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
          // What a wave tries in an outage is a probe for each of its shards at most, not the month.
          const tries = inbox.messages('email').length;
          expect(tries).toBeLessThan(waiting.length);

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
        },
      );
    },
    TIMEOUT_MS,
  );
});

describe('a deployment whose email worker crashes on every message', () => {
  it(
    'costs some 20 SMS at most; once it is mended, the rest go out by email',
    async () => {
      await scenario({ accounts: 60, timeScale: 180 }, async (month) => {
        const mend = month.runtime.gate.intercept(
          faultAt({ functionName: 'send-email', times: Infinity }, { kind: 'kill', when: 'before' }),
        );
        month.fire();
        await month.follow.ended('settlement');
        await month.follow.ended('dispatch');
        await month.runtime.idle();
        for (let number = 2; number <= 4; number++) await wave(month, number);
        const { inbox } = month.runtime.providers;
        const fallbacks = (await month.notices()).filter(
          ({ noticeId, channels }) => channels[0] === 'email' && inbox.accepted('sms').has(noticeId),
        );
        expect(fallbacks.length).toBeGreaterThan(0);
        expect(fallbacks.length).toBeLessThanOrEqual(20);
        expect((await month.notices()).filter(({ state }) => state === 'UNDELIVERABLE')).toEqual([]);
        mend();
        await month.follow.quiet();
        expect(await month.faults()).toEqual([]);
        expect(sum(inbox.accepted('email'))).toBeGreaterThan(25);
      });
    },
    TIMEOUT_MS,
  );
});

describe('an SMS budget that is reached', () => {
  it(
    'holds the rest, until a person raises it',
    async () => {
      const decide: ScenarioOptions['decide'] = ({ channel }) => (channel === 'email' ? 'permanent' : undefined);
      const policy = { smsBudget: { share: '0.1', won: null } };
      await scenario({ accounts: 60, timeScale: 150, decide, policy }, async (month) => {
        month.fire();
        await month.follow.ended('settlement');
        await month.follow.ended('dispatch');
        await month.runtime.idle();
        const { inbox } = month.runtime.providers;
        const notices = await month.notices();
        const limit = Math.ceil(notices.length / 10);
        const fallen = notices.filter(({ channel, channels }) => channel === 'sms' && channels[0] === 'email');
        expect(fallen.length).toBeGreaterThan(limit);
        const sent = fallen.filter(({ noticeId }) => inbox.accepted('sms').has(noticeId));
        expect(sent.length).toBe(limit);
        for (const { state, reason } of fallen.filter((each) => !sent.includes(each)))
          expect([state, reason]).toEqual(['HELD', 'sms-budget']);

        const tr1l = operator(month);
        const shown = await tr1l('dispatch', 'budget', MONTH);
        expect(shown.stdout).toContain(`${limit} of ${limit} SMS behind email are reserved`);
        const raised = ['dispatch', 'budget', MONTH, '--to', String(fallen.length), '--reason', 'carrier confirmed'];
        expect((await tr1l(...raised)).stdout).toContain('dry run, nothing changed');
        const { code, stdout } = await tr1l(...raised, '--apply');
        expect([code, stdout]).toEqual([0, expect.stringContaining(`raised from ${limit} to ${fallen.length}`)]);
        expect((await tr1l(...raised, '--apply')).code).toBe(2);
        await month.follow.quiet();
        expect(await month.faults()).toEqual([]);
        for (const { noticeId } of fallen)
          expect([noticeId, inbox.accepted('sms').get(noticeId)]).toEqual([noticeId, 1]);
      });
    },
    TIMEOUT_MS,
  );
});
