/** A run's record and the proofs it is closed by. */
import type { ShardPayload } from '../../contracts/settlement-payloads.ts';
import type { Instant, Month } from '../../kernel/dates.ts';
import type { Problem } from './prove-bucket.ts';
import type { Tally } from './tally.ts';

/** The number of a month's settle run: its first. Retries follow. */
export const SETTLE_RUN = 1;

/** `settle` bills every account of the import, `retry` only named ones whose rejections count. */
export type RunMode = 'settle' | 'retry';

/** What a run pinned when it was opened. Every attempt of it uses this, whatever was imported since. */
export interface RunRecord {
  readonly runId: string;
  readonly month: Month;
  readonly mode: RunMode;
  readonly importId: string;
  readonly catalogDigest: string;
  readonly bucketCount: number;
  readonly shardCount: number;
  /** The shards that it has accounts in, in order; null means all of them. */
  readonly shards: readonly number[] | null;
  /** The accounts it settles, and their usage records. */
  readonly accounts: number;
  readonly usageRecords: number;
  /** The digest of a retry's accounts: with the import, it is what the retry is known by. null for a settle run. */
  readonly accountsDigest: string | null;
  /** Why a person retried; null for a settle run. */
  readonly reason: string | null;
  /** The runs of the month that were approved before it was opened: their invoices are left alone. */
  readonly approvedBefore: readonly string[];
  readonly openedAt: Instant;
  readonly status: 'OPEN' | 'APPROVED' | 'REJECTED';
  /** Since when an open run waits for a person, and the digest of the proofs that the person decides on. */
  readonly waits: { readonly since: Instant; readonly proofDigest: string } | null;
  readonly approvedAt: Instant | null;
  /** Who decided it, and why; null when it was approved by itself, or is open. */
  readonly decision: { readonly at: Instant; readonly by: string; readonly reason: string } | null;
  /** The digest of the proofs that the run was decided on. */
  readonly proofDigest: string | null;
  /** What those proofs add up to. */
  readonly totals: Tally | null;
}

/** What is not known of a run before its decision. */
export const NOT_DECIDED = {
  status: 'OPEN',
  waits: null,
  approvedAt: null,
  decision: null,
  proofDigest: null,
  totals: null,
} as const;

/** What settle-shard leaves behind, computed from what is stored. `conflicts` are account ids. */
export interface ShardTally extends Tally {
  readonly conflicts: readonly string[];
}

/** What verify-shard found. `problems` is a sample when there are many; `problemCount` is not. */
export interface ShardProof extends ShardTally {
  readonly shard: number;
  readonly problemCount: number;
  readonly problems: readonly Problem[];
}

/** A closed import: immutable. */
export interface ImportRecord {
  readonly importId: string;
  readonly month: Month;
  readonly accounts: number;
  readonly usageRecords: number;
  readonly catalogDigest: string;
  readonly bucketCount: number;
}

/** The number of a run in its month: `2026-01-r0001` is run 1. */
export const runNumberOf = (runId: string): number => Number(runId.slice(runId.lastIndexOf('r') + 1));

/** The shards of a run, in order. */
export const shardsOf = ({ shards, shardCount }: Pick<RunRecord, 'shards' | 'shardCount'>): readonly number[] =>
  shards ?? Array.from({ length: shardCount }, (_, shard) => shard);

/** What a retry is limited to, in one bucket. */
export interface BucketScope {
  /** The accounts to settle. */
  readonly accounts: ReadonlySet<string>;
  /** The runs whose invoices are left alone: see `RunRecord`. */
  readonly approvedBefore: ReadonlySet<string>;
}

/** What a payload says otherwise than the run has pinned: somebody edited it, or it is another deployment's. */
export function differsFromPinned(payload: ShardPayload, run: RunRecord | null): string | null {
  if (run?.runId !== payload.runId) return `Run ${payload.runId} of ${payload.month} was never opened.`;
  const pinned = ['importId', 'catalogDigest', 'bucketCount', 'shardCount'] as const;
  const different = pinned.filter((name) => payload[name] !== run[name]);
  const named = different.map((name) => `${name} ${run[name]}, not ${payload[name]}`);
  if (named.length > 0) return `Run ${run.runId} has pinned ${named.join(' and ')}.`;
  return shardsOf(run).includes(payload.shard) ? null : `Run ${run.runId} has no accounts in shard ${payload.shard}.`;
}
