import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { Month } from '../../kernel/dates.ts';
import { executeStatements, insertStatement } from '../../platform/batch-statements.ts';
import { queryPartition } from '../../platform/query.ts';
import type { Reason } from '../domain/rejection.ts';

/** A rejection to be written, under the key of its account. */
export interface RejectionRecord {
  readonly accountId: string;
  readonly reasons: readonly Reason[];
  readonly runId: string;
}

export interface RejectionStore {
  /** The rejections of a bucket: account id to reasons. */
  readBucket: (month: Month, bucket: number) => Promise<Map<string, readonly string[]>>;
  /**
   * Writes rejections: an insert, so that a first run pays one request for 25 of them; one that is there already is
   * updated, as the last attempt that looked at an account says why. Needs PartiQLInsert and PartiQLUpdate.
   */
  put: (month: Month, bucket: number, rejections: readonly RejectionRecord[]) => Promise<void>;
}

/** The rejections table. A rejection is resolved by an invoice of its account; it is never deleted. */
export const rejectionStore = (dynamo: DynamoDBClient, table: string): RejectionStore => ({
  async readBucket(month, bucket) {
    const found = new Map<string, readonly string[]>();
    for await (const page of queryPartition(dynamo, { table, pk: `${month}#${bucket}` }))
      for (const { sk, reasons } of page) found.set(String(sk), Array.isArray(reasons) ? reasons.map(String) : []);
    return found;
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
          Statement: `UPDATE "${table}" SET reasons=?, runId=? WHERE pk=? AND sk=?`,
          Parameters: [reasonsOf(rejection), { S: rejection.runId }, pk, { S: rejection.accountId }],
        })),
    );
  },
});
