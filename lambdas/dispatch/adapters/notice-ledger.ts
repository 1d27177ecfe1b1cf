/** The notices table: the delivery ledger. Every write is one conditional statement; batches carry 25 of them a request. */
import {
  BatchGetItemCommand,
  type AttributeValue,
  type BatchGetItemCommandOutput,
  type DynamoDBClient,
} from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import type { NoticeMessage } from '../../contracts/notice-message.ts';
import type { Instant, Month } from '../../kernel/dates.ts';
import { executeStatements, insertStatement, type Statement } from '../../platform/batch-statements.ts';
import { queryPartition, type PartitionQuery } from '../../platform/query.ts';
import {
  HELD_BY_PERSON,
  isOfItsRow,
  quietLimit,
  TRANSITIONS,
  type Notice,
  type NoticeOutline,
  type Transition,
  type TransitionRow,
} from '../domain/ledger.ts';
import {
  decodeNotice,
  decodeOutline,
  encodeChange,
  encodeNotice,
  noticeKey,
  noticePartition,
  OUTLINE_ATTRIBUTES,
} from './notice-item.ts';

/** A transition to write on one notice. */
export interface LedgerWrite {
  readonly notice: NoticeMessage;
  readonly transition: Transition;
}

/** The whole notice after the write, or null when its condition did not hold. */
export type LedgerOutcome = Notice | null;

export interface NoticeLedger {
  /** Puts notices that are absent; `true` for each that was written by this call. */
  readonly plan: (notices: readonly Notice[]) => Promise<boolean[]>;
  /** Reads notices consistently; null for each that is not there. In the order asked. */
  readonly read: (keys: readonly NoticeMessage[]) => Promise<(Notice | null)[]>;
  /** Writes transitions, each under the condition of its row. In the order given. */
  readonly apply: (writes: readonly LedgerWrite[], now: Instant) => Promise<LedgerOutcome[]>;
  /** Writes transitions likewise, where nobody needs the notice afterwards; false when a condition did not hold. */
  readonly record: (writes: readonly LedgerWrite[], now: Instant) => Promise<boolean[]>;
  /** The notices of a bucket, page by page, after a notice id where one is given. */
  readonly bucket: (month: Month, bucket: number, after?: string) => AsyncGenerator<Notice[]>;
  /** The same, where it is enough to know where each notice stands. */
  readonly outlines: (month: Month, bucket: number, after?: string) => AsyncGenerator<NoticeOutline[]>;
}

/** What of a notice is in its key. */
type NoticeKey = Pick<Notice, 'month' | 'bucket' | 'noticeId'>;

/** BatchGetItem's limit is 100 keys. */
const READ_BATCH = 100;

export function noticeLedger(dynamo: DynamoDBClient, table: string): NoticeLedger {
  const read = async (keys: readonly NoticeKey[]): Promise<(Notice | null)[]> => {
    const found = new Map<string, Notice>();
    const distinct = [...new Map(keys.map((key) => [key.noticeId, key])).values()];
    for (let start = 0; start < distinct.length; start += READ_BATCH) {
      for (const notice of await readBatch(dynamo, table, distinct.slice(start, start + READ_BATCH))) {
        found.set(notice.noticeId, notice);
      }
    }
    return keys.map((key) => found.get(key.noticeId) ?? null);
  };
  const partitionFrom = (month: Month, bucket: number, after: string | undefined): PartitionQuery => ({
    table,
    pk: noticePartition(month, bucket),
    ...(after === undefined ? {} : { afterSk: after }),
  });
  return {
    plan: async (notices) => {
      const inserts = notices.map((notice) => insertStatement(table, encodeNotice(notice)));
      return (await executeStatements(dynamo, inserts)).map(({ ok }) => ok);
    },
    read,
    apply: async (writes, now) => {
      const outcomes = await executeStatements(
        dynamo,
        writes.map((write) => returning(transitionStatement(table, write, now))),
      );
      return outcomes.map((outcome) => (outcome.ok ? decodeNotice(outcome.item) : null));
    },
    record: async (writes, now) => {
      const statements = writes.map((write) => transitionStatement(table, write, now));
      return (await executeStatements(dynamo, statements)).map(({ ok }) => ok);
    },
    bucket: async function* (month, bucket, after) {
      for await (const page of queryPartition(dynamo, partitionFrom(month, bucket, after)))
        yield page.map(decodeNotice);
    },
    outlines: async function* (month, bucket, after) {
      const query = { ...partitionFrom(month, bucket, after), attributes: OUTLINE_ATTRIBUTES };
      for await (const page of queryPartition(dynamo, query)) yield page.map(decodeOutline);
    },
  };
}

