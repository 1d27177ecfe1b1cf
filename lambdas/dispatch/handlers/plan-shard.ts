/**
 * Called by: the state PlanShards, once for each shard of an approved run.
 * Guarantees: afterwards every invoice of the shard that carries the run's id has its one notice, and every notice that
 * waits has a due marker; a later version of an invoice is held where a person holds the account. Doing it again writes nothing twice and sends nothing.
 * Fails when: a table does not answer (retried), or an issued invoice has no account in its import.
 */
import type { z } from 'zod';
import { bucketsOfShard } from '../../kernel/buckets.ts';
import { clients } from '../../platform/clients.ts';
import { readAhead } from '../../platform/concurrency.ts';
import { decode } from '../../platform/decode.ts';
import { entryPoint, type Invocation } from '../../platform/entry.ts';
import { once, readEnv } from '../../platform/env.ts';
import { channelMemory, type ChannelMemory } from '../adapters/channel-memory.ts';
import { dueMarkers } from '../adapters/due-markers.ts';
import { issuedInvoices, type IssuedInvoices } from '../adapters/issued-invoices.ts';
import { monthOrders, type MonthOrders } from '../adapters/month-orders.ts';
import { monthShards, type MonthShards } from '../adapters/month-shards.ts';
import { noticeLedger, type NoticeLedger } from '../adapters/notice-ledger.ts';
import { policyStore, type PolicyStore } from '../adapters/policy-store.ts';
import { recipients, type Recipients } from '../adapters/recipients.ts';
import { smsBudgets, type SmsBudgets } from '../adapters/sms-budgets.ts';
import type { Notice } from '../domain/ledger.ts';
import { planNotice } from '../domain/plan-notice.ts';
import { planShardEnv } from '../env.ts';
import { holdWithOthers } from '../hold-with-others.ts';
import { markNotices, type MarkNotices } from '../mark-notices.ts';
import { approvedShard } from '../payloads.ts';

export interface PlanShardDeps {
  readonly invoices: IssuedInvoices;
  readonly recipients: Recipients;
  readonly memory: Pick<ChannelMemory, 'readBucket'>;
  readonly ledger: NoticeLedger;
  readonly policies: PolicyStore;
  readonly shards: MonthShards;
  readonly orders: Pick<MonthOrders, 'beginPlan'>;
  readonly mark: MarkNotices;
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
  const counts = {
    planned: 0,
    skipped: 0,
    undeliverable: 0,
    alreadyThere: 0,
    movedByDueDate: 0,
    late: 0,
    heldByPerson: 0,
  };
  let notices = 0;
  const buckets = bucketsOfShard(run.shard, run.shardCount, run.bucketCount);
  for await (const [bucket, read] of readAhead(buckets, (each) => readBucket(deps, run, each))) {
    if (!read) continue;
    const { issued, known, failed } = read;
    notices += issued.length;
    const plans = issued.map((invoice) => {
      const recipient = known.get(invoice.invoice.accountId);
      if (!recipient) throw new Error(`account ${invoice.invoice.accountId} is billed, but not in ${run.importId}`);
      return planNotice(invoice, recipient, pinned, now, reservedAt, failed.get(invoice.invoice.accountId));
    });
    const written = await deps.ledger.plan(plans.map(({ notice }) => notice));
    const waiting: Notice[] = [];
    plans.forEach(({ notice, movedByDueDate, late }, index) => {
      if (!written[index]) counts.alreadyThere++;
      else if (notice.state === 'PLANNED') counts.planned++;
      else if (notice.state === 'SKIPPED') counts.skipped++;
      else counts.undeliverable++;
      if (written[index] && movedByDueDate) counts.movedByDueDate++;
      if (written[index] && late) counts.late++;
      if (written[index] && notice.state === 'PLANNED') waiting.push(notice);
    });
    // What is there already may be the work of a planner that died before it put the marker.
    const there = await deps.ledger.read(
      plans.filter((_, index) => !written[index]).map(({ notice }) => ({ version: 1, ...notice })),
    );
    waiting.push(
      ...there.filter((notice) => notice?.state === 'PLANNED' || notice?.state === 'HELD').map((n) => n as Notice),
    );
    const later = issued.filter(({ version }) => version > 1).map(({ invoice }) => invoice.accountId);
    counts.heldByPerson += await holdWithOthers(deps.ledger, run.month, bucket, new Set(later), now);
    await deps.mark(waiting, now);
  }
  // The run's SMS budget is a share of its notices.
  await deps.budgets.countShard(run.runId, run.shard, notices);
  log.info('SHARD_PLANNED', { runId: run.runId, shard: run.shard, policyVersion: pinned.version, ...counts });
  count('NoticesPlanned', counts.planned);
  count('DuplicateNotices', counts.alreadyThere);
  count('NoticesSkipped', counts.skipped);
  count('NoticesUndeliverable', counts.undeliverable);
  count('NoticesMovedByDueDate', counts.movedByDueDate);
  count('NoticesLate', counts.late);
  return { shard: run.shard, ...counts };
}

/** What a bucket's notices are planned from; null when the run has issued nothing there. */
async function readBucket(
  deps: Pick<PlanShardDeps, 'invoices' | 'recipients' | 'memory'>,
  { month, runId, importId }: z.infer<typeof approvedShard>,
  bucket: number,
) {
  const issued = await deps.invoices.readBucket(month, bucket, runId);
  if (issued.length === 0) return null;
  const [known, failed] = await Promise.all([
    deps.recipients.readBucket(importId, bucket),
    deps.memory.readBucket(bucket),
  ]);
  return { issued, known, failed };
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
