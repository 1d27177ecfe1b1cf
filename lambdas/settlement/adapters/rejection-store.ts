import { UpdateItemCommand, type DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { Month } from '../../kernel/dates.ts';
import { executeStatements, insertStatement } from '../../platform/batch-statements.ts';
import { unlessRefused } from '../../platform/conditional-write.ts';
import { queryPartition } from '../../platform/query.ts';
import type { Reason } from '../domain/rejection.ts';

/** A rejection to be written, under the key of its account. */
export interface RejectionRecord {
  readonly accountId: string;
  readonly reasons: readonly Reason[];
  readonly runId: string;
}

/** A rejection as it is stored. */
export interface StoredRejection {
  readonly reasons: readonly string[];
  /** Why a person leaves it out of retries; null when nobody does. It counts all the same. */
  readonly ignoredFor: string | null;
}

export interface RejectionStore {
  /** The rejections of a bucket, by account. */
  readBucket: (month: Month, bucket: number) => Promise<Map<string, StoredRejection>>;
  /**
   * Writes rejections: an insert, so that a first run pays one request for 25 of them; one that is there already is
   * updated, as the last run that looked at an account says why: a late worker of an earlier one says nothing. Needs
   * PartiQLInsert and PartiQLUpdate.
   */
  put: (month: Month, bucket: number, rejections: readonly RejectionRecord[]) => Promise<void>;
  /** Marks a rejection as left out of retries, and why; false when there is none. People do this, no function. */
  ignore: (month: Month, bucket: number, accountId: string, reason: string) => Promise<boolean>;
}

/** The rejections table. A rejection is resolved by an invoice of its account; it is never deleted. */
export const rejectionStore = (dynamo: DynamoDBClient, table: string): RejectionStore => ({
  async readBucket(month, bucket) {
    const found = new Map<string, StoredRejection>();
    for await (const page of queryPartition(dynamo, { table, pk: `${month}#${bucket}` }))
      for (const { sk, reasons, ignoredFor } of page)
        found.set(String(sk), {
          reasons: Array.isArray(reasons) ? reasons.map(String) : [],
          ignoredFor: typeof ignoredFor === 'string' ? ignoredFor : null,
        });
    return found;
  },
  async ignore(month, bucket, accountId, reason) {
    const ignored = await unlessRefused(
      dynamo.send(
        new UpdateItemCommand({
          TableName: table,
          Key: { pk: { S: `${month}#${bucket}` }, sk: { S: accountId } },
          UpdateExpression: 'SET ignoredFor = :reason',
          ConditionExpression: 'attribute_exists(pk)',
          ExpressionAttributeValues: { ':reason': { S: reason } },
        }),
      ),
    );
    return ignored !== null;
  },
  async put(month, bucket, rejections) {
    const pk = { S: `${month}#${bucket}` };
    const reasonsOf = ({ reasons }: RejectionRecord) => ({ L: reasons.map((reason) => ({ S: reason })) });
    const answers = await executeStatements(
      dynamo,
      rejections.map((rejection) =>
        insertStatement(table, {
          pk,
          sk: { S: rejection.accountId },
          reasons: reasonsOf(rejection),
          runId: { S: rejection.runId },
        }),
      ),
    );
    await executeStatements(
      dynamo,
      rejections
        .filter((_, index) => answers[index]?.ok === false)
        .map((rejection) => ({
          Statement: `UPDATE "${table}" SET reasons=?, runId=? WHERE pk=? AND sk=? AND runId<=?`,
          Parameters: [
            reasonsOf(rejection),
            { S: rejection.runId },
            pk,
            { S: rejection.accountId },
            { S: rejection.runId },
          ],
        })),
    );
  },
});
