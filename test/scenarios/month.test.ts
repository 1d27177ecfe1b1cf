/** A month, the month again, two executions at once, duplicate and foreign messages, a wrong input. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startScenario, type Scenario } from '../support/scenario.ts';

let month: Scenario;
beforeAll(async () => {
  month = await startScenario();
  // The scheduler fires at least once; here it fires twice in the same moment.
  month.fire();
  month.fire();
  await month.follow.ended('settlement', 2);
  await month.follow.ended('dispatch', 2);
  await month.follow.quiet();
});
afterAll(() => month.stop());

const sends = (): number => month.runtime.providers.inbox.messages().length;

describe('a month that two executions settle at once', () => {
  it('adds up: accounts, won, notices; and nobody is notified twice', async () => {
    expect(await month.faults()).toEqual([]);
    const { invoices, held, undeliverable, notices } = await month.tally();
    expect(invoices).toBeGreaterThan(70);
    expect({ held, undeliverable }).toEqual({ held: 0, undeliverable: 0 });
    expect(notices).toBe(invoices);
  });

  it('sends everything at the first attempt when no provider fails', async () => {
    for (const { attempts, state } of await month.notices()) expect(attempts).toHaveLength(state === 'SKIPPED' ? 0 : 1);
  });

  it('again: issues nothing, sends nothing, and every invoice is what it was', async () => {
    const before = [await month.invoices(), sends()];
    month.fire();
    await month.follow.ended('settlement', 3);
    await month.follow.ended('dispatch', 3);
    await month.follow.quiet();
    expect([await month.invoices(), sends()]).toEqual(before);
  });

  it('drops messages that come again, on their queue or on another', async () => {
    const before = sends();
    for (const { noticeId, month: of, bucket } of (await month.notices()).slice(0, 20)) {
      const body = JSON.stringify({ version: 1, noticeId, month: of, bucket });
      await month.queue('EmailQueueUrl', body);
      await month.queue('EmailQueueUrl', body);
      await month.queue('SmsQueueUrl', body);
    }
    await month.runtime.idle();
    expect(sends()).toBe(before);
    expect(await month.faults()).toEqual([]);
  });

  it('puts what is no message of ours into the final queue, where it stays', async () => {
    await month.queue('EmailQueueUrl', '{"version":2,"noticeId":"x"}');
    await month.queue('SmsQueueUrl', 'no JSON');
    await month.runtime.idle();
    const final = (await month.runtime.queueDepths()).find(({ name }) => name.endsWith('-final'));
    expect(final?.messages).toBe(2);
  });

  it('fails a wrong input in its first state, with all reasons at once', async () => {
    const { spec } = month.runtime.machines.start({
      stateMachineArn: month.runtime.resource('SettlementRunArn'),
      input: JSON.stringify({ month: '2026-13', surprise: 1 }),
    });
    await month.runtime.machines.settled(spec.arn);
    const { status, error, cause } = month.runtime.machines.execution(spec.arn);
    expect({ status, error }).toEqual({ status: 'FAILED', error: 'InvalidRunInput' });
    expect(cause).toContain('month');
    expect(cause).toContain('surprise');
  });

  it('writes nothing personal into logs, inputs or outputs', () => {
    const people = month.runtime.providers.inbox.messages('email').map(({ to }) => to);
    const seen = [
      ...[...month.runtime.functions.keys()].flatMap((name) => month.runtime.logs.lines(name)),
      JSON.stringify(month.runtime.machines.list({ stateMachineArn: month.runtime.resource('SettlementRunArn') })),
      JSON.stringify(month.runtime.machines.list({ stateMachineArn: month.runtime.resource('DispatchRunArn') })),
    ].join('\n');
    expect(people.length).toBeGreaterThan(50);
    for (const address of people) expect(seen).not.toContain(address);
    expect(seen).not.toMatch(/@example\.com|\+82\d/);
  });
});
