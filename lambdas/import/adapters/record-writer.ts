/**
 * Writes the items of an import to the accounts and usage tables: each is inserted if its key is free, and never
 * again, so an import cannot be changed by whoever writes late. Batches of 25, several on the way at once.
 */
import { BatchGetItemCommand, type AttributeValue, type DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { executeStatements, insertStatement } from '../../platform/batch-statements.ts';
import { clock } from '../../platform/clock.ts';

/** BatchExecuteStatement's limit. */
const BATCH = 25;
/** More only queue up: the client's CPU and the emulator's are the limit, on AWS the table's 4,000 writes a second. */
const AT_ONCE = 8;
const ATTEMPTS = 10;

/** An item with its keys, and the line of the file on which its record begins. */
export interface LineItem {
  readonly table: string;
  readonly line: number;
  readonly item: Readonly<Record<string, AttributeValue>> & Record<'pk' | 'sk', { readonly S: string }>;
}

/** Two lines for one key. */
export interface KeyTakenTwice {
  readonly table: string;
  readonly sk: string;
  /** The line whose item was not written. */
  readonly line: number;
  /** The line whose item is stored, or that was refused. */
  readonly storedLine: number;
}

export class RecordWriter {
  readonly #dynamo: DynamoDBClient;
  readonly #underway = new Set<Promise<void>>();
  readonly #taken: KeyTakenTwice[] = [];
  #waiting: LineItem[] = [];
  #failure: { readonly error: unknown } | null = null;

  constructor(dynamo: DynamoDBClient) {
    this.#dynamo = dynamo;
  }

  /** Takes an item; null when it can take the next at once, otherwise what is to be awaited first. */
  put(item: LineItem): Promise<void> | null {
    this.#waiting.push(item);
    return this.#waiting.length < BATCH ? null : this.#send();
  }

  /**
   * Resolves when every item is stored, by this writer or one before it. Answers with the keys under which the item of
   * another line is stored, in the order of the lines.
   */
  async end(): Promise<readonly KeyTakenTwice[]> {
    if (this.#waiting.length > 0) await this.#send();
    await Promise.all(this.#underway);
    this.#throwFailure();
    return this.#taken.sort((a, b) => a.line - b.line);
  }

  async #send(): Promise<void> {
    const items = this.#waiting;
    this.#waiting = [];
    while (this.#underway.size >= AT_ONCE) await Promise.race(this.#underway);
    this.#throwFailure();
    const sent: Promise<void> = this.#insert(items)
      .catch((error: unknown) => {
        this.#failure ??= { error };
      })
      .finally(() => this.#underway.delete(sent));
    this.#underway.add(sent);
  }

  async #insert(items: readonly LineItem[]): Promise<void> {
    const statements = items.map(({ table, line, item }) =>
      insertStatement(table, { ...item, line: { N: String(line) } }),
    );
    const outcomes = await executeStatements(this.#dynamo, statements);
    const there = items.filter((_, index) => !outcomes[index]?.ok);
    if (there.length === 0) return;
    const lines = await this.#storedLines(there);
    for (const { table, line, item } of there) {
      const storedLine = lines.get(nameOf(table, item));
      if (storedLine === undefined) throw new Error(`an item of line ${line} is there, yet it cannot be read`);
      if (storedLine !== line) this.#taken.push({ table, sk: item.sk.S, line, storedLine });
    }
  }

  /** The lines of the items that are stored under the keys of these. Nothing else of them is read. */
  async #storedLines(items: readonly LineItem[]): Promise<Map<string, number>> {
    const keys: Record<string, Record<string, AttributeValue>[]> = {};
    for (const { table, item } of items) (keys[table] ??= []).push({ pk: item.pk, sk: item.sk });
    const projection = { ProjectionExpression: 'pk, sk, #line', ExpressionAttributeNames: { '#line': 'line' } };
    const lines = new Map<string, number>();
    let wanted = Object.fromEntries(
      Object.entries(keys).map(([table, Keys]) => [table, { Keys, ConsistentRead: true, ...projection }]),
    );
    for (let attempt = 1; Object.keys(wanted).length > 0; attempt++) {
      if (attempt > ATTEMPTS) throw new Error(`DynamoDB did not read a batch in ${ATTEMPTS} tries`);
      if (attempt > 1) await clock.sleep(Math.random() * 50 * 2 ** attempt);
      const { Responses = {}, UnprocessedKeys = {} } = await this.#dynamo.send(
        new BatchGetItemCommand({ RequestItems: wanted }),
      );
      for (const [table, found] of Object.entries(Responses))
        for (const item of found) lines.set(nameOf(table, item), Number(item['line']?.N));
      wanted = UnprocessedKeys as typeof wanted;
    }
    return lines;
  }

  #throwFailure(): void {
    if (this.#failure) throw this.#failure.error;
  }
}

const nameOf = (table: string, { pk, sk }: Readonly<Record<string, AttributeValue>>): string =>
  `${table} ${pk?.S ?? ''} ${sk?.S ?? ''}`;
