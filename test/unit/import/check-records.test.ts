import { describe, expect, it } from 'vitest';
import { checkRecords } from '../../../lambdas/import/check-records.ts';
import { fileRecords, type FileFormat } from '../../../lambdas/import/domain/record-file.ts';
import { mayBeLeftOut } from '../../../lambdas/import/domain/refused.ts';
import type { RecordKind, Refusal } from '../../../lambdas/import/domain/record.ts';
import type { Month } from '../../../lambdas/kernel/dates.ts';

async function check(kind: RecordKind, format: FileFormat, lines: readonly string[]) {
  const told: string[] = [];
  const onRefused = ({ line, field, reason }: Refusal): void => {
    told.push(`${line} ${field} ${reason}`);
  };
  // eslint-disable-next-line @typescript-eslint/require-await
  const bytes = (async function* () {
    yield Buffer.from(lines.join('\n'));
  })();
  const checked = await checkRecords(kind, '2026-01' as Month, fileRecords(format, bytes), onRefused);
  return { ...checked, told, mayBeLeftOut: mayBeLeftOut(checked, 10) };
}

describe('of an account that stands twice none is left out', () => {
  const GOOD = '{"accountId":"A1"}';
  const BAD = '{"accountId":"A1","locale":"fr"}';
  const twice = '2 accountId A1 stands in the file already, on line 1';

  it.each([
    ['both could be kept', [GOOD, GOOD], [twice], 1],
    ['the first is refused', [BAD, GOOD], ['1 locale must be "ko" or "en"', twice], 2],
    ['the second is refused', [GOOD, BAD], ['2 locale must be "ko" or "en"', twice], 1],
    ['both are refused', [BAD, BAD], ['1 locale must be "ko" or "en"', '2 locale must be "ko" or "en"', twice], 2],
  ])('when %s', async (_, lines, told, refused) => {
    const checked = await check('accounts', 'jsonl', lines);
    expect(checked).toMatchObject({ read: 2, refused, duplicates: 1, told, mayBeLeftOut: false });
  });

  it('nor of its usage of a month, as CSV', async () => {
    const checked = await check('usage', 'csv', [
      'accountId,month,lineId,dataMb',
      'A1,2026-01,L1,5x',
      'B1,2026-01,L1,1',
      'A1,2026-02,L1,1',
      'A1,2026-01,L2,1',
    ]);
    expect(checked).toMatchObject({ read: 4, refused: 2, duplicates: 1, mayBeLeftOut: false });
    expect(checked.told[1]).toBe('5 accountId A1 of 2026-01 stands in the file already, on line 2');
  });
});

it('a record that is refused may be left out, a row that cannot be read may not', async () => {
  const heading = 'accountId,month,lineId,dataMb';
  expect(await check('usage', 'csv', [heading, 'A1,2026-01,L1,x'])).toMatchObject({ mayBeLeftOut: true });
  expect(await check('usage', 'csv', [heading, 'A1,2026-01,"L1,5'])).toMatchObject({ mayBeLeftOut: false });
  expect(await check('usage', 'csv', [heading, 'A1,2026-01,L1'])).toMatchObject({ mayBeLeftOut: false });
});
