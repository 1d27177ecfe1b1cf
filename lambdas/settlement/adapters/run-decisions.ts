/** What becomes of an open run, by one conditional write on its record: that it waits for a person, and its decision. */
import {
  TransactionCanceledException,
  TransactWriteItemsCommand,
  UpdateItemCommand,
  type DynamoDBClient,
  type Put,
  type Update,
} from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import type { Instant, Month } from '../../kernel/dates.ts';
import { unlessRefused } from '../../platform/conditional-write.ts';
import { runNumberOf, type RunRecord } from '../domain/run.ts';
import type { Tally } from '../domain/tally.ts';
import * as items from './run-items.ts';

export interface Decision {
  readonly status: 'APPROVED' | 'REJECTED';
  readonly at: Instant;
  /** The digest of the proofs that were added up. */
  readonly proofDigest: string;
  readonly totals: Tally;
  /** Who decided, and why; null when the run is approved by itself. */
  readonly person: { readonly by: string; readonly reason: string } | null;
}

export interface RunDecisions {
  /** Notes on an open run that it waits for a person to decide on these proofs. Answers with the run as it stands. */
  noteWaiting: (run: RunRecord, proofDigest: string, since: Instant) => Promise<RunRecord>;
  /**
   * The decision: one write, if the run is open and, for a person's approval, waits on these very proofs. Answers with the
   * run as it stands: decided now or before, or still open, when it waits on other proofs by now. What a person decides is
   * put into the audit log in the same transaction (`audit`): there is no decision without its entry.
   */
  decide: (run: RunRecord, decision: Decision, audit?: Put) => Promise<RunRecord>;
}

export function runDecisions(
  dynamo: DynamoDBClient,
  table: string,
  readRun: (month: Month, runNumber: number) => Promise<RunRecord | null>,
): RunDecisions {
  /** The record as it is now; null when its condition did not hold. */
  const updateAlone = async (update: Update): Promise<Record<string, unknown> | null> => {
    const updated = await unlessRefused(dynamo.send(new UpdateItemCommand({ ...update, ReturnValues: 'ALL_NEW' })));
    return updated?.Attributes ? unmarshall(updated.Attributes) : null;
  };
  /** A transaction answers with nothing (null): the record is to be read, whether it was changed or not. */
  const updateWith = async (update: Update, audit: Put): Promise<null> => {
    try {
      await dynamo.send(new TransactWriteItemsCommand({ TransactItems: [{ Update: update }, { Put: audit }] }));
    } catch (error) {
      // In the way of another transaction, or with an audit table that is not there: nothing is decided, and nobody has.
      if (!(error instanceof TransactionCanceledException)) throw error;
      if (error.CancellationReasons?.[0]?.Code !== 'ConditionalCheckFailed') throw error;
    }
    return null;
  };
  /** Changes a run's record if the run is open and a further condition on `:digest` holds; answers with it as it stands. */
  const updateOpen = async (
    run: RunRecord,
    change: Partial<RunRecord>,
    condition: string | null,
    proofDigest: string,
    audit?: Put,
  ): Promise<RunRecord> => {
    const names = Object.keys(change);
    const update = {
      TableName: table,
      Key: marshall(items.runKey(run.month, runNumberOf(run.runId))),
      UpdateExpression: `SET ${names.map((name) => `#${name} = :${name}`).join(', ')}`,
      ConditionExpression: ['#status = :open AND runId = :runId', ...(condition === null ? [] : [condition])].join(
        ' AND ',
      ),
      ExpressionAttributeNames: {
        '#status': 'status',
        ...Object.fromEntries(names.map((name) => [`#${name}`, name])),
      },
      ExpressionAttributeValues: marshall({
        ':open': 'OPEN',
        ':runId': run.runId,
        ...(condition === null ? {} : { ':digest': proofDigest }),
        ...Object.fromEntries(Object.entries(change).map(([name, value]) => [`:${name}`, value])),
      }),
    };
    const updated = audit ? await updateWith(update, audit) : await updateAlone(update);
    const stands = updated
      ? items.runOf(updated, run.month, run.runId)
      : await readRun(run.month, runNumberOf(run.runId));
    if (stands === null) throw new Error(`run ${run.runId} is gone`);
    return stands;
  };

  return {
    // A run that waits on the same proofs already keeps the instant since when it does.
    noteWaiting: (run, proofDigest, since) =>
      updateOpen(
        run,
        { waits: { since, proofDigest } },
        '(attribute_not_exists(waits.proofDigest) OR waits.proofDigest <> :digest)',
        proofDigest,
      ),
    decide: (run, { status, at, proofDigest, totals, person }, audit) =>
      updateOpen(
        run,
        {
          status,
          waits: null,
          approvedAt: status === 'APPROVED' ? at : null,
          decision: person && { at, ...person },
          proofDigest,
          totals,
        },
        person && status === 'APPROVED' ? 'waits.proofDigest = :digest' : null,
        proofDigest,
        audit,
      ),
  };
}
