/** The breakers of the control table: one item a channel, each change a conditional write on the version it was made of. */
import { GetItemCommand, PutItemCommand, type DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import { z } from 'zod';
import type { Instant } from '../../kernel/dates.ts';
import { epochMs } from '../../kernel/dates.ts';
import { unlessRefused } from '../../platform/conditional-write.ts';
import { decode } from '../../platform/decode.ts';
import { CLOSED, type Breaker } from '../domain/breaker.ts';
import type { Channel } from '../domain/policy.ts';

export interface BreakerStore {
  /** The channel's breaker, a few seconds old at most. */
  readonly read: (channel: Channel, now: Instant) => Promise<Breaker>;
  /**
   * Changes the breaker by a pure function, which may be asked several times; null or an equal breaker writes nothing.
   * Answers with the breaker that is stored afterwards, and whether the function's change was written.
   */
  readonly change: (
    channel: Channel,
    change: (breaker: Breaker) => Breaker | null,
    now: Instant,
  ) => Promise<{ readonly breaker: Breaker; readonly isWritten: boolean }>;
}

/** A breaker that opened holds a worker back so much later. */
const FRESH_MS = 3_000;
/** Workers that count failures at once write one after the other; the luckless of this many rounds is none. */
const ROUNDS = 20;

const instant = z.iso.datetime().transform((text) => text as Instant);
const stored = z.object({
  version: z.int(),
  failures: z.int(),
  failingSince: instant.nullable(),
  openUntil: instant.nullable(),
  reason: z.string().nullable(),
  outage: z.object({ since: instant, until: instant.nullable() }).nullable(),
  probe: z.object({ token: z.string(), until: instant }).nullable(),
  unattempted: z.array(instant),
});

interface Known {
  readonly breaker: Breaker;
  readonly version: number;
  readonly at: Instant;
}

export function breakerStore(dynamo: DynamoDBClient, controlTable: string): BreakerStore {
  const known = new Map<Channel, Known>();
  const keyOf = (channel: Channel) => ({ pk: { S: 'BREAKER' }, sk: { S: channel } });
  const remember = (channel: Channel, breaker: Breaker, version: number, at: Instant): Known => {
    const now = { breaker, version, at };
    known.set(channel, now);
    return now;
  };
  const fetch = async (channel: Channel, now: Instant): Promise<Known> => {
    const { Item } = await dynamo.send(
      new GetItemCommand({ TableName: controlTable, Key: keyOf(channel), ConsistentRead: true }),
    );
    if (!Item) return remember(channel, CLOSED, 0, now);
    const { version, ...breaker } = decode(stored, unmarshall(Item), `the stored breaker of ${channel}`);
    return remember(channel, breaker, version, now);
  };
  const recent = async (channel: Channel, now: Instant): Promise<Known> => {
    const cached = known.get(channel);
    return cached && epochMs(now) - epochMs(cached.at) < FRESH_MS ? cached : fetch(channel, now);
  };
  /** False when another writer came first. */
  const replace = async (channel: Channel, breaker: Breaker, version: number): Promise<boolean> => {
    const written = await unlessRefused(
      dynamo.send(
        new PutItemCommand({
          TableName: controlTable,
          Item: { ...keyOf(channel), ...marshall({ version: version + 1, ...breaker }) },
          ConditionExpression: version === 0 ? 'attribute_not_exists(pk)' : '#version = :version',
          ...(version === 0
            ? {}
            : {
                ExpressionAttributeNames: { '#version': 'version' },
                ExpressionAttributeValues: { ':version': { N: String(version) } },
              }),
        }),
      ),
    );
    return written !== null;
  };
  return {
    read: async (channel, now) => (await recent(channel, now)).breaker,
    change: async (channel, change, now) => {
      let current = await recent(channel, now);
      for (let round = 0; round < ROUNDS; round++) {
        const next = change(current.breaker);
        if (next === null || isEqual(next, current.breaker)) return { breaker: current.breaker, isWritten: false };
        if (await replace(channel, next, current.version)) {
          return { breaker: remember(channel, next, current.version + 1, now).breaker, isWritten: true };
        }
        current = await fetch(channel, now);
      }
      throw new Error(`the breaker of ${channel} could not be written: ${ROUNDS} times another worker came first`);
    },
  };
}

const isEqual = (a: Breaker, b: Breaker): boolean => JSON.stringify(a) === JSON.stringify(b);
