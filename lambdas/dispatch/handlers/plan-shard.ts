/**
 * Called by: the state PlanShards, once for each shard of an approved run.
 * Guarantees: afterwards every invoice of the shard that carries the run's id has its one notice, and every notice that
 * waits has a due marker; a later version of an invoice is held where a person holds the account. Doing it again writes nothing twice and sends nothing.
 * Fails when: a table does not answer (retried), or an issued invoice has no account in its import.
 */
import { bucketsOfShard } from '../../kernel/buckets.ts';
import { clients } from '../../platform/clients.ts';
import { readAhead } from '../../platform/concurrency.ts';
import { decode } from '../../platform/decode.ts';
import { entryPoint, type Invocation } from '../../platform/entry.ts';
import { once, readEnv } from '../../platform/env.ts';
import { channelMemory } from '../adapters/channel-memory.ts';
import { dueMarkers } from '../adapters/due-markers.ts';
import { issuedInvoices } from '../adapters/issued-invoices.ts';
import { monthOrders, type MonthOrders } from '../adapters/month-orders.ts';
import { monthShards, type MonthShards } from '../adapters/month-shards.ts';
import { noticeLedger } from '../adapters/notice-ledger.ts';
import { policyStore, type PolicyStore } from '../adapters/policy-store.ts';
import { recipients } from '../adapters/recipients.ts';
import { smsBudgets, type SmsBudgets } from '../adapters/sms-budgets.ts';
import { planShardEnv } from '../env.ts';
import { markNotices } from '../mark-notices.ts';
import { approvedShard } from '../payloads.ts';
import { noPlans, planBucket, readBucketToPlan, type PlanBucketDeps } from '../plan-bucket.ts';

export interface PlanShardDeps extends PlanBucketDeps {
  readonly policies: PolicyStore;
  readonly shards: MonthShards;
  readonly orders: Pick<MonthOrders, 'beginPlan'>;
  readonly budgets: Pick<SmsBudgets, 'countShard'>;
}

/** Plans the buckets of a shard, one after the other, and reads the next while one is written: memory holds two. */
export async function planShard(
  deps: PlanShardDeps,
  event: unknown,
  { log, clock, count }: Pick<Invocation, 'log' | 'clock' | 'count'>,
) {
  const run = decode(approvedShard, event, 'the shard to plan');
  const now = clock.now();
  const pinned = await deps.policies.inForce(now);
  await deps.shards.pin(run.month, run);
  const { reservedAt } = await deps.orders.beginPlan(run.month);
  const terms = { pinned, reservedAt, now };
  const counts = noPlans();
  const buckets = bucketsOfShard(run.shard, run.shardCount, run.bucketCount);
  for await (const [bucket, read] of readAhead(buckets, (each) => readBucketToPlan(deps, run, each)))
    if (read) await planBucket(deps, run, bucket, read, terms, counts);
  // The run's SMS budget is a share of its notices.
  await deps.budgets.countShard(run.runId, run.shard, counts.notices);
  log.info('SHARD_PLANNED', { runId: run.runId, shard: run.shard, policyVersion: pinned.version, ...counts });
  count('NoticesPlanned', counts.planned);
  count('DuplicateNotices', counts.alreadyThere);
  count('NoticesSkipped', counts.skipped);
  count('NoticesUndeliverable', counts.undeliverable);
  count('NoticesMovedByDueDate', counts.movedByDueDate);
  count('NoticesLate', counts.late);
  return { shard: run.shard, ...counts };
}

const deps = once((): PlanShardDeps => {
  const env = readEnv(planShardEnv);
  const dynamo = clients.dynamo();
  const shards = monthShards(dynamo, env.CONTROL_TABLE);
  return {
    invoices: issuedInvoices(dynamo, env.INVOICES_TABLE),
    recipients: recipients(dynamo, env.ACCOUNTS_TABLE),
    memory: channelMemory(dynamo, env.CONTROL_TABLE),
    ledger: noticeLedger(dynamo, env.NOTICES_TABLE),
    policies: policyStore(dynamo, env.CONTROL_TABLE),
    shards,
    orders: monthOrders(dynamo, env.CONTROL_TABLE),
    mark: markNotices(shards, dueMarkers(dynamo, env.CONTROL_TABLE)),
    budgets: smsBudgets(dynamo, env.CONTROL_TABLE),
  };
});

export const handler = entryPoint('plan-shard', (event, invocation) => planShard(deps(), event, invocation));
