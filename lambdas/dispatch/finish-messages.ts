/** What becomes of the messages of a batch once their notices are written: other queues are told, markers put, messages hidden. */
import type { NoticeMessage } from '../contracts/notice-message.ts';
import { epochMs, type Instant } from '../kernel/dates.ts';
import type { QueueName } from './adapters/notice-queues.ts';
import type { DeliveryDeps } from './delivery-deps.ts';
import type { MessageFate } from './domain/after-answer.ts';
import { forwarded } from './domain/forwarded.ts';
import type { Request } from './read-messages.ts';

/** What becomes of a request's message. */
export interface Finish {
  readonly request: Request;
  readonly fate: MessageFate | { readonly kind: 'forward'; readonly to: QueueName } | { readonly kind: 'again' };
}

/** Tells queues and markers what the notices ask for; answers with the messages that must come back. */
export async function finishMessages(
  deps: Pick<DeliveryDeps, 'channel' | 'queues' | 'mark'>,
  finishes: readonly Finish[],
  now: Instant,
): Promise<string[]> {
  const comeBack: string[] = [];
  const postponed: { receiptHandle: string; seconds: number }[] = [];
  const onward = new Map<QueueName, NoticeMessage[]>();
  const send = (to: QueueName, message: NoticeMessage): void => {
    onward.set(to, [...(onward.get(to) ?? []), message]);
  };
  const held: { request: Request; until: Instant }[] = [];
  for (const { request, fate } of finishes) {
    switch (fate.kind) {
      case 'done':
        break;
      case 'again':
        comeBack.push(request.message.messageId);
        break;
      case 'wait':
        comeBack.push(request.message.messageId);
        postponed.push({
          receiptHandle: request.message.receiptHandle,
          seconds: (epochMs(fate.until) - epochMs(now)) / 1000,
        });
        break;
      case 'held':
        held.push({ request, until: fate.until });
        break;
      case 'hop':
        send(fate.to, request.notice);
        break;
      case 'forward': {
        const { to, message } = forwarded(request.notice, deps.channel, fate.to);
        send(to, message);
        break;
      }
      case 'undeliverable':
        send('final', request.notice);
        break;
    }
  }
  for (const [to, messages] of onward) await deps.queues.send(to, messages);
  await deps.mark(
    held.map(({ request, until }) => ({ month: request.notice.month, bucket: request.notice.bucket, dueAt: until })),
    now,
  );
  await deps.queues.postpone(deps.channel, postponed);
  return comeBack;
}
