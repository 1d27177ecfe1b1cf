/**
 * SQS event source mappings: pollers that receive, invoke and delete. What a function reports as failed, and the whole
 * batch when it throws, is left to the queue's visibility and redrive policy.
 */
import { awsJsonClient, REGION, type AwsJsonClient } from './aws-json.ts';
import { sleepReal, type ScaledClock } from './clock.ts';
import type { LocalFunction } from './lambda.ts';
import type { InvocationResult } from './lambda-environment.ts';
import { refOf } from './template-resources.ts';
import type { Resource } from './template.ts';

/** A mapping as the template has it. */
export interface EventSource {
  readonly queueArn: string;
  readonly queueName: string;
  readonly functionName: string;
  readonly batchSize: number;
  readonly windowSeconds: number;
  readonly reportsItemFailures: boolean;
  readonly maximumConcurrency: number | undefined;
  readonly isEnabled: boolean;
}

interface ReceivedMessage {
  readonly MessageId: string;
  readonly ReceiptHandle: string;
  readonly Body: string;
  readonly MD5OfBody: string;
  readonly Attributes?: Readonly<Record<string, string>>;
}

/** SQS hands out and deletes ten messages a request at most. */
const SQS_BATCH = 10;
/** As long as SQS lets a receive wait, as Lambda's pollers do. */
const WAIT_SECONDS = 20;
/** Lambda's default; windows and sizes above 10 go together. */
const DEFAULT_BATCH = 10;

const nameOf = (arnOrName: string): string => /:function:([^:]+)/.exec(arnOrName)?.[1] ?? arnOrName;

/** Reads a mapping. Its problems are named by `eventSourceProblems`. */
export function readEventSource({ properties }: Resource): EventSource {
  const scaling = properties['ScalingConfig'] as { MaximumConcurrency?: number } | undefined;
  const types = properties['FunctionResponseTypes'] as string[] | undefined;
  const queueArn = String(properties['EventSourceArn']);
  return {
    queueArn,
    queueName: queueArn.slice(queueArn.lastIndexOf(':') + 1),
    functionName: nameOf(String(properties['FunctionName'])),
    batchSize: Number(properties['BatchSize'] ?? DEFAULT_BATCH),
    windowSeconds: Number(properties['MaximumBatchingWindowInSeconds'] ?? 0),
    reportsItemFailures: types?.includes('ReportBatchItemFailures') ?? false,
    maximumConcurrency: scaling?.MaximumConcurrency,
    isEnabled: properties['Enabled'] !== false,
  };
}

/** What a mapping has that these pollers do not know. */
export function eventSourceProblems(resource: Resource): string[] {
  const { queueArn, batchSize, windowSeconds } = readEventSource(resource);
  const problems: string[] = [];
  if (!queueArn.includes(':sqs:')) problems.push(`${queueArn} is not a queue`);
  if (queueArn.endsWith('.fifo')) problems.push('FIFO queues are not known');
  if (batchSize > SQS_BATCH && windowSeconds < 1) problems.push(`a batch of ${batchSize} needs a batching window`);
  return problems.map((problem) => `${resource.logicalId}: ${problem}`);
}

/** The pollers of a mapping. */
export interface Pollers {
  /** No message is received from now on. */
  readonly stop: () => void;
}

/** Starts as many pollers as the function has workers. */
export function startEventSource(
  source: EventSource,
  visibilitySeconds: number,
  target: LocalFunction,
  sqsEndpoint: string,
  clock: ScaledClock,
  onProblem: (problem: string) => void,
): Pollers {
  const sqs = awsJsonClient('sqs', sqsEndpoint);
  const over = new AbortController();
  const { queueName } = source;
  const queueUrl = refOf('AWS::SQS::Queue', queueName);

  const isOver = (): boolean => over.signal.aborted;

  const poll = async (): Promise<void> => {
    while (!isOver()) {
      try {
        const messages = await receiveBatch(sqs, queueUrl, source, clock, over.signal);
        if (messages.length === 0) continue;
        const prepared = await target.prepare();
        // Starting a worker is next to nothing of the visibility on AWS. Here it may be all of it, in scaled time.
        if (prepared.wasStarted) {
          await hideAgain(sqs, queueUrl, messages, visibilitySeconds).catch((thrown: unknown) => {
            onProblem(`poller of ${queueName}: ${(thrown as Error).message}`);
          });
        }
        const event = { Records: messages.map((message) => record(message, source.queueArn)) };
        const result = await target.invoke(event, prepared);
        const failed = failedIds(result, messages, source.reportsItemFailures);
        const done = messages.filter((message) => !failed.has(message.MessageId));
        await deleteAll(sqs, queueUrl, done, onProblem);
      } catch (thrown) {
        if (isOver()) return;
        onProblem(`poller of ${queueName}: ${(thrown as Error).message}`);
        await sleepReal(200, over.signal).catch(() => undefined);
      }
    }
  };
  const pollers = Array.from({ length: target.settings.concurrency }, poll);
  return {
    stop: () => {
      over.abort();
      // A poller whose function still works ends with it: the runtime stops the functions next.
      void Promise.all(pollers).then(sqs.close);
    },
  };
}

