import { readFileSync } from 'node:fs';
import * as ses from '@aws-sdk/client-sesv2';
import * as sns from '@aws-sdk/client-sns';
import { describe, expect, test } from 'vitest';
import { classify, type ErrorClasses } from '../../../lambdas/dispatch/adapters/provider-errors.ts';
import { SES_CLASSES } from '../../../lambdas/dispatch/adapters/ses-answers.ts';
import { SNS_CLASSES } from '../../../lambdas/dispatch/adapters/sns-answers.ts';

interface Told {
  readonly $metadata: { readonly httpStatusCode: number };
  readonly message: string;
}
const told = (httpStatusCode: number, message = 'told'): Told => ({ $metadata: { httpStatusCode }, message });

/** An exception that the SDK has no class for: the service's base exception, under the code's name. */
const unmodelled = (name: string, status: number, message?: string): Error =>
  new ses.SESv2ServiceException({ name, $fault: status < 500 ? 'client' : 'server', ...told(status, message) });

describe('SES v2', () => {
  test.each([
    [new ses.InternalServiceErrorException(told(500)), 'TEMPORARY', 'InternalServiceErrorException'],
    [unmodelled('InternalFailure', 500), 'TEMPORARY', 'InternalFailure'],
    [unmodelled('ServiceUnavailable', 503), 'TEMPORARY', 'ServiceUnavailable'],
    [unmodelled('SomethingNew', 502), 'TEMPORARY', 'SomethingNew'],
    [new ses.TooManyRequestsException(told(429)), 'THROTTLED', 'TooManyRequestsException'],
    [unmodelled('ThrottlingException', 400, 'Maximum sending rate exceeded.'), 'THROTTLED', 'ThrottlingException'],
    [unmodelled('SomethingNew', 429), 'THROTTLED', 'SomethingNew'],
    [new ses.MessageRejected(told(400, 'Address is on the suppression list')), 'PERMANENT', 'MessageRejected'],
    [new ses.MessageRejected(told(400, 'Sending paused for this account.')), 'PROVIDER_DOWN', 'SendingPaused'],
    [new ses.MessageRejected(told(400, 'Account is paused.')), 'PROVIDER_DOWN', 'SendingPaused'],
    [unmodelled('RequestTimeoutException', 408), 'TEMPORARY', 'RequestTimeoutException'],
    [unmodelled('SomethingNew', 408), 'TEMPORARY', 'SomethingNew'],
    [unmodelled('RequestAbortedException', 400), 'UNKNOWN', 'RequestAbortedException'],
    [unmodelled('RequestExpired', 400), 'PROVIDER_DOWN', 'RequestExpired'],
    [new ses.BadRequestException(told(400, "Missing final '@domain'")), 'PERMANENT', 'IllegalAddress'],
    [new ses.BadRequestException(told(400, 'Illegal address')), 'PERMANENT', 'IllegalAddress'],
    [new ses.BadRequestException(told(400, 'Invalid tag value')), 'PROVIDER_DOWN', 'BadRequestException'],
    [
      new ses.MessageRejected(told(400, 'Email address is not verified. The following identities failed the check')),
      'PROVIDER_DOWN',
      'SenderNotVerified',
    ],
    [unmodelled('ThrottlingException', 400, 'Daily message quota exceeded.'), 'PROVIDER_DOWN', 'DailyQuotaExceeded'],
    [
      new ses.TooManyRequestsException(told(429, 'Daily sending quota exceeded')),
      'PROVIDER_DOWN',
      'DailyQuotaExceeded',
    ],
    [new ses.AccountSuspendedException(told(400)), 'PROVIDER_DOWN', 'AccountSuspendedException'],
    [new ses.SendingPausedException(told(400)), 'PROVIDER_DOWN', 'SendingPausedException'],
    [new ses.MailFromDomainNotVerifiedException(told(400)), 'PROVIDER_DOWN', 'MailFromDomainNotVerifiedException'],
    [new ses.LimitExceededException(told(400)), 'PROVIDER_DOWN', 'LimitExceededException'],
    [new ses.NotFoundException(told(404)), 'PROVIDER_DOWN', 'NotFoundException'],
    [unmodelled('AccessDeniedException', 403), 'PROVIDER_DOWN', 'AccessDeniedException'],
    [unmodelled('SomethingNew', 400), 'PROVIDER_DOWN', 'SomethingNew'],
  ])('%o is %s', (error, expectedClass, reason) => {
    expect(classify(error, SES_CLASSES)).toEqual({ class: expectedClass, reason });
  });
});

describe('SNS', () => {
  test.each([
    [new sns.InternalErrorException(told(500)), 'TEMPORARY', 'InternalErrorException'],
    [new sns.ThrottledException(told(429)), 'THROTTLED', 'ThrottledException'],
    [unmodelled('Throttling', 400, 'Rate exceeded'), 'THROTTLED', 'Throttling'],
    [new sns.KMSThrottlingException(told(400)), 'THROTTLED', 'KMSThrottlingException'],
    [
      new sns.InvalidParameterException(told(400, 'Invalid parameter: PhoneNumber Reason: +8201 is not valid')),
      'PERMANENT',
      'InvalidPhoneNumber',
    ],
    [new sns.OptedOutException(told(400)), 'PERMANENT', 'OptedOutException'],
    [
      new sns.InvalidParameterException(told(400, 'Invalid parameter: MessageAttributes')),
      'PROVIDER_DOWN',
      'InvalidParameterException',
    ],
    [new sns.AuthorizationErrorException(told(403)), 'PROVIDER_DOWN', 'AuthorizationErrorException'],
    [new sns.UserErrorException(told(400)), 'PROVIDER_DOWN', 'UserErrorException'],
  ])('%o is %s', (error, expectedClass, reason) => {
    expect(classify(error, SNS_CLASSES)).toEqual({ class: expectedClass, reason });
  });
});

