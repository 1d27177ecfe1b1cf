/** What must not cost SMS beyond measure: a deployment whose email worker crashes, a budget that is reached. */
import { describe, expect, it } from 'vitest';
import { faultAt } from '../../tools/local/gate-faults.ts';
import { operators } from '../support/operator.ts';
import { MONTH, nextWave, playScenario, type ScenarioOptions } from '../support/scenario.ts';

const operator = operators();

/** Hours go by, in waves of ten minutes: some 30 s on a machine with nothing else to do. */
const TIMEOUT_MS = 300_000;

const sum = (accepted: ReadonlyMap<string, number>): number =>
  [...accepted.values()].reduce((total, n) => total + n, 0);

describe('a deployment whose email worker crashes on every message', () => {
  it(
    'costs some 20 SMS at most; once it is mended, the rest go out by email',
    async () => {
      await playScenario({ accounts: 40, timeScale: 180 }, async (month) => {
        const mend = month.runtime.gate.intercept(
          faultAt({ functionName: 'send-email', times: Infinity }, { kind: 'kill', when: 'before' }),
        );
        month.fire();
        await month.follow.ended('settlement');
        await month.follow.ended('dispatch');
        await month.runtime.idle();
        for (let number = 2; number <= 4; number++) await nextWave(month, number);
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
        expect(sum(inbox.accepted('email'))).toBeGreaterThan(10);
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
      await playScenario({ accounts: 60, timeScale: 150, decide, policy }, async (month) => {
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
