import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bucketOf, bucketsOfShard, hash32, shardCountFor, shardOfBucket } from '../../../lambdas/kernel/buckets.ts';

const layout = fc
  .integer({ min: 1, max: 2048 })
  .chain((bucketCount) => fc.tuple(fc.constant(bucketCount), fc.integer({ min: 1, max: bucketCount })));

describe('the bucket of an account', () => {
  // The hash is part of every key that was ever written: a change here would lose every account that is stored.
  it.each([
    ['', 2872998923, 11, 11],
    ['A', 1294499476, 20, 660],
    ['A0000001', 857182404, 4, 196],
    ['A0000002', 1775834718, 30, 606],
    ['A1000000', 180835449, 57, 121],
    ['a0000001', 58054171, 27, 539],
    ['Z_-9', 946751597, 45, 109],
    ['00000000000000000000000000000000', 2554974200, 56, 1016],
    ['KT-2026_x', 1594717822, 62, 638],
    ['김도연', 3658997000, 8, 264],
  ])('of %j never changes', (accountId, hash, of64, of1024) => {
    expect([hash32(accountId), bucketOf(accountId, 64), bucketOf(accountId, 1024)]).toEqual([hash, of64, of1024]);
  });

  it('is one of the buckets, whatever the id', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.integer({ min: 1, max: 4096 }), (accountId, bucketCount) => {
        const bucket = bucketOf(accountId, bucketCount);
        expect(Number.isInteger(bucket) && bucket >= 0 && bucket < bucketCount).toBe(true);
      }),
    );
  });

  it('spreads consecutive ids evenly: no bucket of 64 is a quarter away from the mean', () => {
    const sizes = new Array<number>(64).fill(0);
    for (let index = 0; index < 64_000; index++) {
      const bucket = bucketOf(`A${String(index).padStart(7, '0')}`, 64);
      sizes[bucket] = (sizes[bucket] ?? 0) + 1;
    }
    expect(Math.min(...sizes)).toBeGreaterThan(750);
    expect(Math.max(...sizes)).toBeLessThan(1250);
  });
});

describe('shards', () => {
  it('hold each bucket exactly once, in order, and differ in size by one at most', () => {
    fc.assert(
      fc.property(layout, ([bucketCount, shardCount]) => {
        const shards = Array.from({ length: shardCount }, (_, shard) => bucketsOfShard(shard, shardCount, bucketCount));
        expect(shards.flat()).toEqual(Array.from({ length: bucketCount }, (_, bucket) => bucket));
        const sizes = shards.map((buckets) => buckets.length);
        expect(Math.min(...sizes)).toBeGreaterThanOrEqual(1);
        expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
      }),
    );
  });

  it('are found by their buckets', () => {
    fc.assert(
      fc.property(layout, ([bucketCount, shardCount]) => {
        for (let shard = 0; shard < shardCount; shard++)
          for (const bucket of bucketsOfShard(shard, shardCount, bucketCount))
            expect(shardOfBucket(bucket, shardCount, bucketCount)).toBe(shard);
      }),
    );
  });

  it('are one for about 1,000 accounts, at least one and at most one a bucket', () => {
    expect([0, 1, 1000, 1001, 63_001, 1_000_000].map((accounts) => shardCountFor(accounts, 64))).toEqual([
      1, 1, 1, 2, 64, 64,
    ]);
  });
});
