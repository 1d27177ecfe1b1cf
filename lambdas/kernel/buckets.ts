/**
 * Which bucket an account lies in. The hash is part of every key of every table: it may never change
 * (test/unit/kernel/buckets.test.ts pins a table of known hashes).
 */

/** FNV-1a over the UTF-8 bytes of the text, finished by murmur3's mixer so that the low bits are even; 32 bits, unsigned. */
export function hash32(text: string): number {
  let hash = fnv1a(text);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

/** A text of ASCII, as every account id is, needs no encoder: its characters are its bytes. */
function fnv1a(text: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    if (unit >= 0x80) return fnv1aOfBytes(new TextEncoder().encode(text));
    hash = Math.imul(hash ^ unit, 0x01000193);
  }
  return hash;
}

const fnv1aOfBytes = (bytes: Uint8Array): number =>
  bytes.reduce((hash, byte) => Math.imul(hash ^ byte, 0x01000193), 0x811c9dc5);

/** The bucket of an account, 0 to bucketCount − 1. */
export const bucketOf = (accountId: string, bucketCount: number): number => hash32(accountId) % bucketCount;

/** About 1,000 accounts a shard, one bucket at least, so never more shards than buckets. */
export const shardCountFor = (accounts: number, bucketCount: number): number =>
  Math.max(1, Math.min(bucketCount, Math.ceil(accounts / 1000)));

/** The buckets of a shard: shards 0 … shardCount − 1 part the buckets into contiguous ranges whose sizes differ by one at most. */
export function bucketsOfShard(shard: number, shardCount: number, bucketCount: number): number[] {
  const from = Math.floor((shard * bucketCount) / shardCount);
  const to = Math.floor(((shard + 1) * bucketCount) / shardCount);
  return Array.from({ length: to - from }, (_, index) => from + index);
}

/** The shard that a bucket belongs to: the inverse of `bucketsOfShard`. */
export const shardOfBucket = (bucket: number, shardCount: number, bucketCount: number): number =>
  Math.floor(((bucket + 1) * shardCount - 1) / bucketCount);
