/** The messages of a queue's batch, read: whose they are, and which are none of ours. */
import { noticeMessageSchema, type NoticeMessage } from '../contracts/notice-message.ts';
import type { SqsMessage } from '../platform/entry.ts';

/** One notice to deliver, with the message that asks for it. */
export interface Request {
  readonly notice: NoticeMessage;
  readonly message: SqsMessage;
}

export interface ReadMessages {
  /** One for each notice. */
  readonly requests: readonly Request[];
  /** The same notice again in this batch: the first one does the work. */
  readonly repeated: readonly Request[];
  /** Broken JSON, an unknown version: nothing here can deliver them. */
  readonly foreign: readonly SqsMessage[];
}

export function readMessages(messages: readonly SqsMessage[]): ReadMessages {
  const requests = new Map<string, Request>();
  const repeated: Request[] = [];
  const foreign: SqsMessage[] = [];
  for (const message of messages) {
    const notice = noticeOf(message.body);
    if (!notice) foreign.push(message);
    else if (requests.has(notice.noticeId)) repeated.push({ notice, message });
    else requests.set(notice.noticeId, { notice, message });
  }
  return { requests: [...requests.values()], repeated, foreign };
}

function noticeOf(body: string): NoticeMessage | null {
  try {
    return noticeMessageSchema.safeParse(JSON.parse(body)).data ?? null;
  } catch {
    return null;
  }
}
