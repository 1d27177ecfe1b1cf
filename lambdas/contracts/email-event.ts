/**
 * What dispatch takes of an event of SES: ids and codes, by their places in the event ("Monitoring SES events using
 * Amazon EventBridge"). Recipients, headers and diagnostics are left out by the rules' input transformers, so nothing
 * personal reaches a queue, a function or a log. Each rule takes only what its pattern makes sure is there.
 */
import { z } from 'zod';
import { noticeMessageSchema } from './notice-message.ts';

export const EMAIL_EVENT_SOURCE = 'aws.ses';

/** The tags of a send, which SES gives back in its events. `recipient` is a keyed hash of the address. */
export const EMAIL_TAGS = ['noticeId', 'bucket', 'attempt', 'lease', 'recipient'] as const;
export type EmailTag = (typeof EMAIL_TAGS)[number];

/** The tag by which SES says which configuration set a message was sent with. */
export const CONFIGURATION_SET_TAG = 'ses:configuration-set';

const tagPath = (tag: EmailTag): string => `$.detail.mail.tags.${tag}[0]`;

/** In every event. */
export const EMAIL_EVENT_PATHS = {
  event: '$.detail.eventType',
  messageId: '$.detail.mail.messageId',
  noticeId: tagPath('noticeId'),
  bucket: tagPath('bucket'),
  attempt: tagPath('attempt'),
  lease: tagPath('lease'),
  recipient: tagPath('recipient'),
} as const;

/** In a bounce. */
export const BOUNCE_PATHS = { type: '$.detail.bounce.bounceType', subType: '$.detail.bounce.bounceSubType' } as const;

/** In a complaint that stands for one made earlier. */
export const COMPLAINT_PATHS = { subType: '$.detail.complaint.complaintSubType' } as const;

const code = z.string().regex(/^[A-Za-z]{1,64}$/, 'must be a word');
/** Tags are text. */
const number = z.string().regex(/^\d{1,6}$/).transform(Number); // prettier-ignore

export const emailEventSchema = z.strictObject({
  version: z.literal(1),
  event: z.enum(['Send', 'Delivery', 'Bounce', 'Complaint', 'Reject', 'Rendering Failure']),
  messageId: z.string().min(1).max(256),
  noticeId: noticeMessageSchema.shape.noticeId,
  bucket: number,
  attempt: number,
  lease: z.string().min(1).max(256),
  recipient: z.string().regex(/^[\w-]{22}$/, 'must be a hash'),
  type: code.optional(),
  subType: code.optional(),
});
/** A message of the feedback queue. */
export type EmailEvent = z.output<typeof emailEventSchema>;
