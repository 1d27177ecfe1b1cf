/**
 * The runs table: the deployment's bucket count, imports, runs, their scopes, attempts, tallies, proofs and
 * conflicts. A CONFLICT# item is the last thing that was seen of an account; which conflicts a run has, its proofs say.
 */
import {
  GetItemCommand,
  PutItemCommand,
  TransactionCanceledException,
  TransactWriteItemsCommand,
  type DynamoDBClient,
} from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import type { Instant, Month } from '../../kernel/dates.ts';
import { unlessRefused } from '../../platform/conditional-write.ts';
import { decode } from '../../platform/decode.ts';
import { readPartition } from '../../platform/query.ts';
import { runNumberOf, type ImportRecord, type RunRecord, type ShardProof, type ShardTally } from '../domain/run.ts';
import { sha256 } from '../../platform/digest.ts';
import { runDecisions, type RunDecisions } from './run-decisions.ts';
import * as items from './run-items.ts';

/** A stored invoice that differs from what the input comes to. Hashes in hex. */
export interface Conflict {
  readonly accountId: string;
  readonly bucket: number;
  readonly storedHash: string;
  readonly storedAmountDue: number;
  /** What it comes to now; null when it would be rejected now. */
  readonly computedHash: string | null;
  readonly computedAmountDue: number | null;
}

export interface RunStore extends RunDecisions {
  /** The bucket count that the deployment's data was written with; null before the first import. */
  deploymentBuckets: () => Promise<number | null>;
  /** The id of the import in force for a month. */
  importInForce: (month: Month) => Promise<string | null>;
  /** A closed import; null when there is none, or it is not closed. */
  readImport: (importId: string) => Promise<ImportRecord | null>;
  readRun: (month: Month, runNumber: number) => Promise<RunRecord | null>;
  /** All runs of a month, by their numbers. */
  readRuns: (month: Month) => Promise<RunRecord[]>;
  /**
   * Pins a run, unless it is pinned already: answers with the one that holds. null when another import came into force
   * than the one it pins: one transaction puts the run and notes it on the month's pointer, so an import that is being
   * closed sees it, or is seen (ADR 0023).
   */
  openRun: (run: RunRecord) => Promise<RunRecord | null>;
  /** Writes down which accounts of a bucket a retry settles: part of what it has pinned. */
  putScope: (runId: string, bucket: number, accounts: readonly string[]) => Promise<void>;
  /** The accounts of a bucket that a retry settles; none when it has none there. */
  readScope: (runId: string, bucket: number) => Promise<readonly string[]>;
  /** Notes an execution of a run. */
  noteAttempt: (runId: string, executionId: string, at: Instant) => Promise<void>;
  putTally: (runId: string, shard: number, tally: ShardTally) => Promise<void>;
  readTally: (runId: string, shard: number) => Promise<ShardTally | null>;
  putConflicts: (runId: string, conflicts: readonly Conflict[]) => Promise<void>;
  putProof: (runId: string, proof: ShardProof) => Promise<void>;
  readProofs: (runId: string) => Promise<ShardProof[]>;
  readConflicts: (runId: string) => Promise<Conflict[]>;
  /** Keeps the task token of an execution that waits. */
  putToken: (runId: string, token: string, executionId: string, at: Instant) => Promise<void>;
  /** The tokens of all executions that have ever waited for the run's decision. */
  readTokens: (runId: string) => Promise<string[]>;
}

