/** Sends a notice by SES v2. One call, one send: the client does not retry. */
import { SendEmailCommand, type SESv2Client } from '@aws-sdk/client-sesv2';
import { EMAIL_TAGS, type EmailTag } from '../../contracts/email-event.ts';
import { isEmailAddress } from '../domain/address.ts';
import type { Answer } from '../domain/answer.ts';
import { emailText } from '../domain/email-text.ts';
import type { Notice } from '../domain/ledger.ts';
import type { OpenContact } from './contacts.ts';
import { classify } from './provider-errors.ts';
import { SES_CLASSES } from './ses-answers.ts';
import type { Suppressions } from './suppressions.ts';

/** Whose name the emails bear, the configuration set that publishes their events, and who wants none. */
export interface Sender {
  readonly address: string;
  readonly configurationSet: string;
  readonly suppressions: Pick<Suppressions, 'recipientOf' | 'has'>;
}

/** Makes the sender. The tags let the provider's own events find the notice, also when its answer never came. */
export const emailSender =
  (ses: SESv2Client, open: OpenContact, sender: Sender) =>
  async (notice: Notice): Promise<Answer> => {
    const opened = await open(notice);
    if ('answer' in opened) return opened.answer;
    const { name, email } = opened.contact;
    if (email === null) return { class: 'PERMANENT', reason: 'no-address' };
    if (!isEmailAddress(email)) return { class: 'PERMANENT', reason: 'malformed-address' };
    const checked = await checkRecipient(sender.suppressions, email);
    if ('answer' in checked) return checked.answer;
    const { subject, html, text } = emailText(notice, name);
    const part = (data: string) => ({ Data: data, Charset: 'UTF-8' });
    const tags: Readonly<Record<EmailTag, string>> = {
      noticeId: notice.noticeId,
      bucket: String(notice.bucket),
      attempt: String(notice.attempts.length + 1),
      lease: notice.leaseToken ?? 'none',
      recipient: checked.recipient,
    };
    const command = new SendEmailCommand({
      FromEmailAddress: sender.address,
      Destination: { ToAddresses: [email] },
      Content: { Simple: { Subject: part(subject), Body: { Html: part(html), Text: part(text) } } },
      ConfigurationSetName: sender.configurationSet,
      EmailTags: EMAIL_TAGS.map((name) => ({ Name: name, Value: tags[name] })),
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

/** What the events of an email name its address by; or the answer where no email may go to it. */
async function checkRecipient(
  { recipientOf, has }: Sender['suppressions'],
  address: string,
): Promise<{ readonly recipient: string } | { readonly answer: Answer }> {
  try {
    const recipient = await recipientOf(address);
    if (await has(recipient)) return { answer: { class: 'PERMANENT', reason: 'complained' } };
    return { recipient };
  } catch (error) {
    // Nothing was sent, and the table's outage concerns everybody: notices wait for it, they do not fall back.
    const name = error instanceof Error ? error.name : 'UnknownError';
    return { answer: { class: 'PROVIDER_DOWN', reason: `suppressions-${name}` } };
  }
}
