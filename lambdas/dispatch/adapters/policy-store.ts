/** The policies of the control table: an activated version never changes, so each is read once a process. */
import { GetItemCommand, type DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { z } from 'zod';
import { epochMs, type Instant } from '../../kernel/dates.ts';
import { decode } from '../../platform/decode.ts';
import { readPartition } from '../../platform/query.ts';
import { completePolicy } from '../domain/complete-policy.ts';
import { inForceAt, type VersionLife } from '../domain/policy-in-force.ts';
import { DEFAULT_POLICY, type Policy } from '../domain/policy.ts';

/** A policy with the version that notices pin; version 0 is the default policy of a deployment that has none. */
export interface VersionedPolicy {
  readonly version: number;
  readonly policy: Policy;
}

export interface PolicyStore {
  /** The activated version with the greatest `effectiveFrom` on or before the instant; read anew every few seconds. */
  readonly inForce: (now: Instant) => Promise<VersionedPolicy>;
  /** A version that a notice pinned. */
  readonly version: (version: number) => Promise<Policy>;
}

/** Rates and budgets are asked for before every batch of sends. */
const FRESH_MS = 5_000;
const POLICIES = 'POLICY';
const DEFAULT: VersionedPolicy = { version: 0, policy: DEFAULT_POLICY };

const storedPolicy = z.object({
  sk: z.string(),
  status: z.enum(['DRAFT', 'ACTIVE', 'RETIRED']),
  effectiveFrom: z.iso.datetime().transform((text) => text as Instant),
  policy: z.string(),
});

export const policySortKey = (version: number): string => String(version).padStart(4, '0');

export function policyStore(dynamo: DynamoDBClient, controlTable: string): PolicyStore {
  const known = new Map<number, Policy>([[DEFAULT.version, DEFAULT.policy]]);
  const remember = (item: unknown): VersionedPolicy & VersionLife => {
    const stored = decode(storedPolicy, item, 'the stored policy');
    const version = Number(stored.sk);
    const policy = known.get(version) ?? completePolicy(JSON.parse(stored.policy));
    // A draft may still change; only what was activated is kept.
    if (stored.status !== 'DRAFT') known.set(version, policy);
    return { version, policy, status: stored.status, effectiveFrom: stored.effectiveFrom };
  };
  let recent: { readonly found: VersionedPolicy; readonly at: Instant } | undefined;
  return {
    inForce: async (now) => {
      if (recent && epochMs(now) >= epochMs(recent.at) && epochMs(now) - epochMs(recent.at) < FRESH_MS)
        return recent.found;
      const items = await readPartition(dynamo, { table: controlTable, pk: POLICIES });
      const found = inForceAt(items.map(remember), now) ?? DEFAULT;
      recent = { found, at: now };
      return found;
    },
    version: async (version) => {
      const cached = known.get(version);
      if (cached) return cached;
      const { Item } = await dynamo.send(
        new GetItemCommand({
          TableName: controlTable,
          Key: { pk: { S: POLICIES }, sk: { S: policySortKey(version) } },
          ConsistentRead: true,
        }),
      );
      if (!Item) throw new Error(`policy version ${version} is pinned by a notice but is not stored`);
      return remember(unmarshall(Item)).policy;
    },
  };
}
