/** One month on the local pipeline, timed stage by stage, and the limits it is held against in the same run. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { QueryCommand, type AttributeValue, type DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SQSClient } from '@aws-sdk/client-sqs';
import { addMonths, epochMs, seoulInstant, type LocalDate, type Month } from '../../lambdas/kernel/dates.ts';
import { recordsOf } from '../import/source.ts';
import { NO_FAILURES } from '../local/provider-rates.ts';
import { startRuntime } from '../local/runtime.ts';
import { population } from '../population/population.ts';
import { CATALOG_JSON } from '../population/tariff.ts';
import { localClients } from '../start/local-clients.ts';
import { followMonth, importAll, POLICY } from '../start/run-month.ts';
import { Stages } from '../start/stages.ts';
import { synthesize } from '../start/synthesize.ts';
import { bareNotices, barePuts } from './bare.ts';
import { rowOf, type BenchRow } from './rows.ts';

const MONTH = '2026-01' as Month;
/** Waits of the pipeline (none, when no provider fails) must not show: only work is measured. */
const TIME_SCALE = 100;

/** The policy's rates are not what is measured. */
const AS_FAST_AS_IT_GOES = { ...POLICY, rate: { email: 1_000_000, sms: 1_000_000 } };

/** Runs the month of so many accounts with providers that take no time, then the bare limits on what it wrote. */
export async function benchMonth(
  accounts: number,
  say: (step: string) => void,
  signal: AbortSignal,
): Promise<BenchRow[]> {
  const folder = mkdtempSync(join(tmpdir(), 'tr1l-bench-'));
  try {
    say('synthesize');
    await synthesize(folder, signal);
    const noon = seoulInstant(`${addMonths(MONTH, 1)}-01` as LocalDate, '12:00');
    const runtime = await startRuntime({
      template: folder,
      startAt: noon,
      timeScale: TIME_SCALE,
      seed: 1,
      schedules: false,
      providers: NO_FAILURES,
    });
    try {
      const stages = new Stages();
      stages.follow(runtime);
      let lastSend = 0;
      runtime.events.on('send', () => {
        lastSend = stages.now();
      });
      const clients = localClients(runtime, 'bench');
      say('import');
      const people = () => population({ seed: 1, accounts, month: MONTH });
      const records = {
        accounts: recordsOf(function* () {
          for (const { account } of people()) yield account;
        }),
        usage: recordsOf(function* () {
          for (const { usage } of people()) if (usage) yield usage;
        }),
        catalogs: CATALOG_JSON,
      };
      await importAll({ month: MONTH, records }, runtime, clients, AS_FAST_AS_IT_GOES);
      say('run the month');
      const follow = followMonth(runtime, { month: MONTH }, clients);
      runtime.schedules.fire('settlement', epochMs(noon));
      await follow.ended('settlement');
      await follow.ended('dispatch');
      await follow.quiet();
      const bucketCount = Number(runtime.resource('BucketCount'));
      const invoices = await itemsOf(clients.dynamo, runtime.resource('InvoicesTable'), bucketCount);
      const notices = await itemsOf(clients.dynamo, runtime.resource('NoticesTable'), bucketCount);
      const settled = invoices.length / stages.seconds('SettleShards');
      const planned = stages.spans.find(({ name }) => name === 'PlanShards')?.from ?? 0;
      const sent = notices.length / ((lastSend - planned) / 1000);
      say('bare limits');
      const puts = await barePuts(clients.dynamo, invoices);
      const env = runtime.env('bench');
      const sqs = new SQSClient({
        endpoint: String(env['AWS_ENDPOINT_URL_SQS']),
        region: String(env['AWS_REGION']),
        credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
        useQueueUrlAsEndpoint: false,
      });
      const bare = await bareNotices(clients.dynamo, sqs, notices);
      const units = runtime.gate.counts();
      const writesOf = (name: string): number =>
        units
          .filter(({ functionName }) => functionName.endsWith(name))
          .reduce((sum, { writeUnits }) => sum + writeUnits, 0);
      const ledger = writesOf('plan-shard') + writesOf('send-email') + writesOf('send-sms');
      return [
        rowOf('settlement', settled, puts, 0.5),
        rowOf('dispatch', sent, bare, 0.5),
        {
          name: 'write units an invoice',
          value: writesOf('settle-shard') / invoices.length,
          limit: 1,
          ratio: null,
          goal: 1.3,
        },
        { name: 'write units a notice', value: ledger / notices.length, limit: 3, ratio: null, goal: 3.9 },
      ];
    } finally {
      await runtime.stop();
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function itemsOf(dynamo: DynamoDBClient, table: string, bucketCount: number) {
  const items: Record<string, AttributeValue>[] = [];
  for (let bucket = 0; bucket < bucketCount; bucket++) {
    let start: Record<string, AttributeValue> | undefined;
    do {
      const page = await dynamo.send(
        new QueryCommand({
          TableName: table,
          KeyConditionExpression: 'pk = :pk',
          ExpressionAttributeValues: { ':pk': { S: `${MONTH}#${bucket}` } },
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
