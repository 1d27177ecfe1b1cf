/** Sends a notice by SNS. One call, one send: the client does not retry. */
import { PublishCommand, type SNSClient } from '@aws-sdk/client-sns';
import { mobileNumber } from '../domain/address.ts';
import type { Answer } from '../domain/answer.ts';
import type { Notice } from '../domain/ledger.ts';
import { smsText } from '../domain/sms-text.ts';
import type { OpenContact } from './contacts.ts';
import { classify } from './provider-errors.ts';
import { SNS_CLASSES } from './sns-answers.ts';

export const smsSender =
  (sns: SNSClient, open: OpenContact) =>
  async (notice: Notice): Promise<Answer> => {
    const opened = await open(notice);
    if ('answer' in opened) return opened.answer;
    const { name, phone } = opened.contact;
    if (phone === null) return { class: 'PERMANENT', reason: 'no-number' };
    const number = mobileNumber(phone);
    if (number === null) return { class: 'PERMANENT', reason: 'malformed-number' };
    const text = (value: string) => ({ DataType: 'String', StringValue: value });
    const command = new PublishCommand({
      PhoneNumber: number,
      Message: smsText(notice, name),
      MessageAttributes: {
        'AWS.SNS.SMS.SMSType': text('Transactional'),
        noticeId: text(notice.noticeId),
        attempt: text(String(notice.attempts.length + 1)),
      },
    });
    try {
      const { MessageId } = await sns.send(command);
      return MessageId
        ? { class: 'ACCEPTED', providerMessageId: MessageId }
        : { class: 'UNKNOWN', reason: 'no-message-id' };
    } catch (error) {
      return classify(error, SNS_CLASSES);
    }
  };
