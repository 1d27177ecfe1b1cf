/** The audit table: what people did, append only. Ids and reasons, nothing personal of a customer. */
import { randomUUID } from 'node:crypto';
import { userInfo } from 'node:os';
import { PutItemCommand, type DynamoDBClient, type Put } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { z } from 'zod';
import { dateOfDay, dayNumber, type Instant, type LocalDate } from '../../lambdas/kernel/dates.ts';
import { atMost } from '../../lambdas/platform/concurrency.ts';
import { decode } from '../../lambdas/platform/decode.ts';
import { readPartition } from '../../lambdas/platform/query.ts';

export interface AuditEntry {
  readonly at: Instant;
  /** The command, such as `policy activate`. */
  readonly command: string;
  /** What it was done to, by its id. */
  readonly target: string;
  readonly reason: string;
  readonly outcome: string;
}

/** An entry as it is stored: with who did it. */
export interface AuditRecord extends AuditEntry {
  readonly actor: string;
}

/** Who does what is done here: the user of this machine. */
export const actor = (): string => userInfo().username;

/** The put that appends an entry, for a transaction with what it tells of; who did it is the user of this machine. */
export const auditPut = (table: string, entry: AuditEntry): Put => ({
  TableName: table,
  Item: marshall({ pk: entry.at.slice(0, 10), sk: `${entry.at}#${randomUUID()}`, actor: actor(), ...entry }),
  ConditionExpression: 'attribute_not_exists(pk)',
});

const BEGUN = 'begun: ';

/** What appends entries of now. */
export const auditOf =
  (dynamo: DynamoDBClient, table: string, now: () => Instant) =>
  (entry: Omit<AuditEntry, 'at'>): Promise<void> =>
    appendAudit(dynamo, table, { at: now(), ...entry });

/** Appends an entry. */
export async function appendAudit(dynamo: DynamoDBClient, table: string, entry: AuditEntry): Promise<void> {
  await dynamo.send(new PutItemCommand(auditPut(table, entry)));
}

/**
 * Makes a change between two entries: what is about to be done, and what came of it. Cut off anywhere, no change is without
 * one. `told` says what came of it, where it is not what was meant; a change that throws has the first entry alone.
 */
export async function audited<T>(
  append: (entry: Omit<AuditEntry, 'at'>) => Promise<void>,
  entry: Omit<AuditEntry, 'at'>,
  change: () => Promise<T>,
  told: (result: T) => Partial<Pick<AuditEntry, 'target' | 'outcome'>>,
): Promise<T> {
  await append({ ...entry, outcome: `${BEGUN}${entry.outcome}` });
  const result = await change();
  await append({ ...entry, ...told(result) });
  return result;
}

/** The entries without the beginnings whose end stands there, too; what was cut off has its beginning alone. In time order. */
export const withoutBegun = <T extends Pick<AuditRecord, 'command' | 'reason' | 'outcome' | 'actor'>>(
  entries: readonly T[],
): T[] =>
  entries.filter(({ command, reason, outcome, actor: by }, index) => {
    const isEnd = (later: T): boolean => later.command === command && later.reason === reason && later.actor === by;
    return !outcome.startsWith(BEGUN) || !entries.slice(index + 1).some(isEnd);
  });

const recordSchema = z.object({
  at: z.iso.datetime().transform((text) => text as Instant),
  command: z.string(),
  target: z.string(),
  reason: z.string(),
  outcome: z.string(),
  actor: z.string(),
});

/** A partition holds a day. */
const DAYS_AT_ONCE = 10;

/** The wanted entries from a day on, the oldest first. A log of days is small: it is read whole. */
export async function readAudit(
  dynamo: DynamoDBClient,
  table: string,
  [from, now]: readonly [LocalDate, Instant],
  isWanted: (entry: AuditRecord) => boolean,
): Promise<AuditRecord[]> {
  const first = dayNumber(from);
  const last = dayNumber(now.slice(0, 10) as LocalDate);
  const days = Array.from({ length: Math.max(0, last - first + 1) }, (_, index) => dateOfDay(first + index));
  const items = await atMost(DAYS_AT_ONCE, days, (pk) => readPartition(dynamo, { table, pk }));
  return items
    .flat()
    .map((item) => decode(recordSchema, item, 'the audit log'))
    .filter(isWanted);
}
