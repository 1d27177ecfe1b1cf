/** Usage records of a file by account, without holding them: each is read when its account comes. */
import type { Month } from '../../lambdas/kernel/dates.ts';
import { isMembers } from '../../lambdas/settlement/domain/form.ts';
import { readLines } from '../import/source.ts';
import type { FileFaults } from './file-faults.ts';
import { RecordIndex } from './record-index.ts';

export interface UsageIndex {
  /** Records that are no input of billing: of another month, or without a textual account id and month. */
  readonly foreign: number;
  /** The accounts that have a record of the month. */
  readonly size: number;
  /** The month's record of an account, or null. */
  readonly read: (accountId: string) => unknown;
  readonly close: () => void;
}

/** An account has one record a month. */
const keyOf = (accountId: string, month: string): string => `${accountId}\n${month}`;

function keyOfRecord(record: unknown): string | null {
  const { accountId, month } = isMembers(record) ? record : {};
  return typeof accountId === 'string' && typeof month === 'string' ? keyOf(accountId, month) : null;
}

/** Reads through the file once. What is no JSON and what stands twice are faults of the file. */
export async function indexUsage(path: string, month: Month, faults: FileFaults): Promise<UsageIndex> {
  const index = new RecordIndex(path, keyOfRecord);
  let [foreign, size] = [0, 0];
  for await (const line of readLines(path)) {
    const value = faults.parse(path, line);
    const key = keyOfRecord(value);
    const { accountId, month: of } = isMembers(value) ? value : {};
    if (key === null) foreign++;
    else if (index.add(key, line))
      faults.add(path, line.line, 'accountId', `${String(accountId)} has a usage record of ${String(of)} already`);
    else if (of === month) size++;
    else foreign++;
  }
  return {
    foreign,
    size,
    read: (accountId) => index.find(keyOf(accountId, month))?.record ?? null,
    close: () => {
      index.close();
    },
  };
}
