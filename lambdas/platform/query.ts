import { QueryCommand, type DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';

/** One partition of a table, or the part of it whose sort keys begin with a prefix. */
export interface PartitionQuery {
  readonly table: string;
  readonly pk: string;
  readonly skPrefix?: string;
  /** Only sort keys after this one: a cursor. */
  readonly afterSk?: string;
  readonly consistent?: boolean;
  /** The attributes that are wanted; all of them by default. They cost the same units, but fewer bytes. */
  readonly attributes?: readonly string[];
  /** Items a page; 500 by default, as an unlimited Query is quadratic in one emulator we run on. */
  readonly limit?: number;
}

/** The partition's items, unmarshalled, page by page. */
export async function* queryPartition(
  dynamo: DynamoDBClient,
  query: PartitionQuery,
): AsyncGenerator<Record<string, unknown>[]> {
  let start = query.afterSk === undefined ? undefined : { pk: { S: query.pk }, sk: { S: query.afterSk } };
  do {
    const page = await dynamo.send(
      new QueryCommand({
        TableName: query.table,
        KeyConditionExpression: query.skPrefix === undefined ? 'pk = :pk' : 'pk = :pk AND begins_with(sk, :prefix)',
        ExpressionAttributeValues: {
          ':pk': { S: query.pk },
          ...(query.skPrefix === undefined ? {} : { ':prefix': { S: query.skPrefix } }),
        },
        ConsistentRead: query.consistent ?? true,
        Limit: query.limit ?? 500,
        ...(query.attributes ? projection(query.attributes) : {}),
        ...(start ? { ExclusiveStartKey: start } : {}),
      }),
    );
    if (page.Items && page.Items.length > 0) yield page.Items.map((item) => unmarshall(item));
    start = page.LastEvaluatedKey as typeof start;
  } while (start);
}

/** By placeholders, as an attribute may be called like a word that DynamoDB has reserved. */
const projection = (attributes: readonly string[]) => ({
  ProjectionExpression: attributes.map((_, index) => `#${index}`).join(', '),
  ExpressionAttributeNames: Object.fromEntries(attributes.map((name, index) => [`#${index}`, name])),
});

/** All items of a partition at once, for partitions that are known to be small (one bucket, one run). */
export async function readPartition(dynamo: DynamoDBClient, query: PartitionQuery): Promise<Record<string, unknown>[]> {
  const items: Record<string, unknown>[] = [];
  for await (const page of queryPartition(dynamo, query)) items.push(...page);
  return items;
}
