/**
 * Settlement and dispatch against their bare limits. A machine is faster at one time than at another, so a limit is
 * measured right after what is held against it, and both more than once.
 */
import { QueryCommand, type AttributeValue, type DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SQSClient } from '@aws-sdk/client-sqs';
import { epochMs, type Month } from '../../lambdas/kernel/dates.ts';
import type { Runtime } from '../local/runtime.ts';
import { Stages } from '../start/stages.ts';
import { bareNotices, barePuts } from './bare.ts';
import type { BenchRuntime } from './bench-runtime.ts';
import { sizesOf, type ItemSizes } from './item-bytes.ts';

/** Items a second, and how many the bare limit does. */
export interface Figure {
  readonly measured: number;
  readonly limit: number;
}

export interface Pass {
  readonly settlement: Figure;
  readonly dispatch: Figure;
  /** How many of them the month wrote. */
  readonly invoices: number;
  readonly notices: number;
  /** Stored invoices, in bytes. */
  readonly sizes: ItemSizes;
}

type Item = Record<string, AttributeValue>;

/** A limit is measured on so many items at most, spread over all. */
const MOST_BARE_ITEMS = 10_000;

/** Settles and sends a month. */
export async function runToTheEnd({ runtime, follow, noonAfter }: BenchRuntime, month: Month): Promise<void> {
  const until = follow(month);
  runtime.schedules.fire('settlement', epochMs(noonAfter(month)));
  await until.ended('settlement');
  await until.ended('dispatch');
  await until.quiet();
}

/** A month of so many accounts, settled and sent for this alone. */
export async function passOf(bench: BenchRuntime, month: Month, accounts: number): Promise<Pass> {
  await bench.importMonth(month, accounts);
  const stages = new Stages();
  const unfollow = stages.follow(bench.runtime);
  const seen = { lastSend: 0 };
  const sent = (): void => {
    seen.lastSend = stages.now();
  };
  bench.runtime.events.on('send', sent);
  await runToTheEnd(bench, month);
  bench.runtime.events.off('send', sent);
  unfollow();
  const planned = stages.spans.find(({ name }) => name === 'PlanShards')?.from ?? NaN;
  const seconds = { settling: stages.seconds('SettleShards'), sending: (seen.lastSend - planned) / 1000 };
  return againstLimits(bench, month, seconds);
}

/** Holds what a month took, in seconds, against the limits of its items. */
export async function againstLimits(
  { runtime, clients }: BenchRuntime,
  month: Month,
  { settling, sending }: { readonly settling: number; readonly sending: number },
): Promise<Pass> {
  const bucketCount = Number(runtime.resource('BucketCount'));
  const invoices = await readAll(clients.dynamo, runtime.resource('InvoicesTable'), month, bucketCount);
  const notices = await readAll(clients.dynamo, runtime.resource('NoticesTable'), month, bucketCount);
  const limits = {
    puts: await barePuts(clients.dynamo, spread(invoices), `bare-puts-${month}`),
    notices: await bareNotices(clients.dynamo, sqsOf(runtime), spread(notices), `bare-notices-${month}`),
  };
  return {
    settlement: { measured: invoices.length / settling, limit: limits.puts },
    dispatch: { measured: notices.length / sending, limit: limits.notices },
    invoices: invoices.length,
    notices: notices.length,
    sizes: sizesOf(invoices),
  };
}

function spread<T>(items: readonly T[]): T[] {
  const step = Math.ceil(items.length / MOST_BARE_ITEMS);
  return items.filter((_, index) => index % step === 0);
}

/** The figure whose ratio is the middle one; of an even number the greater of the two. Throws for one that was not measured. */
export function middleOf(figures: readonly Figure[]): Figure {
  const ratios = figures.map((figure) => ({ figure, ratio: figure.measured / figure.limit }));
  if (!ratios.every(({ ratio }) => Number.isFinite(ratio))) throw new Error('a month was not measured to its end');
  const middle = ratios.toSorted((a, b) => a.ratio - b.ratio)[Math.floor(ratios.length / 2)];
  if (!middle) throw new Error('no month was measured');
  return middle.figure;
}

async function readAll(dynamo: DynamoDBClient, table: string, month: Month, bucketCount: number): Promise<Item[]> {
  const items: Item[] = [];
  for (let bucket = 0; bucket < bucketCount; bucket++) {
    let start: Item | undefined;
    do {
      const page = await dynamo.send(
        new QueryCommand({
          TableName: table,
          KeyConditionExpression: 'pk = :pk',
          ExpressionAttributeValues: { ':pk': { S: `${month}#${bucket}` } },
          Limit: 500,
          ...(start ? { ExclusiveStartKey: start } : {}),
        }),
      );
      items.push(...(page.Items ?? []));
      start = page.LastEvaluatedKey;
    } while (start);
  }
  return items;
}

function sqsOf(runtime: Runtime): SQSClient {
  const env = runtime.env('bench');
  return new SQSClient({
    endpoint: String(env['AWS_ENDPOINT_URL_SQS']),
    region: String(env['AWS_REGION']),
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    useQueueUrlAsEndpoint: false,
  });
}
