/** A person decides when a month goes out, and to whom first, on the whole stack. */
import { expect, it } from 'vitest';
import { monthOrders } from '../../lambdas/dispatch/adapters/month-orders.ts';
import { operators } from '../support/operator.ts';
import { MONTH, startScenario } from '../support/scenario.ts';

const operator = operators();

it('a reserved month waits for its time; a pilot goes first; cancelled it waits and is shown; sent now, all go once', async () => {
  const month = await startScenario({ accounts: 60, timeScale: 100 });
  try {
    const { runtime, follow } = month;
    const tr1l = operator(month, true);
    const ordered = async (...words: string[]) => {
      const [verb = '', ...rest] = words;
      const { code, stdout, stderr } = await tr1l('dispatch', verb, MONTH, ...rest, '--reason', 'agreed', '--apply');
      return { code, said: stdout + stderr };
    };
    const verified = async () => (await tr1l('dispatch', 'verify', MONTH)).stdout;
    let ends = 1;
    const settled = async () => {
      await follow.ended('dispatch', ++ends);
      await runtime.idle();
    };
    const wave = async () => {
      runtime.schedules.fire('waves');
      await settled();
    };
    const sends = () => runtime.providers.inbox.messages().length;
    const waiting = async () => (await month.notices()).filter(({ state }) => state === 'PLANNED' || state === 'HELD');
    const dueTimes = async () => [...new Set((await waiting()).map(({ dueAt }) => dueAt))];

    expect(await ordered('now')).toEqual({
      code: 2,
      said: expect.stringContaining('no notice of 2026-01 is planned') as string,
    });
    expect(await ordered('cancel')).toEqual({ code: 2, said: 'tr1l: 2026-01 has no reservation\n' });
    expect((await ordered('schedule', '--at', '2026-02-02 09:00')).code).toBe(0);
    expect((await ordered('cancel')).said).toContain('will be planned by the schedule of the policy');
    expect((await ordered('schedule', '--at', '2026-02-02 21:00')).said).toContain('planned for 2026-02-02 21:00');

    month.fire();
    await follow.ended('settlement');
    await follow.ended('dispatch');
    await wave();
    // What is due on the 5th could not wait: it went at once, as its notice days were over.
    const urgent = (await month.notices()).filter(({ dueDate }) => dueDate < '2026-02-10');
    expect(urgent.length).toBeGreaterThan(0);
    expect(urgent.map(({ state }) => state)).not.toContain('PLANNED');
    expect(await dueTimes()).toEqual(['2026-02-02T12:00:00.000Z']);
    expect(await verified()).toContain('reserved for 2026-02-02 21:00');
    const before = sends();

    const pilot = (await waiting()).slice(0, 2).map(({ accountId }) => accountId);
    const unknown = await ordered('pilot', '--account', `${pilot[0] ?? ''},NOBODY`);
    expect([unknown.code, unknown.said]).toEqual([
      2,
      expect.stringContaining('account NOBODY has no notice of 2026-01'),
    ]);
    expect((await ordered('pilot', '--account', pilot.join(','))).code).toBe(0);
    expect((await ordered('now')).code).toBe(0);
    await settled();
    await wave();
    const sent = runtime.providers.inbox.messages().slice(before);
    const first = new Set(sent.map(({ noticeId }) => noticeId.split('_')[1]));
    expect(first).toEqual(new Set(pilot));
    expect(await verified()).toContain('a pilot of 2 accounts waits for a person');

    // A reservation that is cancelled once its notices are there: by the command only before its time, which is over here.
    const orders = monthOrders(month.clients.dynamo, runtime.resource('ControlTable'));
    const seen = await orders.read(MONTH);
    await orders.write(MONTH, { ...seen.order, reservedAt: null, isCancelled: true }, seen);
    expect((await ordered('pilot', '--continue')).code).toBe(0);
    await wave();
    expect(sends()).toBe(before + 2);
    expect(await verified()).toContain('its reservation is cancelled: nothing goes until');

    // The 28th is too late for what is due on the 25th: 7 days before it.
    expect((await ordered('schedule', '--at', '2026-02-31 09:00')).said).toContain('2026-02-28 09:00');
    await settled();
    const last = (await waiting()).filter(({ dueDate }) => dueDate === '2026-02-25');
    expect(new Set(last.map(({ dueAt }) => dueAt))).toEqual(new Set(['2026-02-17T15:00:00.000Z']));
    await wave();
    expect(sends()).toBe(before + 2);

    expect((await ordered('now')).code).toBe(0);
    await settled();
    await follow.quiet();
    expect(await month.faults()).toEqual([]);
    expect(await waiting()).toEqual([]);
    const all = sends();
    await month.run();
    expect(sends()).toBe(all);
  } finally {
    await month.stop();
  }
});
