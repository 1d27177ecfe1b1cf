/** Reads everything that is stored of a bucket, for its proof. */
import type { ShardPayload } from '../contracts/settlement-payloads.ts';
import { hexOf, inputHashOf, openStored, type StoredItem } from './adapters/invoice-store.ts';
import { narrowToScope } from './domain/narrow-to-scope.ts';
import type { FoundBucket } from './domain/prove-bucket.ts';
import type { BucketScope } from './domain/run.ts';
import { parseStored } from './domain/settle-account.ts';
import type { BucketDeps } from './settle-bucket.ts';

/** A settle run has no scope (null); of a retry's bucket, the part that it must account for. */
export async function readFound(
  deps: BucketDeps,
  { month, runId, importId, catalogDigest, bucketCount }: ShardPayload,
  bucket: number,
  shardConflicts: ReadonlySet<string>,
  scope: BucketScope | null,
): Promise<FoundBucket> {
  const [accounts, usage, invoices, rejections] = await Promise.all([
    deps.accounts.readBucket(importId, bucket),
    deps.usage.readBucket(importId, bucket),
    deps.invoices.readBucket(month, bucket),
    deps.rejections.readBucket(month, bucket),
  ]);
  const isOfThisInput = ({ accountId, inputHash }: StoredItem): boolean => {
    const account = accounts.get(accountId);
    return (
      account !== undefined &&
      hexOf(inputHashOf(catalogDigest, account, usage.get(accountId) ?? null)) === hexOf(inputHash)
    );
  };
  const parsed = (texts: ReadonlyMap<string, string>) =>
    new Map([...texts].map(([accountId, text]) => [accountId, parseStored(text)]));
  const found = {
    month,
    runId,
    bucket,
    bucketCount,
    accounts: parsed(accounts),
    usage: parsed(usage),
    invoices: [...invoices.values()].map((item) => ({
      ...item,
      contentHash: hexOf(item.contentHash),
      isOfThisInput: isOfThisInput(item),
      invoice: openStored(month, item),
    })),
    rejections: [...rejections.keys()],
    conflicts: new Set([...shardConflicts].filter((accountId) => accounts.has(accountId))),
  };
  return scope ? narrowToScope(found, scope) : { ...found, billedBefore: new Set() };
}