async function readBatch(dynamo: DynamoDBClient, table: string, keys: readonly NoticeKey[]): Promise<Notice[]> {
  const notices: Notice[] = [];
  let waiting: Record<string, AttributeValue>[] | undefined = keys.map(noticeKey);
  while (waiting && waiting.length > 0) {
    const answer: BatchGetItemCommandOutput = await dynamo.send(
      new BatchGetItemCommand({ RequestItems: { [table]: { Keys: waiting, ConsistentRead: true } } }),
    );
    notices.push(...(answer.Responses?.[table] ?? []).map((item) => decodeNotice(unmarshall(item))));
    waiting = answer.UnprocessedKeys?.[table]?.Keys;
  }
  return notices;
}

/** The statement answers with the whole notice as it is afterwards. */
const returning = (statement: Statement): Statement => ({
  ...statement,
  Statement: `${statement.Statement} RETURNING ALL NEW *`,
});

/** The row of the transition table as a PartiQL `UPDATE`. `SET a=?, b=?` in one clause: not every engine reads a second `SET`. */
export function transitionStatement(table: string, { notice, transition }: LedgerWrite, now: Instant): Statement {
  const row: TransitionRow = TRANSITIONS[transition.row];
  if (!isOfItsRow(transition)) throw new Error(`no row ${transition.row} leads to ${transition.to}`);
  const change: Record<string, AttributeValue> = { state: { S: transition.to }, ...encodeChange(transition.change) };
  const { pk, sk } = noticeKey(notice);
  const terms = ['pk = ?', 'sk = ?', `"state" IN [${row.from.map(() => '?').join(', ')}]`];
  const parameters: AttributeValue[] = [...Object.values(change), pk, sk, ...row.from.map((state) => ({ S: state }))];
  const where = (term: string, value: string): void => {
    terms.push(term);
    parameters.push({ S: value });
  };
  // A writer that read nothing may not write: no stored token is empty.
  const { leaseToken, attempts } = transition.read ?? { leaseToken: '', attempts: [] };
  const whereRead = (): void => {
    for (const [name, value] of Object.entries(encodeChange({ leaseToken, attempts }))) {
      terms.push(`"${name}" = ?`);
      parameters.push(value);
    }
  };
  for (const condition of row.when) {
    switch (condition) {
      case 'on-channel':
        where('"channel" = ?', transition.channel);
        break;
      case 'email':
      case 'sms':
        where('"channel" = ?', condition);
        break;
      case 'attempts-left':
        terms.push('"used" < ?');
        parameters.push({ N: String(transition.maxAttempts ?? 0) });
        break;
      case 'due':
        where('"dueAt" <= ?', now);
        break;
      case 'held-by-person':
        where('"reason" = ?', HELD_BY_PERSON);
        break;
      case 'not-held-by-person':
        where('"reason" <> ?', HELD_BY_PERSON);
        break;
      case 'own-lease':
        // Without a lease the writer may not write: no stored token is empty.
        where('"leaseToken" = ?', transition.leaseToken ?? '');
        break;
      case 'lease-over':
        where('"leaseUntil" < ?', now);
        break;
      case 'lease-over-and-quiet':
        where('"leaseUntil" < ?', quietLimit(now));
        break;
      case 'not-possible-duplicate':
        terms.push('"possibleDuplicate" = ?');
        parameters.push({ BOOL: false });
        break;
      case 'as-read':
        whereRead();
        break;
    }
  }
  if (transition.seenAttempts !== undefined) {
    terms.push('"attempts" = ?');
    parameters.push(...Object.values(encodeChange({ attempts: transition.seenAttempts })));
  }
  const set = Object.keys(change).map((name) => `"${name}" = ?`);
  return {
    Statement: `UPDATE "${table}" SET ${set.join(', ')} WHERE ${terms.join(' AND ')}`,
    Parameters: parameters,
  };
}
