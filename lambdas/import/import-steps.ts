/**
 * The steps of an import that are the same wherever it is made. Everything was checked before the first; the records
 * are written between the two; the import is closed after its last item, and the pointer moves after that, so an import
 * that is cut off anywhere is simply made again.
 */
import type { Month } from '../kernel/dates.ts';
import type { ImportRecord, ImportStore } from './adapters/import-store.ts';
import type { ImportDone, ImportRefused } from './domain/sentences.ts';
import type { ControlTotals } from './domain/sums.ts';

/** An import that is to be made. */
export interface AcceptedImport {
  readonly outcome: 'accepted';
  readonly importId: string;
  /** It was closed before: nothing is to be written, the month only has to point to it. */
  readonly isClosed: boolean;
  /** What the month points to. */
  readonly before: string | null;
}

/** The id of what these totals name: the same files are the same import. */
export const importIdOf = (month: Month, { digest }: Pick<ControlTotals, 'digest'>): string =>
  `${month}-${digest.slice(0, 12)}`;

/** Whether an import of these totals may be made. It does when it is in force already, and says so. */
export async function acceptImport(
  store: ImportStore,
  {
    month,
    bucketCount,
    totals,
  }: { readonly month: Month; readonly bucketCount: number; readonly totals: ControlTotals },
): Promise<AcceptedImport | (ImportDone & { readonly outcome: 'unchanged' }) | ImportRefused> {
  // A file that was cut off must not put an empty month in the place of a full one.
  if (totals.accounts === 0) return { outcome: 'no-accounts' };
  const importId = importIdOf(month, totals);
  const before = (await store.inForce(month))?.importId ?? null;
  const isClosed = await store.isClosed(importId);
  if (isClosed && before === importId) return { outcome: 'unchanged', importId, totals };
  const openRun = await store.openRun(month);
  if (openRun !== null) return { outcome: 'run-open', ...openRun };
  const deployed = await store.pinBuckets(bucketCount);
  if (deployed !== bucketCount) return { outcome: 'buckets-differ', deployed };
  return { outcome: 'accepted', importId, isClosed, before };
}

/**
 * Closes an import whose every record is stored, and points the month to it. The pointer is read before the runs are, and
 * the opening of a run changes it: so a run that is opened in between is seen, or makes the last write look again.
 */
export async function closeImport(
  store: ImportStore,
  record: ImportRecord,
  { isClosed, before }: Pick<AcceptedImport, 'isClosed' | 'before'>,
): Promise<ImportDone | ImportRefused> {
  const { month, importId, totals } = record;
  if (!isClosed) await store.close(record);
  for (;;) {
    const pointer = await store.inForce(month);
    // It may be ours already: put by an attempt whose answer was lost.
    if (pointer?.importId === importId) break;
    const openedMeanwhile = await store.openRun(month);
    if (openedMeanwhile !== null) return { outcome: 'run-open', ...openedMeanwhile };
    if ((pointer?.importId ?? null) !== before) return { outcome: 'pointer-moved', importId };
    if (await store.putInForce(month, importId, pointer)) break;
  }
  return { outcome: isClosed ? 'put-in-force' : 'imported', importId, totals };
}
