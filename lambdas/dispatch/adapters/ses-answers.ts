/** What SES v2 answers to SendEmail, by exception: API reference "SendEmail", "Common Errors", and the guide's "email sending errors". */
import type { ErrorClasses } from './provider-errors.ts';

/** SES tells a full day from a fast second only by its words. */
const QUOTA = {
  cases: [{ says: /daily (message|sending) quota/i, then: 'PROVIDER_DOWN', reason: 'DailyQuotaExceeded' }],
  otherwise: 'THROTTLED',
} as const;

export const SES_CLASSES: ErrorClasses = {
  TooManyRequestsException: QUOTA,
  ThrottlingException: QUOTA,
  Throttling: QUOTA,
  // Rejects a recipient or a content; but also a sender that is not verified or an account that may not send, and then
  // everyone's mail: that must not turn a month of email into SMS.
  MessageRejected: {
    cases: [
      { says: /not verified/i, then: 'PROVIDER_DOWN', reason: 'SenderNotVerified' },
      {
        says: /(account|sending) (is |has been )?(paused|suspended|disabled|blocked)/i,
        then: 'PROVIDER_DOWN',
        reason: 'SendingPaused',
      },
    ],
    otherwise: 'PERMANENT',
  },
  // `Illegal address`, `Missing final '@domain'`, `Local address contains …`, `Domain contains …` are the customer's.
  // The rest is a request that we make wrong for all.
  BadRequestException: {
    cases: [
      {
        says: /illegal address|@domain|local address|domain (contains|name|starts|ends)/i,
        then: 'PERMANENT',
        reason: 'IllegalAddress',
      },
    ],
    otherwise: 'PROVIDER_DOWN',
  },
  AccountSuspendedException: 'PROVIDER_DOWN',
  SendingPausedException: 'PROVIDER_DOWN',
  MailFromDomainNotVerifiedException: 'PROVIDER_DOWN',
  LimitExceededException: 'PROVIDER_DOWN',
  /** The identity or configuration set that we send with is gone. */
  NotFoundException: 'PROVIDER_DOWN',
  InternalServiceErrorException: 'TEMPORARY',
  ConcurrentModificationException: 'TEMPORARY',
  ConflictException: 'TEMPORARY',
};
