/** The SQS console's redrive knows nothing of the ledger: it moves messages to where a person points, and harms nothing. */
import { DeleteMessageCommand, ReceiveMessageCommand } from '@aws-sdk/client-sqs';
import { expect, it } from 'vitest';
import { startScenario, type Scenario, type ScenarioOptions } from '../support/scenario.ts';

/** Moves a queue's messages as the console does: by new messages with the same body. */
async function redrive({ runtime, sqs, queue }: Scenario, to: 'EmailQueueUrl' | 'SmsQueueUrl'): Promise<number> {
  const QueueUrl = runtime.resource('FinalQueueUrl');
  for (let moved = 0; ;) {
    const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 }));
    if (Messages.length === 0) return moved;
    for (const { Body = '', ReceiptHandle } of Messages) {
      await queue(to, Body);
      await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
      moved += 1;
    }
  }
}

const isLost = (noticeId: string): boolean => Number(noticeId.split('_')[1]?.slice(1)) % 5 === 0;

it('a redrive of the final queue to either queue, the wrong one too, sends nothing and ends where it began', async () => {
  const decide: ScenarioOptions['decide'] = ({ noticeId }) => (isLost(noticeId) ? 'permanent' : undefined);
  const month = await startScenario({ accounts: 60, timeScale: 100, decide });
  try {
    await month.run();
    await month.queue('EmailQueueUrl', 'no message of ours');
    await month.runtime.idle();
    const states = async () =>
      (await month.notices()).map(({ noticeId, state, channel }) => ({ noticeId, state, channel }));
    const sends = () => month.runtime.providers.inbox.messages().length;
    const before = [await states(), sends()];
    const lost = (await month.tally()).undeliverable;
    expect(lost).toBeGreaterThan(5);
    for (const to of ['EmailQueueUrl', 'SmsQueueUrl'] as const) {
      // The undeliverable ones, which may lie there twice, and the one that is none of ours: all come back afterwards.
      expect(await redrive(month, to)).toBeGreaterThanOrEqual(lost + 1);
      await month.runtime.idle();
      expect([await states(), sends()]).toEqual(before);
    }
    expect(await month.faults()).toEqual([]);
  } finally {
    await month.stop();
  }
});

it('messages of SMS that go back to email find that email is over', async () => {
  let isDown = true;
  const decide: ScenarioOptions['decide'] = ({ channel }) =>
    channel === 'email' ? 'permanent' : isDown ? 'down' : undefined;
  const month = await startScenario({ accounts: 40, timeScale: 100, decide });
  try {
    const { runtime, follow } = month;
    month.fire();
    await follow.ended('settlement');
    await follow.ended('dispatch');
    await runtime.idle();
    const onSms = (await month.notices()).filter(({ state, channel }) => state === 'HELD' && channel === 'sms');
    expect(onSms.length).toBeGreaterThan(10);
    const emails = runtime.providers.inbox.messages('email').length;
    for (const { noticeId, month: of, bucket } of onSms)
      await month.queue('EmailQueueUrl', JSON.stringify({ version: 1, noticeId, month: of, bucket }));
    await runtime.idle();
    expect(runtime.providers.inbox.messages('email')).toHaveLength(emails);
    isDown = false;
    await follow.quiet();
    for (const { noticeId } of onSms) expect(runtime.providers.inbox.accepted('sms').get(noticeId)).toBe(1);
    expect(await month.faults()).toEqual([]);
  } finally {
    await month.stop();
  }
});
