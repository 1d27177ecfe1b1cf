import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { hash32 } from '../../../lambdas/kernel/buckets.ts';
import { RecordIndex } from '../../../tools/billing/record-index.ts';
import { readLines } from '../../../tools/import/source.ts';

const folder = mkdtempSync(join(tmpdir(), 'tr1l-index-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

const idOf = (record: unknown): string => (record as { id: string }).id;

async function indexed(ids: readonly string[]) {
  const path = join(folder, 'records.jsonl');
  writeFileSync(path, ids.map((id, index) => `${JSON.stringify({ id, index })}\n`).join(''));
  const index = new RecordIndex(path, idOf);
  const there: (number | null)[] = [];
  for await (const line of readLines(path)) there.push(index.add(idOf(JSON.parse(line.text)), line)?.line ?? null);
  return { index, there };
}

describe('the index of a file of records', () => {
  it('finds every record of some thousands, in any order, and none that is not there', async () => {
    const ids = Array.from({ length: 5000 }, (_, number) => `A${number}`);
    const { index } = await indexed(ids);
    expect(index.size).toBe(5000);
    for (const [number, id] of [...ids.entries()].reverse())
      expect(index.find(id)).toEqual({ line: number + 1, record: { id, index: number } });
    expect(index.find('A5000')).toBeNull();
    index.close();
  });

  it('tells ids of one hash apart', async () => {
    const [one, other] = ['A0012789', 'A0249192'];
    expect(hash32(one)).toBe(hash32(other));
    const { index, there } = await indexed([one, '김도연', other, one]);
    expect(there).toEqual([null, null, null, 1]);
    expect([one, '김도연', other].map((id) => index.find(id)?.line)).toEqual([1, 2, 3]);
    index.close();
  });
});
