/** The life of a dispatch policy (dispatch rules §1): a draft is written, activated once, and never changes after that. */
import { GetItemCommand, PutItemCommand, UpdateItemCommand, type DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import { z } from 'zod';
import { policySortKey } from '../../lambdas/dispatch/adapters/policy-store.ts';
import { inForceAt, type VersionLife } from '../../lambdas/dispatch/domain/policy-in-force.ts';
import type { Instant } from '../../lambdas/kernel/dates.ts';
import { unlessRefused } from '../../lambdas/platform/conditional-write.ts';
import { decode } from '../../lambdas/platform/decode.ts';
import { readPartition } from '../../lambdas/platform/query.ts';

const POLICIES = 'POLICY';

const storedSchema = z.object({
  sk: z.string(),
  status: z.enum(['DRAFT', 'ACTIVE', 'RETIRED']),
  effectiveFrom: z.iso.datetime().transform((text) => text as Instant),
  policy: z.string(),
});

/** A version as people see it. `RETIRED`: another activated version has taken its place. */
export interface PolicyVersion {
  readonly version: number;
  readonly status: 'DRAFT' | 'ACTIVE' | 'RETIRED';
  readonly effectiveFrom: Instant;
  readonly inForce: boolean;
  /** As it was written: parts left out take their defaults. */
  readonly policy: unknown;
}

/** All versions, the oldest first. */
export async function listPolicies(dynamo: DynamoDBClient, table: string, now: Instant): Promise<PolicyVersion[]> {
  const versions = (await readPartition(dynamo, { table, pk: POLICIES })).map((item) => {
    const { sk, ...stored } = decode(storedSchema, item, `the stored policy ${String(item['sk'])}`);
    return { version: Number(sk), ...stored };
  });
  const current = inForceAt(versions, now);
  const isReplaced = (each: VersionLife): boolean =>
    each.status !== 'DRAFT' && each !== current && Date.parse(each.effectiveFrom) <= Date.parse(now);
  return versions.map((each) => ({
    version: each.version,
    status: isReplaced(each) ? 'RETIRED' : each.status,
    effectiveFrom: each.effectiveFrom,
    inForce: each === current,
    policy: JSON.parse(each.policy) as unknown,
  }));
}

/** Writes a draft under the next free version; answers with that version. */
export async function putDraft(
  dynamo: DynamoDBClient,
  table: string,
  policy: unknown,
  effectiveFrom: Instant,
): Promise<number> {
  const versions = (await readPartition(dynamo, { table, pk: POLICIES })).map(({ sk }) => Number(sk));
  for (let version = Math.max(0, ...versions) + 1; ; version++) {
    const item = { pk: POLICIES, sk: policySortKey(version), status: 'DRAFT', effectiveFrom };
    const written = await unlessRefused(
      dynamo.send(
        new PutItemCommand({
          TableName: table,
          Item: marshall({ ...item, policy: JSON.stringify(policy) }),
          ConditionExpression: 'attribute_not_exists(pk)',
        }),
      ),
    );
    if (written) return version;
  }
}

/** What became of an activation. `from` is when the version takes effect. */
export type Activation =
  | { readonly outcome: 'activated'; readonly from: Instant }
  | { readonly outcome: 'not-a-draft'; readonly status: string }
  | { readonly outcome: 'unknown-version' };

/** Activates a draft: of two that try at once one wins. It never takes effect in the past. */
export async function activatePolicy(
  dynamo: DynamoDBClient,
  table: string,
  draft: Pick<PolicyVersion, 'version' | 'effectiveFrom'>,
  now: Instant,
): Promise<Activation> {
  const Key = marshall({ pk: POLICIES, sk: policySortKey(draft.version) });
  const from = Date.parse(draft.effectiveFrom) > Date.parse(now) ? draft.effectiveFrom : now;
  const written = await unlessRefused(
    dynamo.send(
      new UpdateItemCommand({
        TableName: table,
        Key,
        UpdateExpression: 'SET #status = :active, effectiveFrom = :from, activatedAt = :now',
        ConditionExpression: '#status = :draft',
        ExpressionAttributeNames: { '#status': 'status' },
        ExpressionAttributeValues: marshall({ ':active': 'ACTIVE', ':draft': 'DRAFT', ':from': from, ':now': now }),
      }),
    ),
  );
  if (written) return { outcome: 'activated', from };
  const { Item } = await dynamo.send(new GetItemCommand({ TableName: table, Key, ConsistentRead: true }));
  if (!Item) return { outcome: 'unknown-version' };
  return { outcome: 'not-a-draft', status: String(unmarshall(Item)['status']) };
}
