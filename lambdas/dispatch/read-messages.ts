/** The messages of a queue's batch, read: whose they are, and which are none of ours, with the reason. */
import { noticeMessageSchema, type NoticeMessage } from '../contracts/notice-message.ts';
import type { SqsMessage } from '../platform/entry.ts';

/** One notice to deliver, with the message that asks for it. */
export interface Request {
  readonly notice: NoticeMessage;
  readonly message: SqsMessage;
}

/** A message that is none of ours. The reason names fields of ours only, nothing of its body: whose words those are, nobody knows. */
export interface ForeignMessage {
  readonly message: SqsMessage;
  readonly reason: string;
}

export interface ReadMessages {
  /** One for each notice. */
  readonly requests: readonly Request[];
  /** The same notice again in this batch: the first one does the work. */
  readonly repeated: readonly Request[];
  /** Broken JSON, an unknown version: nothing here can deliver them. */
  readonly foreign: readonly ForeignMessage[];
}

export function readMessages(messages: readonly SqsMessage[]): ReadMessages {
  const requests = new Map<string, Request>();
  const repeated: Request[] = [];
  const foreign: ForeignMessage[] = [];
  for (const message of messages) {
    const notice = noticeOf(message.body);
    if (typeof notice === 'string') foreign.push({ message, reason: notice });
    else if (requests.has(notice.noticeId)) repeated.push({ notice, message });
    else requests.set(notice.noticeId, { notice, message });
  }
  return { requests: [...requests.values()], repeated, foreign };
}

/** What a body asks for, or why it is none of ours. */
function noticeOf(body: string): NoticeMessage | string {
  let json: unknown;
  try {
    json = JSON.parse(body);
  } catch {
    return 'broken JSON';
  }
  const { data, error } = noticeMessageSchema.safeParse(json);
  if (data) return data;
  const wrong = new Set(error.issues.map(({ path }) => path[0]));
  if (wrong.has('version')) return 'unknown version';
  const fields = Object.keys(noticeMessageSchema.shape).filter((field) => wrong.has(field));
  // What is wrong of none of these is the whole: no object, or fields that no message of ours has.
  return fields.length > 0 ? `wrong fields: ${fields.join(', ')}` : 'other fields than a notice message has';
}
