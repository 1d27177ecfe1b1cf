/** The import against the emulators: what it stores is what the functions read, and it can be cut off anywhere. */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { bucketOf } from '../../lambdas/kernel/buckets.ts';
import type { Instant } from '../../lambdas/kernel/dates.ts';
import { dataKeys } from '../../lambdas/platform/data-keys.ts';
import { unseal } from '../../lambdas/platform/seal.ts';
import { catalogStore } from '../../lambdas/settlement/adapters/catalog-store.ts';
import { sentenceOf } from '../../lambdas/import/domain/sentences.ts';
import { runStore } from '../../lambdas/settlement/adapters/run-store.ts';
import { accountRecords, usageRecords } from '../../lambdas/settlement/adapters/stored-records.ts';
import { isRejection } from '../../lambdas/settlement/domain/bill.ts';
import { settleAccount } from '../../lambdas/settlement/domain/settle-account.ts';
import { importFiles } from '../../tools/import/import-files.ts';
import type { FileImport } from '../../tools/import/import-files.ts';
import { catalogJson, expected, MONTH, type Json } from '../support/billing-golden.ts';
import { startImportPlace, type ImportPlace } from '../support/import-place.ts';

const GOLDEN = new URL('../golden/billing/', import.meta.url);
const golden = (name: string): Json[] =>
  readFileSync(new URL(name, GOLDEN), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Json);
/** The golden accounts but those without an id: nobody could say which they are. */
const ACCOUNTS = golden('accounts.jsonl').filter(({ accountId }) => typeof accountId === 'string');
const USAGE = golden('usage.jsonl');

let place: ImportPlace;
let folder: string;

beforeEach(async () => {
  place = await startImportPlace();
  folder = mkdtempSync(join(tmpdir(), 'tr1l-import-'));
});
afterEach(async () => {
  rmSync(folder, { recursive: true });
  await place.stop();
});

const file = (name: string, records: readonly unknown[]): string => {
  const path = join(folder, name);
  writeFileSync(
    path,
    records.map((record) => `${typeof record === 'string' ? record : JSON.stringify(record)}\n`).join(''),
  );
  return path;
};

const runImport = (change: Partial<FileImport> = {}) =>
  importFiles({
    ...place.place,
    month: MONTH,
    accounts: file('accounts.jsonl', ACCOUNTS),
    usage: file('usage.jsonl', USAGE),
    catalogs: catalogJson,
    now: '2026-03-01T00:00:00.000Z' as Instant,
    refusedFile: join(folder, 'refused.jsonl'),
    shown: 20,
    ...change,
  });

