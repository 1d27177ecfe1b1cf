/** The audit table: what people did, append only. Ids and reasons, nothing personal of a customer. */
import { randomUUID } from 'node:crypto';
import { userInfo } from 'node:os';
import { PutItemCommand, type DynamoDBClient, type Put } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import type { Instant } from '../../lambdas/kernel/dates.ts';

export interface AuditEntry {
  readonly at: Instant;
  /** The command, such as `policy activate`. */
  readonly command: string;
  /** What it was done to, by its id. */
  readonly target: string;
  readonly reason: string;
  readonly outcome: string;
}

/** Who does what is done here: the user of this machine. */
export const actor = (): string => userInfo().username;

/** The put that appends an entry, for a transaction with what it tells of; who did it is the user of this machine. */
export const auditPut = (table: string, entry: AuditEntry): Put => ({
  TableName: table,
  Item: marshall({ pk: entry.at.slice(0, 10), sk: `${entry.at}#${randomUUID()}`, actor: actor(), ...entry }),
  ConditionExpression: 'attribute_not_exists(pk)',
});

/** Appends an entry. */
export async function appendAudit(dynamo: DynamoDBClient, table: string, entry: AuditEntry): Promise<void> {
  await dynamo.send(new PutItemCommand(auditPut(table, entry)));
}
