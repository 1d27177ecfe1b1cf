/** The second reading of an import: what was accepted is sealed and written. */
import { bucketOf } from '../kernel/buckets.ts';
import type { Month } from '../kernel/dates.ts';
import { seal, type DataKey } from '../platform/seal.ts';
import type { KeyTakenTwice, LineItem, RecordWriter } from './adapters/record-writer.ts';
import { readRecord, type Kept } from './check-records.ts';
import { RecordCounter } from './control-totals.ts';
import type { BlockDigest } from './domain/blocks.ts';
import { idOf, type AccountToStore, type UsageToStore } from './domain/read-records.ts';
import type { RecordKind, SourceRecord } from './domain/record.ts';

/** Where the records of an import go. */
export interface ImportTarget {
  readonly importId: string;
  readonly month: Month;
  readonly bucketCount: number;
  readonly tables: Readonly<Record<RecordKind, string>>;
  readonly key: DataKey;
}

export interface WrittenRecords {
  readonly records: number;
  /** What was written, to be compared with what was checked. */
  readonly blocks: readonly BlockDigest[];
  readonly duplicates: readonly KeyTakenTwice[];
}

/**
 * Writes the records of a file or a part. `onWritten` is called for each that is on its way. A record of an account that
 * was `refused` on another line, by id, stands twice as well.
 */
export async function writeRecords(
  writer: RecordWriter,
  target: ImportTarget,
  kind: RecordKind,
  records: AsyncIterable<SourceRecord>,
  onWritten: () => void = () => undefined,
  refused: ReadonlyMap<string, number> = new Map(),
): Promise<WrittenRecords> {
  const counter = new RecordCounter(target.month);
  const twice: KeyTakenTwice[] = [];
  let written = 0;
  for await (const found of records) {
    const read = 'value' in found ? readRecord(kind, found.value) : null;
    if (!('value' in found) || !read?.ok) continue;
    counter.add(kind, found.line, found.value);
    const item = itemOf(target, found.line, read.record);
    const storedLine = refused.get(idOf(kind, found.value) ?? '');
    if (storedLine !== undefined) twice.push({ table: item.table, sk: item.item.sk.S, line: found.line, storedLine });
    const full = writer.put(item);
    if (full) await full;
    written++;
    onWritten();
  }
  const duplicates = [...twice, ...(await writer.end())];
  return { records: written, blocks: counter.counted().blocks, duplicates };
}

function itemOf({ importId, month, bucketCount, tables, key }: ImportTarget, line: number, kept: Kept): LineItem {
  const pk = { S: `${importId}#${bucketOf(kept.record.accountId, bucketCount)}` };
  const item = kept.kind === 'accounts' ? accountItem(kept.record, key) : usageItem(kept.record, key, month);
  return { table: tables[kept.kind], line, item: { pk, ...item } };
}

const accountItem = ({ accountId, account, contact, locale, preferences }: AccountToStore, key: DataKey) => ({
  sk: { S: accountId },
  account: { S: account },
  locale: { S: locale },
  ...(contact === null ? {} : { contact: { B: seal(key, accountId, contact) } }),
  ...(preferences === null ? {} : { preferences: { S: preferences } }),
});

/** A record of another month stands beside the month's own, under a key that no account can have. */
const usageItem = ({ accountId, month, usage, merchants }: UsageToStore, key: DataKey, importMonth: Month) => ({
  sk: { S: month === importMonth ? accountId : `${accountId}@${month}` },
  usage: { S: usage },
  ...(merchants === null ? {} : { merchants: { B: seal(key, accountId, merchants) } }),
});