/** Lets the visibility of received messages begin anew; of those that are visible already, nothing can be said. */
async function hideAgain(
  sqs: AwsJsonClient,
  queueUrl: string,
  messages: readonly ReceivedMessage[],
  visibilitySeconds: number,
): Promise<void> {
  await forBatches(messages, async (batch) => {
    const entries = batch.map((entry) => ({ ...entry, VisibilityTimeout: visibilitySeconds }));
    await sqs.call('ChangeMessageVisibilityBatch', { QueueUrl: queueUrl, Entries: entries });
  });
}

/** Messages for one invocation: what is there, and what comes within the batching window, up to the batch size. */
async function receiveBatch(
  sqs: AwsJsonClient,
  queueUrl: string,
  { batchSize, windowSeconds }: EventSource,
  clock: ScaledClock,
  signal: AbortSignal,
): Promise<ReceivedMessage[]> {
  const batch: ReceivedMessage[] = [];
  let closesAtMs = Infinity;
  do {
    const leftSeconds = Math.max(0, (closesAtMs - clock.nowMs()) / 1000 / clock.scale);
    const answer = await sqs.call(
      'ReceiveMessage',
      {
        QueueUrl: queueUrl,
        MaxNumberOfMessages: Math.min(SQS_BATCH, batchSize - batch.length),
        WaitTimeSeconds: Math.min(WAIT_SECONDS, leftSeconds),
        MessageSystemAttributeNames: ['All'],
      },
      signal,
    );
    batch.push(...((answer['Messages'] ?? []) as ReceivedMessage[]));
    if (batch.length > 0 && closesAtMs === Infinity) closesAtMs = clock.nowMs() + windowSeconds * 1000;
  } while (batch.length > 0 && batch.length < batchSize && clock.nowMs() < closesAtMs);
  return batch;
}

const record = (message: ReceivedMessage, queueArn: string): Readonly<Record<string, unknown>> => ({
  messageId: message.MessageId,
  receiptHandle: message.ReceiptHandle,
  body: message.Body,
  attributes: message.Attributes ?? {},
  messageAttributes: {},
  md5OfBody: message.MD5OfBody,
  eventSource: 'aws:sqs',
  eventSourceARN: queueArn,
  awsRegion: REGION,
});

/** The ids that stay in the queue. As on AWS, an answer that names no message, or a strange one, fails the batch. */
export function failedIds(
  result: InvocationResult,
  messages: readonly { readonly MessageId: string }[],
  reportsItemFailures: boolean,
): ReadonlySet<string> {
  const all = new Set(messages.map((message) => message.MessageId));
  if (result.kind !== 'returned') return all;
  if (!reportsItemFailures) return new Set();
  const answer = result.payload as { batchItemFailures?: unknown } | null | undefined;
  const failures = answer?.batchItemFailures ?? [];
  if (!Array.isArray(failures)) return all;
  const ids = failures.map((failure) => (failure as { itemIdentifier?: unknown } | null)?.itemIdentifier);
  return ids.every((id) => typeof id === 'string' && all.has(id)) ? new Set(ids as string[]) : all;
}

async function deleteAll(
  sqs: AwsJsonClient,
  queueUrl: string,
  messages: readonly ReceivedMessage[],
  onProblem: (problem: string) => void,
): Promise<void> {
  await forBatches(messages, async (entries) => {
    const { Failed: failed } = await sqs.call('DeleteMessageBatch', { QueueUrl: queueUrl, Entries: entries });
    // They come back when their visibility ends, and find in the ledger that they are done.
    if (Array.isArray(failed) && failed.length > 0) onProblem(`${failed.length} messages of ${queueUrl} stayed`);
  });
}

/** Calls with the entries of ten messages at a time, as SQS takes them. */
async function forBatches(
  messages: readonly ReceivedMessage[],
  run: (entries: { Id: string; ReceiptHandle: string }[]) => Promise<void>,
): Promise<void> {
  for (let start = 0; start < messages.length; start += SQS_BATCH) {
    const batch = messages.slice(start, start + SQS_BATCH);
    await run(batch.map(({ ReceiptHandle }, index) => ({ Id: String(index), ReceiptHandle })));
  }
}
