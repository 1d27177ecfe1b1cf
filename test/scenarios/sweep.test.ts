/** The daily sweep finds what no marker and no message would ever bring back. */
import { DeleteItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { expect, it } from 'vitest';
import { dispatchPause } from '../../lambdas/dispatch/adapters/dispatch-pause.ts';
import { instantOf } from '../../lambdas/kernel/dates.ts';
import { readPartition } from '../../lambdas/platform/query.ts';
import { MONTH, startScenario } from '../support/scenario.ts';

const HOURS_13 = 13 * 3_600_000;

it('a marker deleted by hand, and messages that were lost: the sweep brings the notices back, once', async () => {
  const month = await startScenario({ accounts: 60, timeScale: 100 });
  try {
    const { runtime, follow, clients } = month;
    const table = runtime.resource('ControlTable');
    let ends = 1;
    const fire = async (schedule: 'waves' | 'sweep') => {
      runtime.schedules.fire(schedule);
      await follow.ended('dispatch', ++ends);
      await runtime.idle();
    };
    const pause = dispatchPause(clients.dynamo, table);
    const paused = { since: instantOf(runtime.clock.nowMs()), reason: 'to delete what would be released' };
    await pause.pause(paused);
    month.fire();
    await follow.ended('settlement');
    await follow.ended('dispatch');

    for (const { sk: slot } of await readPartition(clients.dynamo, { table, pk: 'DUE' }))
      for (const { pk, sk } of await readPartition(clients.dynamo, { table, pk: `DUE#${String(slot)}` }))
        await clients.dynamo.send(new DeleteItemCommand({ TableName: table, Key: marshall({ pk, sk }) }));
    await pause.resume(paused);
    await runtime.clock.sleep(6_000);
    await fire('waves');
    await fire('sweep');
    const waiting = (await month.notices()).filter(({ state }) => state === 'PLANNED');
    expect(waiting.length).toBeGreaterThan(40);
    expect(runtime.providers.inbox.messages()).toEqual([]);

    // What 13 hours would make of them; some had been tried, and their messages are gone, or the events of their bounces.
    const bounced: string[] = [];
    for (const [index, { noticeId, bucket, dueAt, channels }] of waiting.entries()) {
      const hasBounced = index % 5 === 1 && channels.join() === 'email,sms';
      if (hasBounced) bounced.push(noticeId);
      const tried = index % 5 === 0 ? 'RETRYING' : 'PLANNED';
      const values = { ':at': instantOf(Date.parse(dueAt) - HOURS_13), ':state': hasBounced ? 'BOUNCED' : tried };
      await clients.dynamo.send(
        new UpdateItemCommand({
          TableName: runtime.resource('NoticesTable'),
          Key: marshall({ pk: `${MONTH}#${bucket}`, sk: noticeId }),
          UpdateExpression: 'SET dueAt = :at, #state = :state',
          ExpressionAttributeNames: { '#state': 'state' },
          ExpressionAttributeValues: marshall(values),
        }),
      );
    }
    await fire('waves');
    expect(runtime.providers.inbox.messages()).toEqual([]);
    await fire('sweep');
    await follow.quiet();
    expect(await month.faults()).toEqual([]);
    expect((await month.tally()).held).toBe(0);
    expect(bounced.length).toBeGreaterThan(3);
    for (const { noticeId, state, channel } of await month.notices())
      if (bounced.includes(noticeId)) expect([state, channel]).toEqual(['SENT', 'sms']);
    const sends = runtime.providers.inbox.messages().length;
    await fire('sweep');
    expect(runtime.providers.inbox.messages()).toHaveLength(sends);
  } finally {
    await month.stop();
  }
});
