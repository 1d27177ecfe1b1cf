/** Sends a notice by SES v2. One call, one send: the client does not retry. */
import { SendEmailCommand, type SESv2Client } from '@aws-sdk/client-sesv2';
import { isEmailAddress } from '../domain/address.ts';
import type { Answer } from '../domain/answer.ts';
import { emailText } from '../domain/email-text.ts';
import type { Notice } from '../domain/ledger.ts';
import type { OpenContact } from './contacts.ts';
import { classify } from './provider-errors.ts';
import { SES_CLASSES } from './ses-answers.ts';

/** Makes the sender. The tags let the provider's own events find the notice, also when its answer never came. */
export const emailSender =
  (ses: SESv2Client, open: OpenContact, from: string) =>
  async (notice: Notice): Promise<Answer> => {
    const opened = await open(notice);
    if ('answer' in opened) return opened.answer;
    const { name, email } = opened.contact;
    if (email === null) return { class: 'PERMANENT', reason: 'no-address' };
    if (!isEmailAddress(email)) return { class: 'PERMANENT', reason: 'malformed-address' };
    const { subject, html, text } = emailText(notice, name);
    const part = (data: string) => ({ Data: data, Charset: 'UTF-8' });
    const tag = (key: string, value: string) => ({ Name: key, Value: value });
    const command = new SendEmailCommand({
      FromEmailAddress: from,
      Destination: { ToAddresses: [email] },
      Content: { Simple: { Subject: part(subject), Body: { Html: part(html), Text: part(text) } } },
      EmailTags: [
        tag('noticeId', notice.noticeId),
        tag('attempt', String(notice.attempts.length + 1)),
        tag('lease', notice.leaseToken ?? 'none'),
      ],
    });
    try {
      const { MessageId } = await ses.send(command);
      return MessageId
        ? { class: 'ACCEPTED', providerMessageId: MessageId }
        : { class: 'UNKNOWN', reason: 'no-message-id' };
    } catch (error) {
      return classify(error, SES_CLASSES);
    }
  };
