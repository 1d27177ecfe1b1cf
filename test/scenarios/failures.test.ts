/** What goes wrong, and what becomes of it: a shard that dies, providers that fail, a worker that crashes on one message. */
import { describe, expect, it } from 'vitest';
import { faultAt } from '../../tools/local/gate-faults.ts';
import { playScenario, type ScenarioOptions } from '../support/scenario.ts';

/** One notice in 27: failures of nobody else must not look like an outage, which ten in a row are. */
const few = (noticeId: string): boolean => Number(noticeId.split('_')[1]?.slice(1)) % 27 === 0;

/** One notice in seven. */
const chosen = (noticeId: string): boolean => Number(noticeId.split('_')[1]?.slice(1)) % 7 === 0;

describe('settlement', () => {
  it('a shard killed half-way fails its run; redriven, it ends in the bytes of an undisturbed run', async () => {
    let undisturbed: unknown;
    await playScenario({ accounts: 60 }, async (month) => {
      await month.run();
      undisturbed = await month.invoices();
    });
    await playScenario({ accounts: 60, timeScale: 200 }, async ({ runtime, fire, faults, invoices, follow }) => {
      const heal = runtime.gate.intercept(
        faultAt(
          { functionName: 'settle-shard', operation: 'BatchExecuteStatement', nth: 10, times: Infinity },
          { kind: 'kill', when: 'after' },
        ),
      );
      fire();
      await expect(follow.ended('settlement')).rejects.toThrow(/settlement-run failed/);
      expect((await invoices()).length).toBeGreaterThan(0);
      heal();
      const [execution] = runtime.machines.list({ stateMachineArn: runtime.resource('SettlementRunArn') });
      const arn = execution?.spec.arn ?? '';
      runtime.machines.redrive(arn);
      await runtime.machines.settled(arn);
      await runtime.idle();
      expect(runtime.machines.execution(arn).status).toBe('SUCCEEDED');
      expect(await invoices()).toEqual(undisturbed);
      expect(await faults()).toEqual([]);
    });
  });
});

describe('dispatch', () => {
  it('an email that fails to its last attempt ends as SMS, a rejected one at once', async () => {
    const decide: ScenarioOptions['decide'] = ({ channel, noticeId }) => {
      if (channel !== 'email') return undefined;
      if (few(noticeId)) return 'temporary';
      return noticeId.includes('3_0001') ? 'permanent' : undefined;
    };
    await playScenario({ decide }, async (month) => {
      await month.run();
      expect(await month.faults()).toEqual([]);
      const hopped = (await month.notices()).filter(
        ({ attempts }) => attempts.length > 1 || attempts[0]?.class === 'PERMANENT',
      );
      expect(hopped.length).toBeGreaterThan(5);
      for (const { noticeId, state, channel, channels, attempts } of hopped) {
        const classes = attempts.map((attempt) => `${attempt.channel} ${attempt.class}`);
        const email = few(noticeId) ? ['email TEMPORARY', 'email TEMPORARY', 'email TEMPORARY'] : ['email PERMANENT'];
        if (channels.length === 1) expect({ state, classes }).toEqual({ state: 'UNDELIVERABLE', classes: email });
        else
          expect({ state, channel, classes }).toEqual({
            state: 'SENT',
            channel: 'sms',
            classes: [...email, 'sms ACCEPTED'],
          });
      }
    });
  });

  it('a message that crashes the email worker every time still ends as SMS, and the rest goes on', async () => {
    await playScenario({ accounts: 40, timeScale: 300 }, async (month) => {
      const victim = '2026-01_A0000005_0001';
      month.runtime.gate.intercept(
        faultAt(
          { functionName: 'send-email', operation: 'SendEmail', bodyIncludes: victim, times: Infinity },
          { kind: 'kill', when: 'before' },
        ),
      );
      await month.run();
      const notices = await month.notices();
      const found = notices.find(({ noticeId }) => noticeId === victim);
      expect(found).toMatchObject({ state: 'SENT', channel: 'sms' });
      expect(month.runtime.providers.inbox.accepted('email').has(victim)).toBe(false);
      for (const { noticeId, state, possibleDuplicate } of notices) {
        expect(['SENT', 'SKIPPED']).toContain(state);
        const times = month.runtime.providers.inbox.accepted('email').get(noticeId) ?? 0;
        // A worker that dies after a send cannot tell of it: the one duplicate there can be is marked.
        if (times > 1) expect(possibleDuplicate).toBe(true);
      }
    });
  });

  it('an answer that never comes: an email is sent once more and marked, an SMS waits for a person', async () => {
    const decide: ScenarioOptions['decide'] = ({ channel, noticeId, attempt }) => {
      if (!chosen(noticeId)) return undefined;
      return channel === 'sms' || attempt === '1' ? 'unknown' : undefined;
    };
    await playScenario({ accounts: 120, timeScale: 300, decide }, async (month) => {
      month.fire();
      await month.follow.ended('settlement');
      await month.follow.ended('dispatch');
      await month.runtime.idle();
      const doubtful = (await month.notices()).filter(
        ({ noticeId, attempts }) => chosen(noticeId) && attempts.length > 0,
      );
      const emails = doubtful.filter(({ channel }) => channel === 'email');
      const texts = doubtful.filter(({ channel }) => channel === 'sms');
      expect([emails.length, texts.length].every((count) => count > 0)).toBe(true);
      for (const { state, attempts, possibleDuplicate } of emails)
        expect({ state, possibleDuplicate, classes: attempts.map((each) => each.class) }).toEqual({
          state: 'SENT',
          possibleDuplicate: true,
          classes: ['UNKNOWN', 'ACCEPTED'],
        });
      for (const { noticeId, state } of texts) {
        expect(state).toBe('IN_DOUBT');
        expect(month.runtime.providers.inbox.accepted('sms').get(noticeId)).toBe(1);
      }
    });
  });
});
