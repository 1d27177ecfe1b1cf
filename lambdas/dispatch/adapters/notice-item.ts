/** The ledger's item in DynamoDB's form, and back. What is read is decoded: an item that is none of ours is an error, not a guess. */
import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { z } from 'zod';
import { isLocalDate, isMonth, type Instant, type LocalDate, type Month } from '../../kernel/dates.ts';
import { won } from '../../kernel/money.ts';
import { decode } from '../../platform/decode.ts';
import { PROVIDER_CLASSES } from '../domain/answer.ts';
import { BECAME, STATES, type Notice, type NoticeChange, type NoticeOutline } from '../domain/ledger.ts';
import { CHANNELS } from '../domain/policy.ts';

const instant = z.custom<Instant>(
  (value) => typeof value === 'string' && !Number.isNaN(Date.parse(value)),
  'must be an instant',
);
const amount = z.int().transform(won);
const channel = z.enum(CHANNELS);

const noticeSchema = z.object({
  sk: z.string(),
  month: z.custom<Month>(isMonth),
  bucket: z.int(),
  accountId: z.string(),
  runId: z.string(),
  importId: z.string(),
  policyVersion: z.int(),
  state: z.enum(STATES),
  channel,
  channels: z.array(channel),
  used: z.int(),
  throttled: z.int(),
  attempts: z.array(
    z.object({
      channel,
      number: z.int(),
      at: instant,
      class: z.enum(PROVIDER_CLASSES),
      reason: z.string().optional(),
      providerMessageId: z.string().optional(),
      givenBack: z.literal(true).optional(),
      lease: z.string().optional(),
      became: z.enum(BECAME).optional(),
    }),
  ),
  dueAt: instant,
  reason: z.string().nullable(),
  leaseToken: z.string().nullable(),
  leaseUntil: instant.nullable(),
  possibleDuplicate: z.boolean(),
  reopened: z.int().optional(),
  accountWindowIgnored: z.boolean(),
  locale: z.enum(['ko', 'en']),
  dueDate: z.custom<LocalDate>(isLocalDate),
  amountDue: amount,
  groups: z.array(z.object({ code: z.string(), amount })),
  quietHours: z.object({ from: z.string(), to: z.string() }).nullable(),
  contact: z.instanceof(Uint8Array).nullable(),
});

const outlineSchema = noticeSchema.pick({
  sk: true,
  month: true,
  bucket: true,
  accountId: true,
  runId: true,
  state: true,
  channel: true,
  dueAt: true,
  reason: true,
  leaseUntil: true,
  possibleDuplicate: true,
  reopened: true,
  amountDue: true,
});

/** The attributes of an outline. */
export const OUTLINE_ATTRIBUTES: readonly string[] = Object.keys(outlineSchema.shape);

/** `<month>#<bucket>`: a shard reads whole partitions. */
export const noticePartition = (month: Month, bucket: number): string => `${month}#${bucket}`;

/** The key of a notice. */
export const noticeKey = (
  notice: Pick<Notice, 'month' | 'bucket' | 'noticeId'>,
): Record<'pk' | 'sk', { S: string }> => ({
  pk: { S: noticePartition(notice.month, notice.bucket) },
  sk: { S: notice.noticeId },
});

/** The whole item of a notice. */
export function encodeNotice({ noticeId, ...attributes }: Notice): Record<string, AttributeValue> {
  return { ...noticeKey({ ...attributes, noticeId }), ...encodeChange(attributes) };
}

/** Changed attributes in DynamoDB's form, in the order of their names. */
export const encodeChange = (change: NoticeChange | Omit<Notice, 'noticeId'>): Record<string, AttributeValue> =>
  marshall(change, { removeUndefinedValues: true });

/** The notice of an unmarshalled item. Throws `InvalidInput` with every problem of it. */
export function decodeNotice(item: unknown): Notice {
  const { sk, ...notice } = decode(noticeSchema, item, 'the stored notice');
  return { noticeId: sk, ...notice };
}

/** The outline of an unmarshalled item. Throws likewise. */
export function decodeOutline(item: unknown): NoticeOutline {
  const { sk, ...outline } = decode(outlineSchema, item, 'the stored notice');
  return { noticeId: sk, ...outline };
}
