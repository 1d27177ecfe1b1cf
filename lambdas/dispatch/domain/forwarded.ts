import type { NoticeMessage } from '../../contracts/notice-message.ts';
import type { Channel } from './policy.ts';

/**
 * Each of them may be 15 receives that crash the email worker, with a receive count that starts anew. What is late, or was
 * redriven by hand, is handed back once.
 */
const MOST_RETURNS = 3;

/**
 * A message that the worker of one queue hands to another. Email's redrive policy moves to SMS what SMS may hand back to
 * email: the message counts that, and the last time it goes to the final queue, where its notice ends.
 */
export function forwarded(
  message: NoticeMessage,
  from: Channel,
  to: Channel | 'final',
): { readonly to: Channel | 'final'; readonly message: NoticeMessage } {
  if (from !== 'sms' || to !== 'email') return { to, message };
  const returned = (message.returned ?? 0) + 1;
  return returned > MOST_RETURNS ? { to: 'final', message } : { to, message: { ...message, returned } };
}
