/** What settlement relies on in DynamoDB, held against the emulator: documented AWS behaviour, nothing of our own. */
import {
  BatchExecuteStatementCommand,
  ConditionalCheckFailedException,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  TransactionCanceledException,
  TransactWriteItemsCommand,
  UpdateItemCommand,
  type DynamoDBClient,
} from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { executeStatements, insertStatement } from '../../lambdas/platform/batch-statements.ts';
import { queryPartition, readPartition } from '../../lambdas/platform/query.ts';
import { createTable, startTable } from '../support/dynamo-table.ts';

let dynamo: DynamoDBClient;
let stop: () => Promise<void>;
let table: string;
let tables = 0;

beforeAll(async () => {
  ({ dynamo, stop } = await startTable());
});
afterAll(() => stop());
beforeEach(async () => {
  table = `table-${tables++}`;
  await createTable(dynamo, table);
});

const itemOf = (sk: string, body = 'first') => ({ pk: { S: 'p' }, sk: { S: sk }, body: { S: body } });
const insert = (sk: string, body?: string) => insertStatement(table, itemOf(sk, body));
const bodyOf = async (sk: string): Promise<unknown> => {
  const { Item } = await dynamo.send(
    new GetItemCommand({ TableName: table, Key: { pk: { S: 'p' }, sk: { S: sk } }, ConsistentRead: true }),
  );
  return Item && unmarshall(Item)['body'];
};
const putIfAbsent = (sk: string, body: string): Promise<'put' | 'refused'> =>
  dynamo
    .send(
      new PutItemCommand({
        TableName: table,
        Item: itemOf(sk, body),
        ConditionExpression: 'attribute_not_exists(pk)',
      }),
    )
    .then(
      () => 'put',
      (error: unknown) => {
        if (error instanceof ConditionalCheckFailedException) return 'refused';
        throw error;
      },
    );

describe('a batch of PartiQL inserts', () => {
  it('answers each statement as a conditional put would, and overwrites nothing', async () => {
    await putIfAbsent('b', 'there');
    await putIfAbsent('d', 'there');
    const keys = ['a', 'b', 'c', 'd', 'e'];
    const batch = await executeStatements(
      dynamo,
      keys.map((key) => insert(key, 'mine')),
    );
    expect(batch).toEqual([
      { ok: true },
      { ok: false, code: 'DuplicateItem' },
      { ok: true },
      { ok: false, code: 'DuplicateItem' },
      { ok: true },
    ]);
    expect(await Promise.all(keys.map(bodyOf))).toEqual(['mine', 'there', 'mine', 'there', 'mine']);
    expect(await Promise.all(keys.map((key) => putIfAbsent(key, 'again')))).toEqual(keys.map(() => 'refused'));
  });

  it('answers 200 for the request whatever its statements come to: they are no transaction', async () => {
    await putIfAbsent('a', 'there');
    const { Responses, $metadata } = await dynamo.send(
      new BatchExecuteStatementCommand({ Statements: [insert('a'), insert('b')] }),
    );
    expect($metadata.httpStatusCode).toBe(200);
    expect(Responses?.map(({ Error }) => Error?.Code)).toEqual(['DuplicateItem', undefined]);
    expect(await bodyOf('b')).toBe('first');
  });

  it('says that all are there when it is sent again after its answer was lost', async () => {
    const statements = Array.from({ length: 25 }, (_, index) => insert(`k${index}`));
    await executeStatements(dynamo, statements);
    expect(await executeStatements(dynamo, statements)).toEqual(
      statements.map(() => ({ ok: false, code: 'DuplicateItem' })),
    );
  });

  it('takes 25 statements; more are a fault of the request', async () => {
    const statements = Array.from({ length: 26 }, (_, index) => insert(`k${index}`));
    await expect(dynamo.send(new BatchExecuteStatementCommand({ Statements: statements }))).rejects.toMatchObject({
      name: 'ValidationException',
    });
    expect(await executeStatements(dynamo, statements)).toEqual(statements.map(() => ({ ok: true })));
  });

  it('lets one of several writers win, and the others see what it wrote', async () => {
    const writers = Array.from({ length: 8 }, (_, index) => `writer ${index}`);
    const outcomes = await Promise.all(writers.map((writer) => executeStatements(dynamo, [insert('race', writer)])));
    const winners = writers.filter((_, index) => outcomes[index]?.[0]?.ok);
    expect(winners).toHaveLength(1);
    expect(await bodyOf('race')).toBe(winners[0]);
  });

  it('keeps texts, numbers, bytes and lists as they are', async () => {
    const item = {
      ...itemOf('a', '한글 "quoted" \'single\' \\ 😀'),
      amount: { N: '-9007199254740991' },
      hash: { B: Uint8Array.of(0, 255, 128) },
      reasons: { L: [{ S: 'MALFORMED' }] },
    };
    await executeStatements(dynamo, [insertStatement(table, item)]);
    const [stored] = await readPartition(dynamo, { table, pk: 'p' });
    expect(stored).toEqual({
      pk: 'p',
      sk: 'a',
      body: '한글 "quoted" \'single\' \\ 😀',
      amount: -9007199254740991,
      hash: Uint8Array.of(0, 255, 128),
      reasons: ['MALFORMED'],
    });
  });
});