describe('the model of the SDK', () => {
  /** Every exception that an operation may answer with, as the SDK documents it. */
  const exceptionsOf = (client: string, command: string): string[] => {
    const path = `../../../node_modules/@aws-sdk/${client}/dist-types/commands/${command}.d.ts`;
    const text = readFileSync(new URL(path, import.meta.url), 'utf8');
    const names = [...text.matchAll(/@throws \{@link (\w+)\}/g)].map(([, name = '']) => name);
    return names.filter((name) => !name.endsWith('ServiceException'));
  };
  const classesOf = (names: readonly string[], classes: ErrorClasses) =>
    Object.fromEntries(names.map((name) => [name, classify({ name, ...told(400) }, classes).class]));

  test('holds no answer to SendEmail that has no class of its own', () => {
    const names = exceptionsOf('client-sesv2', 'SendEmailCommand');
    expect(names.filter((name) => !(name in SES_CLASSES))).toEqual([]);
    expect(classesOf(names, SES_CLASSES)).toEqual({
      AccountSuspendedException: 'PROVIDER_DOWN',
      BadRequestException: 'PROVIDER_DOWN',
      LimitExceededException: 'PROVIDER_DOWN',
      MailFromDomainNotVerifiedException: 'PROVIDER_DOWN',
      MessageRejected: 'PERMANENT',
      NotFoundException: 'PROVIDER_DOWN',
      SendingPausedException: 'PROVIDER_DOWN',
      TooManyRequestsException: 'THROTTLED',
    });
  });

  test('holds no answer to Publish that has no class of its own', () => {
    const names = exceptionsOf('client-sns', 'PublishCommand');
    expect(names.filter((name) => !(name in SNS_CLASSES))).toEqual([]);
    expect(classesOf(names, SNS_CLASSES)).toEqual({
      AuthorizationErrorException: 'PROVIDER_DOWN',
      EndpointDisabledException: 'PERMANENT',
      InternalErrorException: 'TEMPORARY',
      InvalidParameterException: 'PROVIDER_DOWN',
      InvalidParameterValueException: 'PROVIDER_DOWN',
      InvalidSecurityException: 'PROVIDER_DOWN',
      KMSAccessDeniedException: 'PROVIDER_DOWN',
      KMSDisabledException: 'PROVIDER_DOWN',
      KMSInvalidStateException: 'PROVIDER_DOWN',
      KMSNotFoundException: 'PROVIDER_DOWN',
      KMSOptInRequired: 'PROVIDER_DOWN',
      KMSThrottlingException: 'THROTTLED',
      NotFoundException: 'PROVIDER_DOWN',
      PlatformApplicationDisabledException: 'PROVIDER_DOWN',
      ValidationException: 'PROVIDER_DOWN',
    });
  });
});

describe('without an answer', () => {
  const broken = (name: string, code?: string, message = 'broken'): Error =>
    Object.assign(new Error(message), { name, ...(code === undefined ? {} : { code }) });

  test.each([
    [broken('TimeoutError', 'ETIMEDOUT', 'a request has exceeded the configured 5000 ms requestTimeout.'), 'ETIMEDOUT'],
    [broken('TimeoutError', 'ECONNRESET', 'socket hang up'), 'ECONNRESET'],
    [broken('Error', 'EPIPE'), 'EPIPE'],
    [broken('AbortError'), 'AbortError'],
    [Object.assign(new SyntaxError('unreadable'), { $metadata: { httpStatusCode: 200 } }), 'SyntaxError'],
    [Object.assign(broken('Error', 'ECONNRESET'), { $metadata: { httpStatusCode: 200 } }), 'ECONNRESET'],
    [new TypeError('a bug'), 'TypeError'],
    ['a text', 'UnknownError'],
    [null, 'UnknownError'],
  ])('%o after the request was written is in doubt', (error, reason) => {
    expect(classify(error, SES_CLASSES)).toEqual({ class: 'UNKNOWN', reason });
  });

  test.each([
    [broken('Error', 'ECONNREFUSED'), 'ECONNREFUSED'],
    [broken('Error', 'ENOTFOUND'), 'ENOTFOUND'],
    [broken('Error', 'EAI_AGAIN'), 'EAI_AGAIN'],
    [
      broken('TimeoutError', undefined, 'the request socket did not establish a connection with the server within …'),
      'ConnectTimeout',
    ],
  ])('%o before it was written is safe to try again', (error, reason) => {
    expect(classify(error, SNS_CLASSES)).toEqual({ class: 'TEMPORARY', reason });
  });
});

test('a reason is a code, whatever the provider says', () => {
  const address = 'someone@example.com';
  for (const error of [
    new ses.MessageRejected(told(400, `${address} is suppressed`)),
    Object.assign(new Error(address), { name: `Error for ${address}`, code: address }),
  ]) {
    const answer = classify(error, SES_CLASSES);
    expect(JSON.stringify(answer)).not.toContain(address);
  }
});
