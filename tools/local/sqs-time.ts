/**
 * SQS in scaled time. Its emulator counts real seconds, so every duration on the way in is divided by the scale, to one
 * second at least, and every instant on the way out is one of the scaled clock.
 */
import { realSeconds, type ScaledClock } from './clock.ts';

interface Timed {
  DelaySeconds?: number;
  VisibilityTimeout?: number;
  Entries?: Timed[];
  Attributes?: Record<string, string>;
}

const DURATIONS = ['DelaySeconds', 'VisibilityTimeout'] as const;
const CHANGED = new Set([
  'CreateQueue',
  'SendMessage',
  'SendMessageBatch',
  'ChangeMessageVisibility',
  'ChangeMessageVisibilityBatch',
  'ReceiveMessage',
]);

/** The request with its durations divided by the scale. */
export function scaleRequest(operation: string, body: Buffer, clock: ScaledClock): Buffer {
  if (clock.scale === 1 || !CHANGED.has(operation)) return body;
  const request = JSON.parse(body.toString()) as Timed;
  for (const part of [request, ...(request.Entries ?? [])]) {
    for (const name of DURATIONS) {
      const seconds = part[name];
      if (typeof seconds === 'number') part[name] = realSeconds(seconds, clock.scale);
    }
  }
  if (operation === 'CreateQueue' && request.Attributes) {
    for (const name of DURATIONS) {
      const seconds = request.Attributes[name];
      if (seconds !== undefined) request.Attributes[name] = String(realSeconds(Number(seconds), clock.scale));
    }
  }
  return Buffer.from(JSON.stringify(request));
}

const INSTANTS = ['SentTimestamp', 'ApproximateFirstReceiveTimestamp'];

/** The answer with its instants on the scaled clock. */
export function scaleAnswer(operation: string, body: Buffer, clock: ScaledClock): Buffer {
  if (operation !== 'ReceiveMessage' || !body.includes('Timestamp"')) return body;
  const answer = JSON.parse(body.toString()) as { Messages?: { Attributes?: Record<string, string> }[] };
  for (const { Attributes: attributes } of answer.Messages ?? []) {
    for (const name of attributes ? INSTANTS : []) {
      const real = attributes?.[name];
      if (attributes && real !== undefined) attributes[name] = String(clock.ofReal(Number(real)));
    }
  }
  return Buffer.from(JSON.stringify(answer));
}
