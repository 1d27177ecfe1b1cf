import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { RecordSource, SourceRecord } from '../../../lambdas/import/domain/record.ts';
import { jsonLinesFile, usageFile } from '../../../tools/import/source.ts';

const folder = mkdtempSync(join(tmpdir(), 'tr1l-csv-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

const HEADING = 'accountId,month,lineId,dataMb,voiceSec,messages,paymentDate,paymentMerchant,paymentAmount,paymentKind';
const file = (text: string): string => {
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
        'A1,2026-01,L1,,,,2026-01-09,"two\nlines",1100,content',
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
                { date: '2026-01-09', merchant: 'two\nlines', amount: 1100, kind: 'content' },
              ],
            },
            { lineId: 'L2', payments: [] },
          ],
        },
      },
      { line: 7, value: { accountId: 'A2', month: '2026-01', lines: [{ lineId: 'L1', dataMb: 1, payments: [] }] } },
    ]);
  });

  it('reads columns in any order, carriage returns and a byte order mark', async () => {
    const path = file('\uFEFFlineId,month,accountId,messages\r\nL1,2026-01,A1,7\r\n');
    expect(await all(usageFile(path))).toEqual([
      { line: 2, value: { accountId: 'A1', month: '2026-01', lines: [{ lineId: 'L1', messages: 7, payments: [] }] } },
    ]);
  });

  it('says on which line what is wrong, and goes on', async () => {
    expect(
      await csv(
        'A1,2026-01,L1,many,,,,,,',
        'A2,2026-01,L1,1,,,,,,',
        'A2,2026-01,L1,2,,,,,,',
        'A3,2026-01,,,,,,,,',
        'A4,2026-01,L1,,,,,,,,,',
      ),
    ).toMatchObject([
      { line: 2, problem: { field: 'dataMb', reason: 'must be a number, not "many" (line 2)' } },
      { line: 3, problem: { field: 'lineId' } },
      { line: 5, problem: { field: 'lineId', reason: 'must be given (line 5)' } },
      { line: 6, problem: { field: '(whole)' } },
    ]);
  });

  it('refuses a heading that it does not know', async () => {
    const path = file('accountId,month,megabytes,month\nA1,2026-01,5,2026-01\n');
    expect(await all(usageFile(path))).toMatchObject([
      {
        line: 1,
        problem: {
          reason: expect.stringMatching(/does not know "megabytes", lacks lineId, names month twice/) as string,
        },
      },
    ]);
  });
});

describe('JSON Lines', () => {
  it('are read with their line numbers; what is no JSON object is a problem of its line', async () => {
    const path = file('\uFEFF{"a":1}\r\n\n[1]\n{"b":\n{"c":"' + '가'.repeat(200_000) + '"}');
    const records = await all(jsonLinesFile(path));
    expect(records.map(({ line }) => line)).toEqual([1, 3, 4, 5]);
    expect(records[0]).toEqual({ line: 1, value: { a: 1 } });
    expect(records[1]).toMatchObject({ problem: { field: '(whole)', reason: 'must be a JSON object' } });
    expect(records[2]).toMatchObject({ problem: { reason: expect.stringContaining('no JSON') as string } });
    expect(records[3]).toMatchObject({ value: { c: '가'.repeat(200_000) } });
  });
});
