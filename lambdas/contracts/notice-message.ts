/** What a queue message says: which notice, and nothing about it. The ledger holds the rest. */
import { z } from 'zod';
import { isMonth, type Month } from '../kernel/dates.ts';

export const noticeMessageSchema = z.strictObject({
  version: z.literal(1),
  noticeId: z.string().regex(/^\d{4}-\d{2}_[A-Za-z0-9_-]{1,32}_\d{4}(_r\d+)?$/, 'must be <month>_<account>_<version>'),
  month: z.custom<Month>(isMonth, 'must be a month, YYYY-MM'),
  bucket: z.int().min(0),
  /** How often a person had reopened the notice when the message was made: one of before says nothing of it now. */
  reopened: z.int().min(1).optional(),
  /** How often the SMS queue has handed the message back to email. */
  returned: z.int().min(1).optional(),
});

/** The attribute of a message in the final queue that is none of ours: why it is not. */
export const FOREIGN_REASON = 'reason';

/** A message of the email, SMS or final queue: identifiers only (dispatch rules §4, "never"). */
export type NoticeMessage = z.output<typeof noticeMessageSchema>;
