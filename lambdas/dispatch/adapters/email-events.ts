/** The messages of the feedback queue, read: what SES says of an email, in dispatch's words. */
import { emailEventSchema, type EmailEvent } from '../../contracts/email-event.ts';
import type { Month } from '../../kernel/dates.ts';
import type { SqsMessage } from '../../platform/entry.ts';
import type { EventKind, ProviderEvent } from '../domain/provider-event.ts';

/** An event, and the message that brought it. */
export interface ToldEvent {
  readonly messageId: string;
  readonly event: ProviderEvent;
}

export interface ReadEvents {
  readonly told: readonly ToldEvent[];
  /** None of ours: an email that somebody else sent with our configuration set, or a form that we do not know. */
  readonly foreign: readonly string[];
}

export function readEmailEvents(messages: readonly SqsMessage[]): ReadEvents {
  const told: ToldEvent[] = [];
  const foreign: string[] = [];
  for (const { messageId, body } of messages) {
    const event = eventOf(body);
    if (event) told.push({ messageId, event });
    else foreign.push(messageId);
  }
  return { told, foreign };
}

function eventOf(body: string): ProviderEvent | null {
  try {
    const read = emailEventSchema.safeParse(JSON.parse(body)).data;
    return read === undefined ? null : providerEvent(read);
  } catch {
    return null;
  }
}

function providerEvent(read: EmailEvent): ProviderEvent {
  const { noticeId, bucket, lease, attempt, recipient, messageId, event, type, subType } = read;
  return {
    notice: { version: 1, noticeId, month: noticeId.slice(0, 7) as Month, bucket },
    kind: kindOf(read),
    lease,
    attempt,
    recipient,
    providerMessageId: messageId,
    reason: [event.replace(' ', ''), type, subType].filter((part) => part !== undefined).join('-'),
  };
}

/** SES developer guide, "Contents of event data": what each type says about the address. */
function kindOf({ event, type, subType }: EmailEvent): EventKind {
  switch (event) {
    case 'Send':
      return 'sent';
    case 'Delivery':
      return 'delivered';
    case 'Complaint':
      // With `OnAccountSuppressionList` SES took the message and did not try to deliver it.
      return subType === undefined ? 'complained' : 'bounced-hard';
    case 'Bounce':
      return type === 'Permanent' ? 'bounced-hard' : 'bounced-soft';
    case 'Reject':
    case 'Rendering Failure':
      // SES did not send it, and the address has nothing to do with it.
      return 'bounced-soft';
  }
}