export function runStore(dynamo: DynamoDBClient, table: string): RunStore {
  const get = async (key: { pk: string; sk: string }): Promise<Record<string, unknown> | null> => {
    const { Item } = await dynamo.send(
      new GetItemCommand({ TableName: table, Key: marshall(key), ConsistentRead: true }),
    );
    return Item ? unmarshall(Item) : null;
  };
  const put = (item: Record<string, unknown>): Promise<unknown> =>
    dynamo.send(new PutItemCommand({ TableName: table, Item: marshall(item, { removeUndefinedValues: true }) }));
  /** Puts an item if its key is free. */
  const putAbsent = async (item: Record<string, unknown>): Promise<void> => {
    const ConditionExpression = 'attribute_not_exists(pk)';
    await unlessRefused(
      dynamo.send(new PutItemCommand({ TableName: table, Item: marshall(item), ConditionExpression })),
    );
  };

  const store: RunStore = {
    ...runDecisions(dynamo, table, (month, runNumber) => store.readRun(month, runNumber)),
    async deploymentBuckets() {
      const item = await get({ pk: 'DEPLOYMENT', sk: 'BUCKETS' });
      return item && decode(items.deploymentItem, item, 'the deployment record').bucketCount;
    },
    async importInForce(month) {
      const item = await get({ pk: `MONTH#${month}`, sk: 'IMPORT' });
      return item && decode(items.pointerItem, item, `the import pointer of ${month}`).importId;
    },
    async readImport(importId) {
      const item = await get({ pk: `IMPORT#${importId}`, sk: 'IMPORT' });
      if (item?.['status'] !== 'CLOSED') return null;
      return { ...decode(items.importItem, item, `the record of import ${importId}`), importId };
    },
    async readRun(month, runNumber) {
      const item = await get(items.runKey(month, runNumber));
      return item && items.runOf(item, month, `${runNumber} of ${month}`);
    },
    async readRuns(month) {
      const found = await readPartition(dynamo, { table, pk: `MONTH#${month}`, skPrefix: 'RUN#' });
      return found.map((item) => items.runOf(item, month, `${String(item['sk'])} of ${month}`));
    },
    async openRun(run) {
      const { runId, month, importId } = run;
      const item = marshall({ ...items.runKey(month, runNumberOf(runId)), ...run }, { removeUndefinedValues: true });
      const note = {
        TableName: table,
        Key: marshall({ pk: `MONTH#${month}`, sk: 'IMPORT' }),
        UpdateExpression: 'SET lastRun = :runId',
        ConditionExpression: 'importId = :importId',
        ExpressionAttributeValues: marshall({ ':runId': runId, ':importId': importId }),
      };
      const put = { TableName: table, Item: item, ConditionExpression: 'attribute_not_exists(pk)' };
      try {
        await dynamo.send(new TransactWriteItemsCommand({ TransactItems: [{ Update: note }, { Put: put }] }));
        return run;
      } catch (error) {
        if (!(error instanceof TransactionCanceledException)) throw error;
        const there = await store.readRun(month, runNumberOf(runId));
        if (there) return there;
        if ((await store.importInForce(month)) !== importId) return null;
        throw error; // in the way of another transaction: worth another try
      }
    },
    async putScope(runId, bucket, accounts) {
      await put({ pk: `RUN#${runId}`, sk: `SCOPE#${items.digits(bucket)}`, accounts });
    },
    async readScope(runId, bucket) {
      const item = await get({ pk: `RUN#${runId}`, sk: `SCOPE#${items.digits(bucket)}` });
      return item ? decode(items.scopeItem, item, `the scope of run ${runId} in bucket ${bucket}`).accounts : [];
    },
    async noteAttempt(runId, executionId, at) {
      const name = executionId.split(':').at(-1) ?? executionId;
      await putAbsent({ pk: `RUN#${runId}`, sk: `ATTEMPT#${name}`, executionId, at });
    },
    // Tallies and proofs are recomputed from what is stored by every attempt: the last one that looked is right.
    async putTally(runId, shard, tally) {
      await put({ pk: `RUN#${runId}`, sk: `TALLY#${items.digits(shard)}`, ...tally });
    },
    async readTally(runId, shard) {
      const item = await get({ pk: `RUN#${runId}`, sk: `TALLY#${items.digits(shard)}` });
      return item && decode(items.tallyItem, item, `the tally of shard ${shard}`);
    },
    async putConflicts(runId, conflicts) {
      for (const conflict of conflicts)
        await put({ pk: `RUN#${runId}`, sk: `CONFLICT#${conflict.accountId}`, ...conflict });
    },
    async putProof(runId, proof) {
      await put({ pk: `RUN#${runId}`, sk: `PROOF#${items.digits(proof.shard)}`, ...proof });
    },
    async readProofs(runId) {
      const found = await readPartition(dynamo, { table, pk: `RUN#${runId}`, skPrefix: 'PROOF#' });
      return found.map((item) => decode(items.proofItem, item, `${String(item['sk'])} of run ${runId}`));
    },
    async readConflicts(runId) {
      const found = await readPartition(dynamo, { table, pk: `RUN#${runId}`, skPrefix: 'CONFLICT#' });
      return found.map((item) => decode(items.conflictItem, item, `${String(item['sk'])} of run ${runId}`));
    },
    async putToken(runId, token, executionId, at) {
      const sk = `TOKEN#${sha256(token).toString('hex').slice(0, 32)}`;
      await putAbsent({ pk: `RUN#${runId}`, sk, token, executionId, at });
    },
    async readTokens(runId) {
      const found = await readPartition(dynamo, { table, pk: `RUN#${runId}`, skPrefix: 'TOKEN#' });
      return found.map((item) => decode(items.tokenItem, item, `${String(item['sk'])} of run ${runId}`).token);
    },
  };
  return store;
}
