/** A file in parts is the file: no record is lost, read twice or changed by a cut, and the digest is the same. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkRecords } from '../../../lambdas/import/check-records.ts';
import { controlTotals, importDigest } from '../../../lambdas/import/control-totals.ts';
import {
  cutFile,
  fileRecords,
  partRecords,
  type FileFormat,
  type ReadBytes,
} from '../../../lambdas/import/domain/record-file.ts';
import type { Refusal, SourceRecord } from '../../../lambdas/import/domain/record.ts';
import type { Month } from '../../../lambdas/kernel/dates.ts';

const MONTH = '2026-01' as Month;

/** Reads a file that is in memory, in chunks of so many bytes. */
const reading = (file: Buffer, chunkBytes: number): ReadBytes =>
  // eslint-disable-next-line @typescript-eslint/require-await
  async function* (start, end) {
    for (let at = start; at < end; at += chunkBytes) yield file.subarray(at, Math.min(at + chunkBytes, end));
  };

async function all(records: AsyncIterable<SourceRecord>): Promise<SourceRecord[]> {
  const found: SourceRecord[] = [];
  for await (const record of records) found.push(record);
  return found;
}

/** The records of a file, whole and in parts. */
async function bothWays(format: FileFormat, file: Buffer, chunkBytes: number, partBytes: number) {
  const read = reading(file, chunkBytes);
  const cut = await cutFile(format, read, file.length, partBytes);
  const parts = await Promise.all(cut.parts.map((part) => all(partRecords(cut, part, read))));
  return { cut, parts, whole: await all(fileRecords(format, read(0, file.length))) };
}

const HEADING = 'accountId,month,lineId,dataMb,voiceSec,messages,paymentDate,paymentMerchant,paymentAmount,paymentKind';

