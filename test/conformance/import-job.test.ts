/** The import on AWS, function by function on the emulators: it is the command's import, in parts. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { GetObjectCommand } from '@aws-sdk/client-s3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Instant } from '../../lambdas/kernel/dates.ts';
import { importMonth } from '../../tools/import/import-month.ts';
import { jsonLinesFile } from '../../tools/import/source.ts';
import { MONTH } from '../support/billing-golden.ts';
import {
  accountOf,
  bytesIn,
  filesOf,
  openedIn,
  runImport,
  upload,
  usageOf,
  wireImport,
} from '../support/import-job.ts';
import { startImportPlace, type ImportPlace } from '../support/import-place.ts';

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

const FILES = filesOf([40, 60], [25, 70]);

const refusals = async (key: string) => {
  const { Body } = await place.place.s3.send(new GetObjectCommand({ Bucket: 'incoming', Key: key }));
  const text = (await Body?.transformToString()) ?? '';
  return text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
};

describe('an import in parts', () => {
  it('is the import that the command makes of the same files', async () => {
    const deps = wireImport(place.place, place, 1);
    const result = await runImport(deps, await upload(place.place.s3, MONTH, FILES));
    expect(result).toMatchObject({ outcome: 'imported', month: MONTH, totals: { accounts: 40, usageRecords: 25 } });
    // A plan; three parts of accounts and two of usage, checked and written.
    expect(await place.keysIn('incoming', 'jobs/')).toHaveLength(1 + 2 * (3 + 2));
    const inParts = await openedIn(place);

    await place.clear();
    const file = (name: string, text: string) => {
      writeFileSync(join(folder, name), text);
      return jsonLinesFile(join(folder, name));
    };
    const whole = await importMonth({
      ...place.place,
      month: MONTH,
      accounts: file('accounts.jsonl', FILES.accounts),
      usage: file('usage.jsonl', FILES.usage),
      catalogs: FILES.catalogs,
      now: '2026-03-01T03:00:00.000Z' as Instant,
    });
    expect({ month: MONTH, ...whole }).toEqual(result);
    expect(await openedIn(place)).toEqual(inParts);
    // And the other way round: what the command has imported, the machine finds unchanged.
    const again = await runImport(deps, await upload(place.place.s3, MONTH, FILES));
    expect(again).toEqual({ ...result, outcome: 'unchanged' });
  });

  it('reads CSV of which accounts have many rows', async () => {
    const rows = Array.from({ length: 300 }, (_, index) => `A${index}`).flatMap((id) =>
      Array.from({ length: 10 }, (_, row) => `${id},${MONTH},L${row},1,,,2026-02-01,"a, shop",5,micro`),
    );
    const csv = `accountId,month,lineId,dataMb,voiceSec,messages,paymentDate,paymentMerchant,paymentAmount,paymentKind\n${rows.join('\n')}\n`;
    const input = await upload(place.place.s3, MONTH, { ...FILES, usage: csv }, 'usage.csv');
    const deps = wireImport(place.place, place, 1);
    const result = await runImport(deps, input);
    expect(result).toMatchObject({
      totals: { usageRecords: 300, dataMb: '3000', payments: 3000, paymentsWon: '15000' },
    });
    expect((await place.keysIn('incoming', 'jobs/')).filter((key) => key.includes('/checked/'))).toHaveLength(3 + 3);
  });

  it('changes nothing when it is made again, whatever the order of its parts', async () => {
    const deps = wireImport(place.place, place, 1);
    const input = await upload(place.place.s3, MONTH, FILES);
    await runImport(deps, input);
    const before = await bytesIn(place);
    expect(await runImport(deps, input)).toMatchObject({ outcome: 'unchanged' });
    expect(await bytesIn(place)).toEqual(before);
    await place.clear();
    await runImport(deps, input, (parts) => parts.reverse());
    await Promise.all([runImport(deps, input), runImport(deps, input)]);
    expect((await bytesIn(place)).runs).toEqual(before.runs);
  });

  it('made twice at once ends in one import, with one key', async () => {
    const deps = wireImport(place.place, place, 1);
    const input = await upload(place.place.s3, MONTH, FILES);
    await runImport(deps, input);
    const one = await openedIn(place);
    await place.clear();
    const results = await Promise.all([1, 2, 3].map(() => runImport(wireImport(place.place, place, 1), input)));
    for (const { outcome } of results) expect(outcome).toMatch(/imported|unchanged|put-in-force/);
    expect(await openedIn(place)).toEqual(one);
  });
});

describe('an import that must not be', () => {
  const refused = async (files: Partial<typeof FILES>, more: object = {}) => {
    const input = { ...(await upload(place.place.s3, MONTH, { ...FILES, ...files })), ...more };
    const error = await runImport(wireImport(place.place, place, 1), input).catch((thrown: unknown) => thrown);
    if (!(error instanceof Error)) throw new Error(`it was made: ${JSON.stringify(error)}`);
    return error;
  };

  it('of broken records leaves everything as it was, and lists them part by part with their lines in the file', async () => {
    await runImport(wireImport(place.place, place, 1), await upload(place.place.s3, MONTH, FILES));
    const before = await bytesIn(place);
    const broken = FILES.accounts.split('\n');
    broken[1] = '{"accountId":';
    broken[2101] = '{"accountId":"no/id"}';
    const error = await refused({ accounts: broken.join('\n') });
    expect(error.name).toBe('RecordsRefused');
    expect(error.message).toMatch(
      /^The import in force for 2026-02 is as it was: 2 records were refused; each is listed with its line, field and reason below s3:\/\/incoming\/refused\/2026-02-[0-9a-f]{12}\/\.$/,
    );
    const keys = await place.keysIn('incoming', 'refused/');
    expect((await Promise.all(keys.map(refusals))).flat()).toMatchObject([
      { file: 'accounts', line: 2, field: '(whole)' },
      { file: 'accounts', line: 2102, field: 'accountId' },
    ]);
    expect(await bytesIn(place)).toEqual(before);
  });

  it('of files without any account never takes the place of one that has them', async () => {
    await runImport(wireImport(place.place, place, 1), await upload(place.place.s3, MONTH, FILES));
    const before = await bytesIn(place);
    const error = await refused({ accounts: '\n' });
    expect(error.name).toBe('ImportHasNoAccounts');
    expect(error.message).toContain('is as it was: the files hold no account');
    expect(await bytesIn(place)).toEqual(before);
  });

  it('may leave out records where that is said, and comes to what the command comes to', async () => {
    const input = await upload(place.place.s3, MONTH, { ...FILES, accounts: `{\n${FILES.accounts}` });
    const result = await runImport(wireImport(place.place, place, 1), { ...input, maxRefused: 1 });
    expect(result).toMatchObject({ outcome: 'imported', totals: { accounts: 40, refused: 1 } });
  });

  it.each([false, true])(
    'of accounts that stand in two parts names every line but the first (parts reversed: %s)',
    async (isReversed) => {
      const twice = FILES.accounts.split('\n');
      twice[1500] = JSON.stringify(accountOf('A1000'));
      twice[2300] = JSON.stringify(accountOf('A1000'));
      twice[2301] = JSON.stringify(accountOf('A1001'));
      const used = FILES.usage.split('\n');
      used[1600] = JSON.stringify(usageOf('A1003'));
      const input = await upload(place.place.s3, MONTH, {
        ...FILES,
        accounts: twice.join('\n'),
        usage: used.join('\n'),
      });
      const order = (parts: number[]) => (isReversed ? parts.reverse() : parts);
      for (const attempt of [1, 2]) {
        const error = await runImport(wireImport(place.place, place, 1), input, order).catch(
          (thrown: unknown) => thrown,
        );
        expect(String(error), `attempt ${attempt}`).toContain(
          '4 records were refused, 4 of them because they stand twice',
        );
        const [key = ''] = await place.keysIn('incoming', 'refused/');
        expect(await refusals(key)).toEqual([
          { file: 'accounts', line: 1501, field: 'accountId', reason: 'A1000 stands in the file already, on line 1' },
          { file: 'accounts', line: 2301, field: 'accountId', reason: 'A1000 stands in the file already, on line 1' },
          { file: 'accounts', line: 2302, field: 'accountId', reason: 'A1001 stands in the file already, on line 61' },
          {
            file: 'usage',
            line: 1601,
            field: 'accountId',
            reason: 'A1003 of 2026-02 stands in the file already, on line 211',
          },
        ]);
        expect((await place.itemsOf('runs')).map(({ pk }) => pk)).toEqual(['DEPLOYMENT']);
      }
    },
  );

  it('of accounts of which one part holds a refused record and another a second is not made without them', async () => {
    const twice = FILES.accounts.split('\n');
    const broken = (id: string) => JSON.stringify({ ...accountOf(id), locale: 'fr' });
    twice[1500] = broken('A1000');
    twice[1501] = broken('A9999');
    twice[2300] = broken('A9999');
    const error = await refused({ accounts: twice.join('\n') }, { maxRefused: 5 });
    expect(error.message).toContain('3 records were refused, 2 of them because they stand twice');
    const lists = (await place.keysIn('incoming', 'refused/')).filter((key) => key.endsWith('/twice.jsonl'));
    expect((await Promise.all(lists.map(refusals))).flat()).toMatchObject([
      { line: 1501, reason: 'A1000 stands in the file already, on line 1' },
      { line: 2301, reason: 'A9999 stands in the file already, on line 1502' },
    ]);
    expect((await place.itemsOf('runs')).map(({ pk }) => pk)).toEqual(['DEPLOYMENT']);
  });

  it('with a faulty catalog, a missing file or a wrong input says everything at once', async () => {
    expect(await refused({ catalogs: [{ catalogId: 'x' }] })).toMatchObject({
      name: 'CatalogRefused',
      message: expect.stringMatching(/the catalog file has \d+ faults/) as string,
    });
    expect(await refused({}, { month: '2026-13', usageKey: 'elsewhere/x', extra: 1 })).toMatchObject({
      name: 'InvalidImportInput',
      message: expect.stringMatching(/month: must be a month YYYY-MM.*usageKey: must be.*extra/) as string,
    });
    expect(await refused({}, { accountsKey: 'incoming/a', usageKey: 'incoming/b' })).toMatchObject({
      name: 'InvalidImportInput',
      message: expect.stringContaining('there is no object incoming/a; there is no object incoming/b') as string,
    });
    expect(await place.itemsOf('runs')).toEqual([]);
  });

  it('of a file that is replaced under way is not made of both', async () => {
    const input = await upload(place.place.s3, MONTH, FILES);
    const deps = wireImport(place.place, place, 1);
    const order = (parts: number[]) => parts;
    const replaced = { ...deps, writer: () => deps.writer(), files: { ...deps.files } };
    let reads = 0;
    replaced.files.bytesOf = (file) => {
      const read = deps.files.bytesOf(file);
      return async function* (start, end) {
        if (++reads === 5) await upload(place.place.s3, MONTH, { ...FILES, accounts: FILES.accounts.toLowerCase() });
        yield* read(start, end);
      };
    };
    const error = await runImport(replaced, input, order).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ name: 'ImportFileChanged' });
    expect(await place.itemsOf('runs')).toEqual([]);
  });
});
