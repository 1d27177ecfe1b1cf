/**
 * Called by: the state VerifyPlan, once for each shard of an approved run, before anything is released.
 * Guarantees: the issued invoices of the run and the notices that name the run are the same sets, with the same amounts:
 * a notice's came from the invoice's body, and is held against the amount beside it.
 * Fails when: they are not (PlanIncomplete): nothing of the month is released until a person has looked.
 */
import { bucketsOfShard } from '../../kernel/buckets.ts';
import { isResend, noticeIdOf, originalOf } from '../../kernel/ids.ts';
import { clients } from '../../platform/clients.ts';
import { readAhead } from '../../platform/concurrency.ts';
import { decode } from '../../platform/decode.ts';
import { entryPoint, type Invocation } from '../../platform/entry.ts';
import { once, readEnv } from '../../platform/env.ts';
import { issuedInvoices, type IssuedInvoices } from '../adapters/issued-invoices.ts';
import { noticeLedger, type NoticeLedger } from '../adapters/notice-ledger.ts';
import { planDifferences, type BilledNotice } from '../domain/plan-differences.ts';
import { verifyPlanEnv } from '../env.ts';
import { approvedShard } from '../payloads.ts';
import type { RunToPlan } from '../plan-bucket.ts';

/** Invoices and notices of a run are not the same sets; the message names the first differences. */
export class PlanIncomplete extends Error {
  override readonly name = 'PlanIncomplete';
}

export interface VerifyPlanDeps {
  readonly invoices: Pick<IssuedInvoices, 'readBilled'>;
  readonly ledger: Pick<NoticeLedger, 'outlines'>;
}

const SHOWN = 20;

interface Sides {
  readonly expected: ReadonlyMap<string, BilledNotice>;
  readonly found: ReadonlyMap<string, BilledNotice>;
}

/** Compares bucket by bucket, and reads the next one meanwhile: memory holds two. */
export async function verifyPlan(deps: VerifyPlanDeps, event: unknown, { log }: Pick<Invocation, 'log'>) {
  const run = decode(approvedShard, event, 'the shard to verify');
  const differences: string[] = [];
  let notices = 0;
  const buckets = bucketsOfShard(run.shard, run.shardCount, run.bucketCount);
  for await (const [, { expected, found }] of readAhead(buckets, (bucket) => readSides(deps, run, bucket))) {
    notices += found.size;
    differences.push(...planDifferences(expected, found));
  }
  if (differences.length > 0) {
    const more = differences.length > SHOWN ? `; and ${differences.length - SHOWN} more` : '';
    throw new PlanIncomplete(
      `shard ${run.shard} of run ${run.runId}: ${differences.slice(0, SHOWN).join('; ')}${more}`,
    );
  }
  log.info('PLAN_VERIFIED', { runId: run.runId, shard: run.shard, notices });
  return { shard: run.shard, notices };
}

/** What the run billed in a bucket, and what its notices say, by notice id. */
async function readSides(
  { invoices, ledger }: VerifyPlanDeps,
  { month, runId }: Pick<RunToPlan, 'month' | 'runId'>,
  bucket: number,
): Promise<Sides> {
  const billed = await invoices.readBilled(month, bucket, runId);
  const expected = new Map(billed.map((each) => [noticeIdOf(month, each.accountId, each.version), each]));
  const found = new Map<string, BilledNotice>();
  for await (const page of ledger.outlines(month, bucket))
    for (const notice of page) {
      // A person may have had a notice sent once more, before this execution was redriven.
      if (isResend(notice.noticeId) && expected.has(originalOf(notice.noticeId))) continue;
      if (notice.runId === runId) found.set(notice.noticeId, notice);
    }
  return { expected, found };
}

const deps = once((): VerifyPlanDeps => {
  const env = readEnv(verifyPlanEnv);
  const dynamo = clients.dynamo();
  return {
    invoices: issuedInvoices(dynamo, env.INVOICES_TABLE),
    ledger: noticeLedger(dynamo, env.NOTICES_TABLE),
  };
});

export const handler = entryPoint('verify-plan', (event, invocation) => verifyPlan(deps(), event, invocation));
