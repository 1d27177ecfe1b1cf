/** A person holds, releases and resends single notices, on the whole stack. */
import { expect, it } from 'vitest';
import { dispatchPause } from '../../lambdas/dispatch/adapters/dispatch-pause.ts';
import { instantOf } from '../../lambdas/kernel/dates.ts';
import { operators } from '../support/operator.ts';
import { MONTH, startScenario } from '../support/scenario.ts';

const operator = operators();

it('a held notice is sent by no wave until it is released; a resend is a notice of its own', async () => {
  const month = await startScenario({ accounts: 60, timeScale: 100, startAt: new Date().toISOString() });
  try {
    const { runtime, follow } = month;
    const tr1l = operator(month);
    let ends = 1;
    const wave = async () => {
      runtime.schedules.fire('waves');
      await follow.ended('dispatch', ++ends);
      await runtime.idle();
    };
    const accepted = () => runtime.providers.inbox.accepted('email');
    const standing = async (noticeId: string) =>
      (await month.notices()).find((notice) => notice.noticeId === noticeId)?.state;
    const reason = ['--reason', 'the customer asked', '--apply'];

    const pause = dispatchPause(month.clients.dynamo, runtime.resource('ControlTable'));
    const paused = { since: instantOf(runtime.clock.nowMs()), reason: 'to hold one before it goes' };
    await pause.pause(paused);
    month.fire();
    await follow.ended('settlement');
    await follow.ended('dispatch');
    const planned = (await month.notices()).filter(({ state, channel }) => state === 'PLANNED' && channel === 'email');
    const [held, other] = planned;
    if (!held || !other) throw new Error('no notice waits');

    const tried = await tr1l('notice', 'hold', MONTH, held.accountId, '--reason', 'a look first');
    expect(tried.stdout).toBe(`dry run, nothing changed; with --apply: ${held.noticeId} would be held\n`);
    expect((await tr1l('notice', 'hold', MONTH, held.accountId, ...reason)).stdout).toBe(`${held.noticeId}: held\n`);
    expect(await pause.resume(paused)).toBe(true);
    await runtime.clock.sleep(6_000);
    await wave();
    await wave();
    expect([await standing(held.noticeId), await standing(other.noticeId)]).toEqual(['HELD', 'SENT']);
    // A message of it, from wherever, does not send it either.
    await month.queue(
      'EmailQueueUrl',
      JSON.stringify({ version: 1, noticeId: held.noticeId, month: MONTH, bucket: held.bucket }),
    );
    await runtime.idle();
    expect(accepted().has(held.noticeId)).toBe(false);
    const told = await tr1l('notice', 'show', MONTH, held.accountId);
    expect(told.stdout).toContain(`${held.noticeId}: HELD (held by a person)`);

    const tooLate = await tr1l('notice', 'hold', MONTH, other.accountId, ...reason);
    expect([tooLate.code, tooLate.stderr]).toEqual([2, `tr1l: nothing to hold: ${other.noticeId} is SENT\n`]);
    const tooEarly = await tr1l('notice', 'resend', MONTH, held.accountId, ...reason);
    expect([tooEarly.code, tooEarly.stderr]).toEqual([2, expect.stringContaining(`${held.noticeId} is HELD (held by`)]);
    const nobody = await tr1l('notice', 'release', MONTH, 'NOBODY', ...reason);
    expect([nobody.code, nobody.stderr]).toEqual([2, 'tr1l: account NOBODY has no notice of 2026-01\n']);

    expect((await tr1l('notice', 'release', MONTH, held.accountId, ...reason)).code).toBe(0);
    const resent = await tr1l('notice', 'resend', MONTH, other.accountId, ...reason);
    expect(resent.stdout).toContain(`${other.noticeId}_r1 is planned on email, due `);
    const twice = await tr1l('notice', 'resend', MONTH, other.accountId, ...reason);
    expect([twice.code, twice.stderr]).toEqual([2, expect.stringContaining(`${other.noticeId}_r1 is PLANNED`)]);
    await wave();
    await follow.quiet();
    for (const noticeId of [held.noticeId, other.noticeId, `${other.noticeId}_r1`]) {
      expect(await standing(noticeId)).toBe('SENT');
      expect(accepted().get(noticeId)).toBe(1);
    }
    expect(await month.faults()).toEqual([]);
    const verified = await tr1l('dispatch', 'verify', MONTH);
    expect([verified.code, verified.stdout]).toEqual([0, expect.stringContaining(', 1 of them resent')]);
  } finally {
    await month.stop();
  }
});

it('a plan that is done again takes no resend for a stranger', async () => {
  const month = await startScenario({ accounts: 30, timeScale: 100, startAt: new Date().toISOString() });
  try {
    await month.run();
    const [sent] = (await month.notices()).filter(({ state }) => state === 'SENT');
    const tr1l = operator(month);
    expect((await tr1l('notice', 'resend', MONTH, sent?.accountId ?? '', '--reason', 'lost', '--apply')).code).toBe(0);
    // It ends in an error when the plan is not complete.
    await month.run();
    expect(await month.faults()).toEqual([]);
    expect((await month.tally()).resends).toBe(1);
  } finally {
    await month.stop();
  }
});
