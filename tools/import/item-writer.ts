/** Writes many items: batches of 25, several on the way at once, what DynamoDB did not take sent again. */
import {
  BatchWriteItemCommand,
  type AttributeValue,
  type DynamoDBClient,
  type WriteRequest,
} from '@aws-sdk/client-dynamodb';
import { clock } from '../../lambdas/platform/clock.ts';

/** BatchWriteItem's limit. */
const BATCH = 25;
/** More only queue up: the client's CPU and the emulator's are the limit, on AWS the table's 4,000 writes a second. */
const AT_ONCE = 8;
const ATTEMPTS = 10;

type Item = Readonly<Record<string, AttributeValue>>;

export class ItemWriter {
  readonly #dynamo: DynamoDBClient;
  readonly #underway = new Set<Promise<void>>();
  #waiting: { table: string; item: Item }[] = [];
  #failure: { readonly error: unknown } | null = null;

  constructor(dynamo: DynamoDBClient) {
    this.#dynamo = dynamo;
  }

  /** Takes an item; null when it can take the next at once, otherwise what is to be awaited first. No key may come twice. */
  put(table: string, item: Item): Promise<void> | null {
    this.#waiting.push({ table, item });
    return this.#waiting.length < BATCH ? null : this.#send();
  }

  /** Resolves when everything is written. */
  async end(): Promise<void> {
    if (this.#waiting.length > 0) await this.#send();
    await Promise.all(this.#underway);
    this.#throwFailure();
  }

  async #send(): Promise<void> {
    const requests: Record<string, WriteRequest[]> = {};
    for (const { table, item } of this.#waiting) (requests[table] ??= []).push({ PutRequest: { Item: item } });
    this.#waiting = [];
    while (this.#underway.size >= AT_ONCE) await Promise.race(this.#underway);
    this.#throwFailure();
    const sent: Promise<void> = this.#write(requests)
      .catch((error: unknown) => {
        this.#failure ??= { error };
      })
      .finally(() => this.#underway.delete(sent));
    this.#underway.add(sent);
  }

  async #write(requests: Record<string, WriteRequest[]>): Promise<void> {
    let left = requests;
    for (let attempt = 1; ; attempt++) {
      const { UnprocessedItems = {} } = await this.#dynamo.send(new BatchWriteItemCommand({ RequestItems: left }));
      if (Object.keys(UnprocessedItems).length === 0) return;
      if (attempt === ATTEMPTS) throw new Error(`DynamoDB did not take a batch in ${ATTEMPTS} tries`);
      left = UnprocessedItems;
      await clock.sleep(Math.random() * 50 * 2 ** attempt);
    }
  }

  #throwFailure(): void {
    if (this.#failure) throw this.#failure.error;
  }
}
