/** A person pauses dispatch and resumes it, before a release and in the middle of one. */
import { expect, it } from 'vitest';
import { dispatchPause } from '../../lambdas/dispatch/adapters/dispatch-pause.ts';
import { instantOf } from '../../lambdas/kernel/dates.ts';
import { operators } from '../support/operator.ts';
import { MONTH, startScenario, type ScenarioOptions } from '../support/scenario.ts';

const operator = operators();

it('while dispatch is paused nothing is sent, also in the middle of a release; resumed, all go once', async () => {
  let emails = 0;
  let atEmail: { readonly number: number; readonly call: () => void } | null = null;
  const decide: ScenarioOptions['decide'] = ({ channel }) => {
    if (channel === 'email' && ++emails === atEmail?.number) atEmail.call();
    return undefined;
  };
  const month = await startScenario({ accounts: 300, timeScale: 100, decide });
  try {
    const { runtime, follow } = month;
    const tr1l = operator(month);
    const sends = () => runtime.providers.inbox.messages().length;
    let ends = 1;
    const wave = async () => {
      runtime.schedules.fire('waves');
      await follow.ended('dispatch', ++ends);
      await runtime.idle();
    };

    const tried = await tr1l('dispatch', 'pause', '--reason', 'wrong amounts');
    expect([tried.code, tried.stdout]).toEqual([0, 'dry run, nothing changed; with --apply: dispatch is paused\n']);
    expect((await tr1l('dispatch', 'resume', '--reason', 'checked')).stderr).toBe('tr1l: dispatch is not paused\n');
    expect((await tr1l('dispatch', 'pause', '--reason', 'wrong amounts', '--apply')).code).toBe(0);
    const again = await tr1l('dispatch', 'pause', '--reason', 'me too', '--apply');
    expect([again.code, again.stderr]).toEqual([2, expect.stringContaining('paused already')]);

    month.fire();
    await follow.ended('settlement');
    await follow.ended('dispatch');
    await wave();
    expect(sends()).toBe(0);
    const verified = await tr1l('dispatch', 'verify', MONTH);
    expect([verified.code, verified.stdout]).toEqual([0, expect.stringContaining('dispatch is paused since')]);
    expect(verified.stdout).toContain('(wrong amounts): nothing is sent');
    expect((await tr1l('dispatch', 'resume', '--reason', 'checked', '--apply')).code).toBe(0);

    const pause = dispatchPause(month.clients.dynamo, runtime.resource('ControlTable'));
    const paused = new Promise<boolean>((resolve, reject) => {
      const since = instantOf(runtime.clock.nowMs());
      atEmail = { number: 20, call: () => void pause.pause({ since, reason: 'in the middle' }).then(resolve, reject) };
    });
    await wave();
    expect(await paused).toBe(true);
    await runtime.idle();
    const before = sends();
    await runtime.clock.sleep(600_000);
    await wave();
    await wave();
    expect(sends()).toBe(before);
    const open = (await month.notices()).filter(({ state }) => state !== 'SENT' && state !== 'SKIPPED');
    expect(open.length).toBeGreaterThan(100);
    for (const { state, reason, attempts } of open)
      expect({ state, reason, attempts }).toEqual({ state: 'HELD', reason: 'paused', attempts: [] });

    expect((await tr1l('dispatch', 'resume', '--reason', 'all is well', '--apply')).code).toBe(0);
    await wave();
    await follow.quiet();
    expect(await month.faults()).toEqual([]);
    expect((await month.tally()).held).toBe(0);
  } finally {
    await month.stop();
  }
});
