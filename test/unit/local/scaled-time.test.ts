import { describe, expect, it } from 'vitest';
import { clockSettings, realLimitMs, realSeconds, scaledClock, TASK_FLOOR_MS } from '../../../tools/local/clock.ts';
import { scaleAnswer, scaleRequest } from '../../../tools/local/sqs-time.ts';

const clock = scaledClock(clockSettings(Date.parse('2026-02-01T03:00:00Z'), 60));
const scaled = (operation: string, body: unknown): unknown =>
  JSON.parse(scaleRequest(operation, Buffer.from(JSON.stringify(body)), clock).toString());

describe('time of the queues', () => {
  it('is divided by the scale, to whole seconds, one at least', () => {
    expect([0, 1, 60, 180, 900].map((seconds) => realSeconds(seconds, 60))).toEqual([0, 1, 1, 3, 15]);
    expect(scaled('SendMessage', { DelaySeconds: 600 })).toEqual({ DelaySeconds: 10 });
    expect(
      scaled('ChangeMessageVisibilityBatch', { Entries: [{ VisibilityTimeout: 0 }, { VisibilityTimeout: 900 }] }),
    ).toEqual({ Entries: [{ VisibilityTimeout: 0 }, { VisibilityTimeout: 15 }] });
    expect(scaled('CreateQueue', { Attributes: { VisibilityTimeout: '180', DelaySeconds: '0' } })).toEqual({
      Attributes: { VisibilityTimeout: '3', DelaySeconds: '0' },
    });
    expect(scaled('ReceiveMessage', { WaitTimeSeconds: 20, VisibilityTimeout: 120 })).toEqual({
      WaitTimeSeconds: 20,
      VisibilityTimeout: 2,
    });
  });

  it('comes back on the clock of the runtime', () => {
    const real = clock.settings.realStartMs + 1000;
    const body = { Messages: [{ Attributes: { SentTimestamp: String(real), ApproximateReceiveCount: '2' } }, {}] };
    const answer = scaleAnswer('ReceiveMessage', Buffer.from(JSON.stringify(body)), clock).toString();
    expect(JSON.parse(answer)).toEqual({
      Messages: [
        { Attributes: { SentTimestamp: String(Date.parse('2026-02-01T03:01:00Z')), ApproximateReceiveCount: '2' } },
        {},
      ],
    });
  });
});

describe('a limit on work', () => {
  it('is divided by the scale, but leaves the work a time that it can be done in', () => {
    expect(realLimitMs(900_000, 60)).toBe(15_000);
    expect(realLimitMs(30_000, 60)).toBe(10_000);
    expect(realLimitMs(1000, 60)).toBe(1000);
    expect(realLimitMs(300_000, 60, TASK_FLOOR_MS)).toBe(300_000);
    expect(realLimitMs(1000, 0.5)).toBe(2000);
  });
});

it('a clock cannot stand still or run backwards', () => {
  for (const scale of [0, -1, NaN, Infinity]) expect(() => clockSettings(0, scale)).toThrow('the scale of time');
});