describe('a PartiQL update', () => {
  const update = (sk: string) => ({
    Statement: `UPDATE "${table}" SET body=? WHERE pk=? AND sk=?`,
    Parameters: [{ S: 'second' }, { S: 'p' }, { S: sk }],
  });

  it('changes an item that is there and makes none that is not', async () => {
    await putIfAbsent('a', 'first');
    expect(await executeStatements(dynamo, [update('a'), update('b')])).toEqual([
      { ok: true },
      { ok: false, code: 'ConditionalCheckFailed' },
    ]);
    expect([await bodyOf('a'), await bodyOf('b')]).toEqual(['second', undefined]);
  });
});

describe('a consistent query', () => {
  const keys = Array.from({ length: 60 }, (_, index) => `k${String(index).padStart(2, '0')}`);
  beforeEach(async () => {
    await executeStatements(
      dynamo,
      keys.map((key) => insert(key)),
    );
  });

  it('gives every item once, in the order of its sort keys, whatever the page size', async () => {
    for (const limit of [1, 7, 59, 60, 61, 500]) {
      const items = await readPartition(dynamo, { table, pk: 'p', limit });
      expect(items.map(({ sk }) => sk)).toEqual(keys);
    }
  });

  it('may end with a key although nothing follows, and then gives an empty page', async () => {
    const page = await dynamo.send(
      new QueryCommand({
        TableName: table,
        KeyConditionExpression: 'pk = :pk',
        ExpressionAttributeValues: { ':pk': { S: 'p' } },
        Limit: 60,
      }),
    );
    expect(page.Items).toHaveLength(60);
    expect(page.LastEvaluatedKey).toEqual({ pk: { S: 'p' }, sk: { S: 'k59' } });
  });

  it('sees a write that was answered, also between its pages', async () => {
    const seen: unknown[] = [];
    for await (const page of queryPartition(dynamo, { table, pk: 'p', limit: 30 })) {
      seen.push(...page.map(({ sk }) => sk));
      if (seen.length === 30) await executeStatements(dynamo, [insert('k30a')]);
    }
    expect(seen).toEqual([...keys, 'k30a'].toSorted());
  });

  it('reads a part of a partition by prefix or after a key', async () => {
    const some = await readPartition(dynamo, { table, pk: 'p', skPrefix: 'k1' });
    expect(some.map(({ sk }) => sk)).toEqual(keys.slice(10, 20));
    const rest = await readPartition(dynamo, { table, pk: 'p', afterSk: 'k57' });
    expect(rest.map(({ sk }) => sk)).toEqual(['k58', 'k59']);
  });
});

describe('a condition that fails', () => {
  it('gives the item that was there to a put and to an update', async () => {
    await putIfAbsent('a', 'there');
    const common = { TableName: table, ReturnValuesOnConditionCheckFailure: 'ALL_OLD' } as const;
    const refused = [
      new PutItemCommand({ ...common, Item: itemOf('a', 'mine'), ConditionExpression: 'attribute_not_exists(pk)' }),
      new UpdateItemCommand({
        ...common,
        Key: { pk: { S: 'p' }, sk: { S: 'a' } },
        UpdateExpression: 'SET body = :new',
        ConditionExpression: 'body = :old',
        ExpressionAttributeValues: { ':new': { S: 'mine' }, ':old': { S: 'another' } },
      }),
    ];
    for (const command of refused) {
      const error: unknown = await dynamo.send(command as PutItemCommand).catch((caught: unknown) => caught);
      expect(error).toBeInstanceOf(ConditionalCheckFailedException);
      expect((error as ConditionalCheckFailedException).Item).toEqual(itemOf('a', 'there'));
    }
  });
});

describe('a transaction', () => {
  const transact = (at: string) =>
    dynamo.send(
      new TransactWriteItemsCommand({
        TransactItems: [
          {
            Update: {
              TableName: table,
              Key: { pk: { S: 'p' }, sk: { S: 'pointer' } },
              UpdateExpression: 'SET mark = :mark',
              ConditionExpression: 'body = :at',
              ExpressionAttributeValues: { ':mark': { S: 'new' }, ':at': { S: at } },
            },
          },
          { Put: { TableName: table, Item: itemOf('new', 'new'), ConditionExpression: 'attribute_not_exists(pk)' } },
        ],
      }),
    );

  it('writes all of it, or nothing when one condition does not hold', async () => {
    await putIfAbsent('pointer', 'here');
    await expect(transact('elsewhere')).rejects.toBeInstanceOf(TransactionCanceledException);
    expect(await bodyOf('new')).toBeUndefined();
    await transact('here');
    expect(await bodyOf('new')).toBe('new');
    await expect(transact('here')).rejects.toBeInstanceOf(TransactionCanceledException);
  });
});
