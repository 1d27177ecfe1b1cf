/**
 * The due markers of the control table: which shard has notices due in which 10-minute slot. Written after the notices
 * they stand for, so that a release never finds a marker whose notices are still to come; a writer that died between
 * the two is run again, and puts the marker then.
 */
import { DeleteItemCommand, PutItemCommand, UpdateItemCommand, type DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import { z } from 'zod';
import { dueMarkerSchema, type DueMarker } from '../../contracts/due-marker.ts';
import type { Instant } from '../../kernel/dates.ts';
import { unlessRefused } from '../../platform/conditional-write.ts';
import { decode } from '../../platform/decode.ts';
import { readPartition } from '../../platform/query.ts';
import { CHANNELS, type Channel } from '../domain/policy.ts';
import type { Cursor } from '../domain/release.ts';

/** How far the releases of a marker have come, by channel. */
export interface Progress {
  /** Where a release stopped: it is taken up there. */
  readonly cursor: Readonly<Partial<Record<Channel, Cursor>>>;
  /** Everything due up to here has been queued by this marker: it is not queued again. */
  readonly releasedUntil: Readonly<Partial<Record<Channel, Instant>>>;
}

export interface MarkerLease {
  readonly token: string;
  readonly until: Instant;
}

export interface ClaimedMarker extends Progress {
  /** How often the marker had been put when it was claimed. */
  readonly puts: number;
}

export interface DueMarkers {
  /** Puts the marker; where it stands already, it notes that something was added, which may be due since long. */
  readonly put: (marker: DueMarker) => Promise<void>;
  /** Every marker of every slot up to now, missed slots too, the oldest first. Empty slots before `forgetBefore` are forgotten. */
  readonly due: (now: Instant, forgetBefore: Instant) => Promise<DueMarker[]>;
  /** Claims the marker; its progress, or null when another worker holds it or it is gone. */
  readonly claim: (marker: DueMarker, lease: MarkerLease, now: Instant) => Promise<ClaimedMarker | null>;
  /** Moves the cursors on; false when the lease was lost, or something was put since: the marker is released from its start. */
  readonly advance: (
    marker: DueMarker,
    claimed: { token: string; puts: number },
    cursor: Progress['cursor'],
  ) => Promise<boolean>;
  /** Gives the marker back, as some of its notices are still to go, with what its releases have come to. */
  readonly giveBack: (marker: DueMarker, claimed: { token: string; puts: number }, progress: Progress) => Promise<void>;
  /** Removes the marker, unless it was put again since the claim: then it is given back, and released once more. */
  readonly finish: (marker: DueMarker, claimed: { token: string; puts: number }) => Promise<void>;
}

const SLOTS = 'DUE';
const LEASE = ['leaseToken', 'leaseUntil'];
const instant = z.iso.datetime().transform((text) => text as Instant);

const cursor = z.object({ at: instant, bucket: z.int(), noticeId: z.string() });
const claimedSchema = z.object({
  puts: z.int(),
  cursor: z.partialRecord(z.enum(CHANNELS), cursor).default({}),
  releasedUntil: z.partialRecord(z.enum(CHANNELS), instant).default({}),
});

const keyOf = ({ slot, month, shard }: DueMarker) =>
  marshall({ pk: `DUE#${slot}`, sk: `${month}#${String(shard).padStart(4, '0')}` });

export function dueMarkers(dynamo: DynamoDBClient, table: string): DueMarkers {
  const update = (marker: DueMarker, write: MarkerWrite) =>
    dynamo.send(
      new UpdateItemCommand({ TableName: table, Key: keyOf(marker), ReturnValues: 'ALL_NEW', ...expression(write) }),
    );
  /** From the start: something was put since the claim, and may be due since before it. */
  const startOver = async (marker: DueMarker, token: string): Promise<void> => {
    await unlessRefused(update(marker, { set: {}, remove: [...LEASE, 'cursor'], holder: token }));
  };
  return {
    put: async (marker) => {
      await unlessRefused(
        dynamo.send(
          new PutItemCommand({
            TableName: table,
            Item: marshall({ pk: SLOTS, sk: marker.slot }),
            ConditionExpression: 'attribute_not_exists(pk)',
          }),
        ),
      );
      const { shardCount, bucketCount, slot, month, shard } = marker;
      const set = { slot, month, shard, shardCount, bucketCount };
      // What was added may lie before a cursor: the marker is released from its start.
      await update(marker, { set, remove: ['releasedUntil', 'cursor'], addPut: true });
    },
    due: async (now, forgetBefore) => {
      const slots = (await readPartition(dynamo, { table, pk: SLOTS })).map((item) => item['sk'] as Instant);
      const markers: DueMarker[] = [];
      for (const slot of slots.filter((candidate) => candidate <= now)) {
        const items = await readPartition(dynamo, { table, pk: `DUE#${slot}` });
        markers.push(...items.map((item) => decode(dueMarkerSchema, item, 'the stored due marker')));
        if (items.length === 0 && slot < forgetBefore) {
          await dynamo.send(new DeleteItemCommand({ TableName: table, Key: marshall({ pk: SLOTS, sk: slot }) }));
        }
      }
      return markers;
    },
    claim: async (marker, lease, now) => {
      const set = { leaseToken: lease.token, leaseUntil: lease.until };
      const claimed = await unlessRefused(update(marker, { set, freeAt: now }));
      if (!claimed) return null;
      const stored = decode(claimedSchema, unmarshall(claimed.Attributes ?? {}), 'the stored due marker');
      return stored;
    },
    advance: async (marker, { token, puts }, cursor) => {
      if (await unlessRefused(update(marker, { set: { cursor }, holder: token, puts }))) return true;
      await startOver(marker, token);
      return false;
    },
    giveBack: async (marker, { token, puts }, { cursor, releasedUntil }) => {
      const write = { set: { cursor, releasedUntil }, remove: LEASE, holder: token, puts };
      if (!(await unlessRefused(update(marker, write)))) await startOver(marker, token);
    },
    finish: async (marker, { token, puts }) => {
      const removed = await unlessRefused(
        dynamo.send(
          new DeleteItemCommand({
            TableName: table,
            Key: keyOf(marker),
            ConditionExpression: 'leaseToken = :token AND puts = :puts',
            ExpressionAttributeValues: marshall({ ':token': token, ':puts': puts }),
          }),
        ),
      );
      if (!removed) await startOver(marker, token);
    },
  };
}

/** A conditional update of a marker: by its holder, by whoever finds it free, or a put that counts. */
interface MarkerWrite {
  readonly set: Readonly<Record<string, unknown>>;
  readonly remove?: readonly string[];
  readonly addPut?: true;
  readonly holder?: string;
  readonly puts?: number;
  readonly freeAt?: Instant;
}

function expression({ set, remove = [], addPut, holder, puts, freeAt }: MarkerWrite) {
  const names = [...Object.keys(set), ...remove];
  const clauses = [
    ...(Object.keys(set).length > 0
      ? [
          `SET ${Object.keys(set)
            .map((name) => `#${name} = :${name}`)
            .join(', ')}`,
        ]
      : []),
    ...(remove.length > 0 ? [`REMOVE ${remove.map((name) => `#${name}`).join(', ')}`] : []),
    ...(addPut ? ['ADD puts :one'] : []),
  ];
  const condition = [
    ...(holder === undefined ? [] : ['leaseToken = :holder']),
    ...(puts === undefined ? [] : ['puts = :puts']),
    ...(freeAt === undefined
      ? []
      : ['attribute_exists(pk) AND (attribute_not_exists(leaseUntil) OR leaseUntil < :freeAt)']),
  ];
  const values = {
    ...Object.fromEntries(Object.entries(set).map(([name, value]) => [`:${name}`, value])),
    ...(addPut ? { ':one': 1 } : {}),
    ...(holder === undefined ? {} : { ':holder': holder }),
    ...(puts === undefined ? {} : { ':puts': puts }),
    ...(freeAt === undefined ? {} : { ':freeAt': freeAt }),
  };
  return {
    UpdateExpression: clauses.join(' '),
    ...(condition.length > 0 ? { ConditionExpression: condition.join(' AND ') } : {}),
    ...(names.length > 0
      ? { ExpressionAttributeNames: Object.fromEntries(names.map((name) => [`#${name}`, name])) }
      : {}),
    ExpressionAttributeValues: marshall(values),
  };
}