describe('an import', () => {
  it('stores what settlement reads, so that the golden results come out', async () => {
    const { result } = await runImport();
    if (result.outcome !== 'imported') throw new Error(JSON.stringify(result));
    const { importId, totals } = result;
    expect(importId).toMatch(/^2026-02-[0-9a-f]{12}$/);
    const { dynamo, s3, bucketCount } = place.place;
    const runs = runStore(dynamo, 'runs');
    expect(await runs.importInForce(MONTH)).toBe(importId);
    expect(await runs.deploymentBuckets()).toBe(bucketCount);
    const closed = await runs.readImport(importId);
    expect(closed).toMatchObject({ month: MONTH, accounts: ACCOUNTS.length, usageRecords: USAGE.length, bucketCount });
    expect(totals).toMatchObject({ accounts: ACCOUNTS.length, usageRecords: USAGE.length, refused: 0 });

    const catalogs = await catalogStore(s3, 'catalogs').read(closed?.catalogDigest ?? '');
    const results = new Map<string, unknown>();
    for (let bucket = 0; bucket < bucketCount; bucket++) {
      const accounts = await accountRecords(dynamo, 'accounts').readBucket(importId, bucket);
      const usage = await usageRecords(dynamo, 'usage').readBucket(importId, bucket);
      for (const [accountId, text] of accounts) {
        expect(bucketOf(accountId, bucketCount)).toBe(bucket);
        const used = usage.get(accountId);
        const parsed: unknown = used === undefined ? null : JSON.parse(used);
        results.set(accountId, settleAccount(accountId, JSON.parse(text), parsed, catalogs, MONTH));
      }
    }
    expect(ACCOUNTS.map(({ accountId }) => results.get(String(accountId)))).toEqual(
      expected.filter(({ accountId }) => accountId !== null),
    );
    expect([...results.values()].some((one) => isRejection(one as never))).toBe(true);
  });

  it('seals contacts and merchants for their account, and leaves none of them open', async () => {
    const account = {
      accountId: 'A1',
      name: '김도연',
      email: 'secret@example.com',
      phone: '+821000000001',
      locale: 'en',
      dueDay: 5,
      address: 'secret street',
      dispatch: { channels: ['sms'] },
    };
    const payments = [{ merchant: 'secret shop', amount: 1, kind: 'micro' }];
    const used = { accountId: 'A1', month: MONTH, lines: [{ lineId: 'L1', payments }] };
    const { result } = await runImport({
      accounts: file('a', [account, { accountId: 'A2', dueDay: 1 }]),
      usage: file('u', [used]),
    });
    if (result.outcome !== 'imported') throw new Error(JSON.stringify(result));
    const { dynamo, kms } = place.place;
    const items = await place.itemsOf('accounts');
    const stored = items.find(({ sk }) => sk === 'A1');
    const [usageItem] = await place.itemsOf('usage');
    expect(stored).toMatchObject({
      account: '{"accountId":"A1","dueDay":5}',
      locale: 'en',
      preferences: '{"channels":["sms"]}',
    });
    expect(items.find(({ sk }) => sk === 'A2')).toEqual({
      pk: `${result.importId}#${bucketOf('A2', 4)}`,
      sk: 'A2',
      line: 2,
      account: '{"accountId":"A2","dueDay":1}',
      locale: 'ko',
    });
    const everything = JSON.stringify([items, await place.itemsOf('usage'), await place.itemsOf('runs')]);
    for (const open of ['secret', '김도연', '0000001']) expect(everything).not.toContain(open);

    const key = await dataKeys(dynamo, kms, 'accounts')(result.importId);
    if (!key) throw new Error('the import has no key');
    const blobs = [stored?.['contact'], usageItem?.['merchants']] as Uint8Array[];
    expect(blobs.map((blob) => unseal(key, 'A1', blob))).toEqual([
      '{"name":"김도연","email":"secret@example.com","phone":"+821000000001"}',
      '[["secret shop"]]',
    ]);
    expect(blobs.map((blob) => unseal(key, 'A2', blob))).toEqual([null, null]);
    expect(
      place.gate
        .counts()
        .filter(({ service, operation }) => service === 'kms' && operation.startsWith('GenerateDataKey')),
    ).toMatchObject([{ requests: 1 }]);
  });

  it('adds up what it was given, and keeps records of other months apart', async () => {
    const usage = [
      {
        accountId: 'A1',
        month: MONTH,
        lines: [{ lineId: 'L1', dataMb: 5, messages: 2, payments: [{ amount: 100, kind: 'micro' }] }],
      },
      { accountId: 'A1', month: '2026-01', lines: [{ lineId: 'L1', dataMb: 7, voiceSec: 1.5 }] },
      { accountId: 'A9', month: MONTH, lines: [{ lineId: 'L1', dataMb: 1e12, payments: [{ amount: 50 }] }] },
    ];
    const { result } = await runImport({ accounts: file('a', [{ accountId: 'A1' }]), usage: file('u', usage) });
    expect(result).toMatchObject({
      totals: {
        accounts: 1,
        usageRecords: 3,
        otherMonths: 1,
        dataMb: '1000000000012',
        voiceSec: '0',
        messages: '2',
        payments: 2,
        paymentsWon: '150',
      },
    });
    expect((await place.itemsOf('usage')).map(({ sk }) => sk).sort()).toEqual(['A1', 'A1@2026-01', 'A9']);
  });

  it('changes nothing when the same files come again', async () => {
    const first = await runImport();
    const before = [await place.itemsOf('accounts'), await place.itemsOf('usage'), await place.itemsOf('runs')];
    place.gate.resetCounts();
    const again = await runImport({ now: '2026-03-02T00:00:00.000Z' as Instant });
    expect(again.result).toEqual({ ...first.result, outcome: 'unchanged' });
    expect([await place.itemsOf('accounts'), await place.itemsOf('usage'), await place.itemsOf('runs')]).toEqual(
      before,
    );
    const writes = place.gate.counts().filter(({ operation }) => /Put|Write|Execute|Update|Generate/.test(operation));
    expect(writes).toEqual([]);
  });

  it('is in force again when the month pointed elsewhere meanwhile', async () => {
    const first = await runImport();
    const other = await runImport({ accounts: file('other.jsonl', ACCOUNTS.slice(1)) });
    const third = await runImport();
    expect([first, other, third].map(({ result }) => result.outcome)).toEqual(['imported', 'imported', 'put-in-force']);
    const importId = 'importId' in first.result ? first.result.importId : null;
    expect(await runStore(place.place.dynamo, 'runs').importInForce(MONTH)).toBe(importId);
  });
});

