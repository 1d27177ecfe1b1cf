import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import type { RecordSource, SourceRecord } from '../../../lambdas/import/domain/record.ts';
import { jsonLinesFile, usageFile } from '../../../tools/import/source.ts';

const folder = mkdtempSync(join(tmpdir(), 'tr1l-csv-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

const HEADING = 'accountId,month,lineId,dataMb,voiceSec,messages,paymentDate,paymentMerchant,paymentAmount,paymentKind';
const file = (text: string | Buffer): string => {
  const path = join(folder, 'records.csv');
  writeFileSync(path, text);
  return path;
};
const all = async (source: RecordSource): Promise<SourceRecord[]> => {
  const records: SourceRecord[] = [];
  for await (const record of source())
    records.push('value' in record ? { line: record.line, value: record.value } : record);
  return records;
};
const csv = (...rows: string[]) => all(usageFile(file([HEADING, ...rows].join('\n'))));

describe('usage as CSV', () => {
  it('gathers the rows of an account into one record', async () => {
    expect(
      await csv(
        'A1,2026-01,L1,12345,600,3,2026-01-03,"Shop, the ""big"" one",5500,micro',
        'A1,2026-01,L1,,,,2026-01-09,"",1100,content',
        'A1,2026-01,L2,,,,,,,',
        '',
        'A2,2026-01,L1,1,,,,,,',
      ),
    ).toEqual([
      {
        line: 2,
        value: {
          accountId: 'A1',
          month: '2026-01',
          lines: [
            {
              lineId: 'L1',
              dataMb: 12345,
              voiceSec: 600,
              messages: 3,
              payments: [
                { date: '2026-01-03', merchant: 'Shop, the "big" one', amount: 5500, kind: 'micro' },
                { date: '2026-01-09', amount: 1100, kind: 'content' },
              ],
            },
            { lineId: 'L2', payments: [] },
          ],
        },
      },
      { line: 6, value: { accountId: 'A2', month: '2026-01', lines: [{ lineId: 'L1', dataMb: 1, payments: [] }] } },
    ]);
  });

  it('reads columns in any order, carriage returns and a byte order mark', async () => {
    const path = file('\uFEFFlineId,month,accountId,messages\r\nL1,2026-01,A1,7\r\n');
    expect(await all(usageFile(path))).toEqual([
      { line: 2, value: { accountId: 'A1', month: '2026-01', lines: [{ lineId: 'L1', messages: 7, payments: [] }] } },
    ]);
  });

  it('says on which line what is wrong, everything, and goes on', async () => {
    expect(
      await csv(
        'A1,2026-01,L1,many,0x1,,,,1e3,',
        'A1,2026-01,,,,,,,,',
        'A2,2026-01,L1,1,,,,,,',
        'A2,2026-01,L1,2,,,,,,',
        'A3,2026-01,L1,3,,,,,,',
      ),
    ).toMatchObject([
      {
        line: 2,
        problems: [
          { field: 'dataMb', reason: 'must be a number, not "many" (line 2)' },
          { field: 'voiceSec' },
          { field: 'paymentAmount' },
          { field: 'lineId', reason: 'must be given (line 3)' },
        ],
      },
      { line: 4, problems: [{ field: 'lineId', reason: expect.stringContaining('(line 5)') as string }] },
      { line: 6, value: { accountId: 'A3' } },
    ]);
  });

  it.each([
    ['a quote that is not closed', 'A1,2026-01,L1,1,2,3,2026-01-03,"Shop,5500,micro', 'paymentMerchant', /not closed/],
    ['text after a closing quote', 'A1,2026-01,L1,1,2,3,2026-01-03,"Sh"op,5500,micro', 'paymentMerchant', /closing/],
    ['a quote within a cell', 'A1,2026-01,L1,1,2,3,2026-01-03,Sh"op",5500,micro', 'paymentMerchant', /has a quote/],
    ['too few cells', 'A1,2026-01,L1,1', '(whole)', /^must have 10 cells, as the heading has, not 4/],
    ['too many cells', 'A1,2026-01,L1,1,,,,,,,', '(whole)', /^must have 10 cells, as the heading has, not 11/],
  ])('refuses a row with %s, and no other', async (_, row, field, reason) => {
    const record = (accountId: string, line: number) => ({ line, value: { accountId } });
    expect(await csv('A0,2026-01,L1,1,,,,,,', row, 'B1,2026-01,L1,9,,,,"F ""x""",,')).toMatchObject([
      record('A0', 2),
      { line: 3, problems: [{ field, reason: expect.stringMatching(reason) as string }], isBrokenRow: true },
      record('B1', 4),
    ]);
  });

  it('refuses the record before a row that is cut off before its month: it may be of the same account', async () => {
    expect(await csv('A01,2026-01,L1,1,,,,,,', 'A0', 'A')).toMatchObject([
      { line: 2, problems: [{ reason: expect.stringContaining('(line 3)') as string }, { field: '(whole)' }] },
    ]);
    const broken = await csv('A1,2026-01,L1,1,,,,,,', ...new Array<string>(2500).fill('A'));
    expect(broken.map(({ line }) => line)).toEqual([2, 1003, 2003]);
    expect(await csv('"A1,2026-01,L1,1,,,,,,')).toMatchObject([{ line: 2, problems: [{ field: 'accountId' }] }]);
  });

  it('loses no row silently, wherever one quote too many or too few stands', async () => {
    const cell = fc.constantFrom('Shop', '"Shop"', '"a ""b"", c"', '""', '"""x"""', '가게', '');
    const valid = fc
      .array(fc.tuple(cell, cell), { minLength: 1, maxLength: 12 })
      .map((rows) => rows.map(([a, b], row) => `"A${row}",2026-01,L1,1,,,,${a},5,${b}`));
    await fc.assert(
      fc.asyncProperty(valid, fc.nat(), fc.boolean(), async (rows, place, isAdded) => {
        const text = rows.join('\n');
        const quotes = [...text.matchAll(/"/g)].map(({ index }) => index);
        const at = isAdded ? place % (text.length + 1) : (quotes[place % quotes.length] ?? 0);
        const found = await csv(text.slice(0, at) + (isAdded ? '"' : '') + text.slice(isAdded ? at : at + 1));
        const whole = await csv(text);
        expect(whole).toHaveLength(rows.length);
        // Refused is the row itself, and the one before it where the account cannot be told.
        const kept = found.filter((record) => 'value' in record);
        expect(whole).toEqual(expect.arrayContaining(kept));
        expect(found.filter((record) => 'problems' in record && record.isBrokenRow)).toHaveLength(1);
        expect(kept.length).toBeGreaterThanOrEqual(rows.length - 2);
      }),
    );
  });

  it('refuses a heading that it does not know, or that cannot be read', async () => {
    const read = (heading: string) => all(usageFile(file(`${heading}\nA1,2026-01,5,2026-01\n`)));
    for (const [heading, reason] of [
      ['accountId,month,megabytes,month', /does not know "megabytes", lacks lineId, names month twice/],
      ['accountId,month,"lineId', /^the heading has a quote that is not closed/],
    ] as const)
      expect(await read(heading)).toMatchObject([
        { line: 1, problems: [{ reason: expect.stringMatching(reason) as string }], isBrokenRow: true },
      ]);
  });
});

describe('JSON Lines', () => {
  it('are read with their line numbers; what is no JSON object is a problem of its line', async () => {
    const path = file('\uFEFF{"a":1}\r\n\n[1]\n{"b":\n{"c":"' + '가'.repeat(200_000) + '"}');
    const records = await all(jsonLinesFile(path));
    expect(records.map(({ line }) => line)).toEqual([1, 3, 4, 5]);
    expect(records[0]).toEqual({ line: 1, value: { a: 1 } });
    expect(records[1]).toMatchObject({ problems: [{ field: '(whole)', reason: 'must be a JSON object' }] });
    expect(records[2]).toMatchObject({ problems: [{ reason: expect.stringContaining('no JSON') as string }] });
    expect(records[3]).toMatchObject({ value: { c: '가'.repeat(200_000) } });
  });

  it('and rows of CSV must be UTF-8, whatever bytes a person chose; U+FFFD itself is', async () => {
    // "김" and "도" in CP949.
    const korean = Buffer.from([0xb1, 0xe8, 0xb5, 0xb5]);
    const path = file(Buffer.concat([Buffer.from('{"a":"\uFFFD"}\n{"a":"'), korean, Buffer.from('"}\n{"a":1}')]));
    expect(await all(jsonLinesFile(path))).toEqual([
      { line: 1, value: { a: '\uFFFD' } },
      { line: 2, problems: [{ field: '(whole)', reason: 'is not UTF-8' }] },
      { line: 3, value: { a: 1 } },
    ]);
    const before = Buffer.from(`${HEADING}\nA1,2026-01,L1,1,,,,\uFFFD,,\nA2,2026-01,L1,1,,,,`);
    const after = Buffer.from(',,\nA3,2026-01,L1,1,,,,,,');
    expect(await all(usageFile(file(Buffer.concat([before, korean, after]))))).toMatchObject([
      { line: 2, value: { accountId: 'A1' } },
      { line: 3, problems: [{ field: 'paymentMerchant', reason: 'is not UTF-8 (line 3)' }], isBrokenRow: true },
      { line: 4, value: { accountId: 'A3' } },
    ]);
  });
});