/** Lines of JSON, some of them empty or broken. No account stands twice. */
const jsonLines = fc
  .array(
    fc.oneof(
      { weight: 6, arbitrary: fc.constantFrom('', ',"가":"값"', `,"x":"${'y'.repeat(300)}"`) },
      { weight: 1, arbitrary: fc.constantFrom(null, '{"accountId":', '[]', '{"accountId":"?"}') },
    ),
    { maxLength: 3500, size: 'max' },
  )
  .map((kinds) =>
    kinds
      .map((kind, id) =>
        kind?.match(/^[[{]/) ? kind : kind === null ? '' : `{"accountId":"A${id}","month":"${MONTH}"${kind}}`,
      )
      .join('\n'),
  );

/** Rows of CSV in which accounts have one row or many, some of them broken. No account stands twice. */
const csvRows = fc
  .array(fc.tuple(fc.nat(3), fc.constantFrom('Shop', '"two\nlines"', '"a ""b"", c"', '가게', '\n\n\n', '"open')), {
    maxLength: 2500,
    size: 'max',
  })
  .map((rows) => {
    let account = 0;
    const texts = rows.map(([same, merchant], row) => {
      if (same === 0) account++;
      return `A${account},${MONTH},L${row},1,,,,${merchant},5,micro`;
    });
    return [HEADING, ...texts].join('\n');
  });

describe.each([
  ['jsonl', jsonLines],
  ['csv', csvRows],
] as const)('%s', (format, texts) => {
  it('in parts has every record of the whole, on its line, once and in its order', async () => {
    await fc.assert(
      fc.asyncProperty(
        texts,
        fc.integer({ min: 1, max: 70_000 }),
        fc.integer({ min: 1, max: 90_000 }),
        fc.constantFrom('', '\uFEFF'),
        fc.constantFrom('', '\n', '\r\n'),
        async (text, chunkBytes, partBytes, mark, end) => {
          const file = Buffer.from(`${mark}${text}${end}`);
          const { cut, parts, whole } = await bothWays(format, file, Math.max(chunkBytes, 64), partBytes);
          expect(parts.flat()).toEqual(whole);
          expect(cut.parts.map(({ byte }) => byte)).toEqual([0, ...cut.parts.slice(0, -1).map((part) => part.end)]);
          expect(cut.parts.at(-1)?.end).toBe(file.length);
          for (const { byte, end: to } of cut.parts.slice(0, -1)) expect(to - byte).toBeGreaterThanOrEqual(partBytes);
        },
      ),
      { numRuns: 40 },
    );
  });

  it('in parts has the digest and the sums of the whole', async () => {
    await fc.assert(
      fc.asyncProperty(texts, fc.integer({ min: 1, max: 60_000 }), async (text, partBytes) => {
        const { parts, whole } = await bothWays(format, Buffer.from(text), 1 << 16, partBytes);
        // eslint-disable-next-line @typescript-eslint/require-await
        const source = async function* (records: readonly SourceRecord[]) {
          yield* records;
        };
        const check = async (records: readonly SourceRecord[]) => {
          const refusals: Refusal[] = [];
          const checked = await checkRecords('usage', MONTH, source(records), (refusal) => refusals.push(refusal));
          return { checked, refusals };
        };
        const one = await check(whole);
        expect(one.checked.duplicates).toBe(0);
        const many = await Promise.all(parts.map(check));
        const refused = one.checked.refused;
        expect(many.flatMap(({ refusals }) => refusals)).toEqual(one.refusals);
        expect(controlTotals({ accounts: [], usage: many.map(({ checked }) => checked) }, refused, 'c')).toEqual(
          controlTotals({ accounts: [], usage: [one.checked] }, refused, 'c'),
        );
      }),
      { numRuns: 20 },
    );
  });
});

describe('a cut', () => {
  const lines = (from: number, to: number) =>
    Array.from({ length: to - from }, (_, index) => `{"accountId":"A${from + index}"}\n`).join('');

  it('is made at every thousandth line, where the part is long enough', async () => {
    const file = Buffer.from(lines(0, 3500));
    const { cut } = await bothWays('jsonl', file, 999, 1);
    expect(cut.parts.map(({ line }) => line)).toEqual([1, 1001, 2001, 3001]);
    const half = (await bothWays('jsonl', file, 999, file.length / 2)).cut;
    expect(half.parts.map(({ line }) => line)).toEqual([1, 2001]);
  });

  it('is made between accounts, never within the rows of one', async () => {
    const one = Array.from({ length: 3000 }, (_, row) => `A1,${MONTH},L${row},"1"`);
    const file = Buffer.from(['accountId,month,lineId,messages', ...one, `A2,${MONTH},L1,1`, ''].join('\n'));
    const { cut, parts } = await bothWays('csv', file, 4096, 1);
    expect(cut.parts.map(({ line }) => line)).toEqual([1, 3002]);
    expect(parts.map((records) => records.length)).toEqual([1, 1]);
  });

  it('leaves one part of an empty file, and of one whose heading cannot be read', async () => {
    for (const [format, text] of [
      ['jsonl', ''],
      ['csv', ''],
      ['csv', `month,megabytes\n${'x,1\n'.repeat(3000)}`],
    ] as const)
      expect((await bothWays(format, Buffer.from(text), 100, 1)).cut.parts).toHaveLength(1);
  });
});

describe('what cannot be a file of records', () => {
  const reading = (format: FileFormat, text: string) => bothWays(format, Buffer.from(text), 1 << 16, 1);

  it('is refused before it fills the memory', async () => {
    const tooLong = {
      problems: [{ field: '(whole)', reason: expect.stringContaining('is longer than 16777216 bytes') as string }],
    };
    expect((await reading('jsonl', `{}\n${'x'.repeat(17 << 20)}\n{}`)).whole).toMatchObject([
      { line: 1, value: {} },
      { line: 2, ...tooLong },
      { line: 3, value: {} },
    ]);
    const open = `accountId,month,lineId\nA1,${MONTH},"L1${'A1,2026-01,L1'.repeat(2_000_000)}`;
    expect((await reading('csv', `${open}\nA2,${MONTH},L1`)).whole).toMatchObject([
      { line: 2, ...tooLong, isBrokenRow: true },
      { line: 3, value: { accountId: 'A2' } },
    ]);
    const long = `{"accountId":"${'x'.repeat(15 << 20)}"}`;
    expect((await reading('jsonl', `${long}\n${long}\n${long}`)).whole).toHaveLength(3);
  });
});

describe('the digest', () => {
  const digestOf = async (text: string) => {
    const { whole } = await bothWays('jsonl', Buffer.from(text), 100, 1e9);
    const counted = await checkRecords(
      'accounts',
      MONTH,
      // eslint-disable-next-line @typescript-eslint/require-await
      (async function* () {
        yield* whole;
      })(),
      () => undefined,
    );
    return importDigest({ accounts: [counted], usage: [] }, 'catalogs');
  };

  it('is of the records, their order and their lines', async () => {
    const texts = [
      '{"accountId":"A1"}\n{"accountId":"A2"}',
      '{"accountId":"A2"}\n{"accountId":"A1"}',
      '{"accountId":"A1"}\n\n{"accountId":"A2"}',
      '{"accountId":"A1"}\n{"accountId":"A2","dueDay":1}',
      '{"accountId":"A1"}',
    ];
    const digests = await Promise.all(texts.map(digestOf));
    expect(new Set(digests).size).toBe(texts.length);
    expect(await digestOf('{ "accountId": "A1" }\r\n{"accountId":"A2"}\n')).toBe(digests[0]);
  });
});