describe('an import that must not be', () => {
  const pointer = async () =>
    (await place.itemsOf('runs')).find(({ pk, sk }) => pk === `MONTH#${MONTH}` && sk === 'IMPORT');

  it('of a broken file leaves everything as it was, and lists each line, field and reason', async () => {
    await runImport();
    const before = await place.itemsOf('runs');
    const accounts = [
      ...ACCOUNTS,
      '{"accountId":',
      '[]',
      { accountId: 'no/id' },
      ACCOUNTS[0],
      { accountId: 'X', locale: 'fr' },
    ];
    const { result, shown, problems } = await runImport({ accounts: file('broken.jsonl', accounts) });
    expect(result).toEqual({ outcome: 'records-refused', refused: 5, duplicates: 1, brokenRows: 0 });
    expect(problems).toBe(5);
    const lines = readFileSync(join(folder, 'refused.jsonl'), 'utf8').trim().split('\n');
    const at = ACCOUNTS.length;
    expect(lines.map((line) => JSON.parse(line) as unknown)).toMatchObject([
      { file: 'accounts', line: at + 1, field: '(whole)' },
      { file: 'accounts', line: at + 2, field: '(whole)' },
      { file: 'accounts', line: at + 3, field: 'accountId' },
      { file: 'accounts', line: at + 4, field: 'accountId' },
      { file: 'accounts', line: at + 5, field: 'locale', reason: 'must be "ko" or "en"' },
    ]);
    expect(shown[2]).toMatch(new RegExp(`broken\\.jsonl:${at + 3}: accountId: must be`));
    expect(await place.itemsOf('runs')).toEqual(before);
  });

  it('may leave out records where that is said, but never one of two that are the same', async () => {
    const accounts = [{ accountId: 'A1' }, { accountId: '?' }];
    const usage = file('u', []);
    const { result } = await runImport({ accounts: file('a', accounts), usage, maxRefused: 1 });
    expect(result).toMatchObject({ outcome: 'imported', totals: { accounts: 1, refused: 1 } });
    expect(existsSync(join(folder, 'refused.jsonl'))).toBe(true);
    const twice = file('b', [{ accountId: 'A1' }, { accountId: 'A1' }]);
    expect((await runImport({ accounts: twice, usage, maxRefused: 9 })).result.outcome).toBe('records-refused');
  });

  it('of files without any account never takes the place of one that has them', async () => {
    await runImport();
    const before = await place.itemsOf('runs');
    const { result } = await runImport({ accounts: file('empty.jsonl', []) });
    expect(result).toEqual({ outcome: 'no-accounts' });
    expect(sentenceOf(result, MONTH).sentence).toContain('is as it was: the files hold no account');
    expect(await place.itemsOf('runs')).toEqual(before);
  });

  it('with a faulty catalog writes nothing', async () => {
    const { result } = await runImport({ catalogs: [{ catalogId: 'x' }] });
    expect(result).toMatchObject({ outcome: 'catalogs-refused', faults: expect.arrayContaining([]) as unknown });
    expect(await place.itemsOf('runs')).toEqual([]);
  });

  it('is refused while a run of the month is open', async () => {
    await runImport();
    const before = await pointer();
    const run = { pk: `MONTH#${MONTH}`, sk: 'RUN#0001', runId: '2026-02-r0001', status: 'OPEN' };
    await place.place.dynamo.send(new PutItemCommand({ TableName: 'runs', Item: marshall(run) }));
    const other = { accounts: file('other.jsonl', ACCOUNTS.slice(1)) };
    expect((await runImport(other)).result).toEqual({
      outcome: 'run-open',
      runId: '2026-02-r0001',
      waits: false,
    });
    const waiting = { ...run, waits: { since: '2026-03-01T03:00:00.000Z', proofDigest: 'd' } };
    await place.place.dynamo.send(new PutItemCommand({ TableName: 'runs', Item: marshall(waiting) }));
    const told = (await runImport(other)).result;
    expect(told).toMatchObject({ outcome: 'run-open', waits: true });
    expect(sentenceOf(told, MONTH).sentence).toContain('decide it with "tr1l run approve|reject 2026-02 --run 1"');
    expect(await pointer()).toEqual(before);
    expect((await runImport()).result.outcome).toBe('unchanged');
    await place.place.dynamo.send(
      new PutItemCommand({ TableName: 'runs', Item: marshall({ ...run, status: 'APPROVED' }) }),
    );
    expect((await runImport(other)).result.outcome).toBe('imported');
  });

  it('is refused when the bucket count is not the one that the data was written with', async () => {
    await runImport();
    const { result } = await runImport({ bucketCount: 8, accounts: file('other.jsonl', ACCOUNTS.slice(1)) });
    expect(result).toEqual({ outcome: 'buckets-differ', deployed: 4 });
  });
});

