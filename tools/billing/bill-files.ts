/** Bills files, offline: the accounts one after the other, whatever their number. */
import type { Invoice } from '../../lambdas/contracts/invoice.ts';
import type { Month } from '../../lambdas/kernel/dates.ts';
import { bill, isRejection } from '../../lambdas/settlement/domain/bill.ts';
import type { Catalogs } from '../../lambdas/settlement/domain/catalogs.ts';
import { isMembers } from '../../lambdas/settlement/domain/form.ts';
import type { Rejection } from '../../lambdas/settlement/domain/rejection.ts';
import { readLines } from '../import/source.ts';
import { FileFaults } from './file-faults.ts';
import { RecordIndex } from './record-index.ts';
import { indexUsage } from './usage-index.ts';

export interface BillingFiles {
  readonly accounts: string;
  readonly usage: string;
  readonly catalogs: Catalogs;
  readonly month: Month;
}

/** An account that was billed, with what it was billed from. */
export interface Billed {
  readonly account: unknown;
  readonly usage: unknown;
  readonly result: Invoice | Rejection;
}

/** Counted while the results are taken. */
export interface BillCounts {
  accounts: number;
  invoices: number;
  readonly rejections: Map<string, number>;
  rejected: number;
  usageRecords: number;
  /** Usage that is no input: of another month, of no account of the file, or of no account at all. */
  foreign: number;
}

export type BilledFiles =
  | { readonly ok: true; readonly results: AsyncIterable<Billed>; readonly counts: BillCounts }
  | { readonly ok: false; readonly faults: FileFaults };

/** Checks the files as files, then bills each account when its result is taken. `shown` faults are kept, all are counted. */
export async function billFiles(files: BillingFiles, shown: number): Promise<BilledFiles> {
  const faults = new FileFaults(shown);
  await checkAccounts(files.accounts, faults);
  const usage = await indexUsage(files.usage, files.month, faults);
  if (faults.count > 0) {
    usage.close();
    return { ok: false, faults };
  }
  const counts: BillCounts = {
    accounts: 0,
    invoices: 0,
    rejections: new Map(),
    rejected: 0,
    usageRecords: usage.size + usage.foreign,
    foreign: usage.size + usage.foreign,
  };
  const results = async function* (): AsyncGenerator<Billed> {
    try {
      for await (const { text } of readLines(files.accounts)) {
        const account: unknown = JSON.parse(text);
        const accountId = idOf(account);
        const used = accountId === null ? null : usage.read(accountId);
        const result = bill(account, used, files.catalogs, files.month);
        counts.accounts++;
        if (used !== null) counts.foreign--;
        countResult(counts, result);
        yield { account, usage: used, result };
      }
    } finally {
      usage.close();
    }
  };
  return { ok: true, results: results(), counts };
}

function countResult(counts: BillCounts, result: Invoice | Rejection): void {
  if (!isRejection(result)) {
    counts.invoices++;
    return;
  }
  counts.rejected++;
  for (const reason of result.rejected) counts.rejections.set(reason, (counts.rejections.get(reason) ?? 0) + 1);
}

/** Two accounts of one id are a fault of the file: it is not known which of them holds. */
async function checkAccounts(path: string, faults: FileFaults): Promise<void> {
  const index = new RecordIndex(path, idOf);
  try {
    for await (const line of readLines(path)) {
      const accountId = idOf(faults.parse(path, line));
      const first = accountId === null ? null : index.add(accountId, line);
      if (first) faults.add(path, line.line, 'accountId', `${accountId} stands on line ${first.line} already`);
    }
  } finally {
    index.close();
  }
}

function idOf(account: unknown): string | null {
  const accountId = isMembers(account) ? account['accountId'] : null;
  return typeof accountId === 'string' ? accountId : null;
}
