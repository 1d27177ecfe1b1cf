/** A run's record and the proofs it is closed by. */
import type { RunPayload } from '../../contracts/settlement-payloads.ts';
import type { Instant, Month } from '../../kernel/dates.ts';
import type { Problem } from './prove-bucket.ts';
import type { Tally } from './tally.ts';

/** What a run pinned when it was opened. Every attempt of it uses this, whatever was imported since. */
export interface RunRecord {
  readonly runId: string;
  readonly month: Month;
  readonly mode: 'settle';
  readonly importId: string;
  readonly catalogDigest: string;
  readonly bucketCount: number;
  readonly shardCount: number;
  readonly accounts: number;
  readonly usageRecords: number;
  readonly openedAt: Instant;
  readonly status: 'OPEN' | 'APPROVED';
  readonly approvedAt: Instant | null;
  /** The digest of the proofs that the run was approved on. */
  readonly proofDigest: string | null;
  /** What those proofs add up to. */
  readonly totals: Tally | null;
}

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

/** What a payload says otherwise than the run has pinned: somebody edited it, or it is another deployment's. */
export function differsFromPinned(payload: RunPayload, run: RunRecord | null): string | null {
  if (run?.runId !== payload.runId) return `Run ${payload.runId} of ${payload.month} was never opened.`;
  const pinned = ['importId', 'catalogDigest', 'bucketCount', 'shardCount'] as const;
  const different = pinned.filter((name) => payload[name] !== run[name]);
  if (different.length === 0) return null;
  const named = different.map((name) => `${name} ${run[name]}, not ${payload[name]}`);
  return `Run ${run.runId} has pinned ${named.join(' and ')}.`;
}