describe('an import that is cut off', () => {
  it('is not closed and not in force; made again, it has the same key and every item once', async () => {
    for (const [operation, taken, outcome] of [
      ['BatchExecuteStatement', 2, 'imported'],
      ['PutItem', 1, 'imported'],
      ['PutItem', 2, 'put-in-force'],
    ] as const) {
      const accounts = file(`${operation}.jsonl`, [...ACCOUNTS, { accountId: `${operation}${taken}` }]);
      let calls = 0;
      const heal = place.gate.intercept((call) => {
        if (call.operation !== operation || ++calls <= taken) return undefined;
        return { kind: 'fail', status: 400, code: 'AccessDeniedException' };
      });
      await expect(runImport({ accounts })).rejects.toThrow();
      heal();
      const inForce = await runStore(place.place.dynamo, 'runs').importInForce(MONTH);
      const { result } = await runImport({ accounts });
      if (result.outcome !== outcome) throw new Error(JSON.stringify(result));
      expect(inForce).not.toBe(result.importId);
      const items = (await place.itemsOf('accounts')).filter(({ pk }) => String(pk).startsWith(result.importId));
      expect(items.length).toBe(ACCOUNTS.length + 2); // the key lies beside them
      const key = await dataKeys(place.place.dynamo, place.place.kms, 'accounts')(result.importId);
      for (const { sk, contact } of items)
        if (key && contact) expect(unseal(key, String(sk), contact as Uint8Array)).not.toBeNull();
    }
  });
});
