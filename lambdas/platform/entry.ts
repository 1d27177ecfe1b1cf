/** The one shell around every handler: middy, the Powertools logger with its ids, and the clock. */
import middy from '@middy/core';
import { Logger } from '@aws-lambda-powertools/logger';
import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware';
import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import { logMetrics } from '@aws-lambda-powertools/metrics/middleware';
import type { Context, SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { clock, type Clock } from './clock.ts';

/** What a handler gets beside its event. */
export interface Invocation {
  readonly log: Logger;
  readonly clock: Clock;
  /** Milliseconds until the function is timed out. */
  readonly remainingMs: () => number;
  /** Counts an outcome as a CloudWatch metric (embedded metric format). Names, never ids, as dimensions. */
  readonly count: (metric: string, value: number) => void;
}

/** One message of an SQS batch: its body is text from outside until it is decoded. */
export interface SqsMessage {
  readonly messageId: string;
  readonly receiptHandle: string;
  readonly body: string;
  readonly receiveCount: number;
}

/** Makes a Lambda handler of a function from an undecoded event to a result. What it throws fails the invocation. */
export function entryPoint<TResult>(
  name: string,
  run: (event: unknown, invocation: Invocation) => Promise<TResult>,
): (event: unknown, context: Context) => Promise<TResult> {
  const log = new Logger({ serviceName: name });
  const metrics = new Metrics({ namespace: 'TR1L', serviceName: name });
  return middy<unknown, TResult>()
    .use(injectLambdaContext(log, { resetKeys: true }))
    .use(logMetrics(metrics))
    .handler((event, context) =>
      run(event, {
        log,
        clock,
        remainingMs: () => context.getRemainingTimeInMillis(),
        count: (metric, value) => {
          if (value > 0) metrics.addMetric(metric, MetricUnit.Count, value);
        },
      }),
    );
}

/**
 * Makes a handler of an SQS batch. `run` answers with the ids of the messages that must come back; all others are done.
 * A thrown error fails the whole batch, so `run` throws only when no message of it can have been finished.
 */
export function sqsEntryPoint(
  name: string,
  run: (messages: readonly SqsMessage[], invocation: Invocation) => Promise<readonly string[]>,
): (event: unknown, context: Context) => Promise<SQSBatchResponse> {
  return entryPoint(name, async (event, invocation) => {
    const messages = (event as SQSEvent).Records.map((record) => ({
      messageId: record.messageId,
      receiptHandle: record.receiptHandle,
      body: record.body,
      receiveCount: Number(record.attributes.ApproximateReceiveCount),
    }));
    const failed = await run(messages, invocation);
    return { batchItemFailures: failed.map((itemIdentifier) => ({ itemIdentifier })) };
  });
}
