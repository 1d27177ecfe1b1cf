/**
 * The senders over the wire: the real SDK clients, as `clients.ts` makes them, against a provider on loopback that
 * answers what SES and SNS answer. Shows the SDK's real error shapes, and that one send is one request.
 */
import { createServer, type RequestListener, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { emailSender } from '../../lambdas/dispatch/adapters/email-sender.ts';
import { smsSender } from '../../lambdas/dispatch/adapters/sms-sender.ts';
import type { Contact, OpenContact } from '../../lambdas/dispatch/adapters/contacts.ts';
import type { Notice } from '../../lambdas/dispatch/domain/ledger.ts';
import type { LocalDate, Month } from '../../lambdas/kernel/dates.ts';
import { won } from '../../lambdas/kernel/money.ts';
import { clients } from '../../lambdas/platform/clients.ts';

const TIMEOUT_MS = 400;
const contact: Contact = { name: '김도연', email: 'doyeon@example.com', phone: '010-1234-5678' };
const notice = {
  noticeId: '2026-02_A0005300_0001',
  accountId: 'A0005300',
  month: '2026-02' as Month,
  bucket: 12,
  locale: 'ko',
  amountDue: won(57_880),
  dueDate: '2026-03-25' as LocalDate,
  groups: [{ code: 'plan', amount: won(57_880) }],
  used: 2,
  attempts: [{ channel: 'email', number: 1, at: '2026-03-01T03:00:00.000Z', class: 'TEMPORARY', reason: 'r' }],
  leaseToken: 'b1b0f0a2-lease',
} as unknown as Notice;

let server: Server;
let answer: (response: ServerResponse) => void;
const requests: { url: string; body: string }[] = [];
const before = { ...process.env };

const listener: RequestListener = (request, response) => {
  let body = '';
  request.on('data', (chunk: Buffer) => (body += chunk.toString()));
  request.on('end', () => {
    requests.push({ url: request.url ?? '', body });
    answer(response);
  });
};

beforeAll(async () => {
  server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  Object.assign(process.env, {
    AWS_REGION: 'ap-northeast-2',
    AWS_ACCESS_KEY_ID: 'local',
    AWS_SECRET_ACCESS_KEY: 'local',
    AWS_ENDPOINT_URL_SESV2: endpoint,
    AWS_ENDPOINT_URL_SNS: endpoint,
  });
});

afterEach(() => {
  requests.length = 0;
});

afterAll(async () => {
  process.env = before;
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

const openAs =
  (change: Partial<Contact>): OpenContact =>
  () =>
    Promise.resolve({ contact: { ...contact, ...change } });
const RECIPIENT = 'hash_of-the-address_22';
const SENDER = {
  ...{ address: 'bill@example.com', configurationSet: 'bills' },
  suppressions: { recipientOf: () => Promise.resolve(RECIPIENT), has: () => Promise.resolve(false) },
};
const email = (change: Partial<Contact> = {}) =>
  emailSender(clients.sesv2({ timeoutMs: TIMEOUT_MS }), openAs(change), SENDER)(notice);
const sms = (change: Partial<Contact> = {}) =>
  smsSender(clients.sns({ timeoutMs: TIMEOUT_MS }), openAs(change))(notice);

const json = (status: number, code: string, message: string) => (response: ServerResponse) => {
  response.writeHead(status, { 'content-type': 'application/json', 'x-amzn-errortype': code });
  response.end(JSON.stringify({ message }));
};
const xml = (status: number, code: string, message: string) => (response: ServerResponse) => {
  const error = `<Error><Type>Sender</Type><Code>${code}</Code><Message>${message}</Message></Error>`;
  response.writeHead(status, { 'content-type': 'text/xml' });
  response.end(`<ErrorResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/">${error}</ErrorResponse>`);
};
const page = (status: number, text: string) => (response: ServerResponse) => {
  response.writeHead(status, { 'content-type': 'text/html' });
  response.end(text);
};
const cut = (response: ServerResponse): void => {
  response.socket?.destroy();
};
const silence = (): void => undefined;

describe('an email', () => {
  test('is accepted with the provider’s id, and carries notice, bucket, attempt, lease and a hash of the address as tags', async () => {
    answer = (response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end('{"MessageId":"0109-ses"}');
    };
    expect(await email()).toEqual({ class: 'ACCEPTED', providerMessageId: '0109-ses' });
    const [request] = requests;
    expect(JSON.parse(request?.body ?? '')).toMatchObject({
      FromEmailAddress: 'bill@example.com',
      ConfigurationSetName: 'bills',
      Destination: { ToAddresses: ['doyeon@example.com'] },
      Content: { Simple: { Subject: { Data: '[TR1L] 2026년 2월 요금 안내', Charset: 'UTF-8' } } },
      EmailTags: [
        { Name: 'noticeId', Value: '2026-02_A0005300_0001' },
        { Name: 'bucket', Value: '12' },
        { Name: 'attempt', Value: '2' },
        { Name: 'lease', Value: 'b1b0f0a2-lease' },
        { Name: 'recipient', Value: RECIPIENT },
      ],
    });
  });

  test.each([
    ['InternalFailure', json(500, 'InternalFailure', 'told'), 'TEMPORARY', 'InternalFailure'],
    ['a proxy’s page', page(503, '<html>busy</html>'), 'TEMPORARY', 'SyntaxError'],
    [
      'its rate',
      json(429, 'TooManyRequestsException', 'Maximum sending rate exceeded.'),
      'THROTTLED',
      'TooManyRequestsException',
    ],
    ['a suppressed address', json(400, 'MessageRejected', 'Address is suppressed'), 'PERMANENT', 'MessageRejected'],
    ['a malformed address', json(400, 'BadRequestException', "Missing final '@domain'"), 'PERMANENT', 'IllegalAddress'],
    [
      'a sender not verified',
      json(400, 'MessageRejected', 'Email address is not verified.'),
      'PROVIDER_DOWN',
      'SenderNotVerified',
    ],
    ['a pause', json(400, 'SendingPausedException', 'told'), 'PROVIDER_DOWN', 'SendingPausedException'],
    [
      'a full day',
      json(400, 'ThrottlingException', 'Daily message quota exceeded'),
      'PROVIDER_DOWN',
      'DailyQuotaExceeded',
    ],
    ['nothing: the connection breaks', cut, 'UNKNOWN', 'ECONNRESET'],
    ['nothing in time', silence, 'UNKNOWN', 'ETIMEDOUT'],
    ['an answer that breaks off', page(200, '{"Mess'), 'UNKNOWN', 'SyntaxError'],
    ['no message id', page(200, '{}'), 'UNKNOWN', 'no-message-id'],
  ])('answered with %s is sent in one request', async (_, respond, expectedClass, reason) => {
    answer = respond;
    expect(await email()).toEqual({ class: expectedClass, reason });
    expect(requests).toHaveLength(1);
  });

  test('to an address whose owner complained is not sent at all; when nobody can say, it waits', async () => {
    const sendWith = (has: () => Promise<boolean>) =>
      emailSender(clients.sesv2({ timeoutMs: TIMEOUT_MS }), openAs({}), {
        ...SENDER,
        suppressions: { ...SENDER.suppressions, has },
      })(notice);
    expect(await sendWith(() => Promise.resolve(true))).toEqual({ class: 'PERMANENT', reason: 'complained' });
    expect(await sendWith(() => Promise.reject(new RangeError('down')))).toEqual({
      class: 'PROVIDER_DOWN',
      reason: 'suppressions-RangeError',
    });
    expect(requests).toHaveLength(0);
  });

  test.each([
    [{ email: null }, 'no-address'],
    [{ email: 'doyeon@localhost' }, 'malformed-address'],
  ])('to %j is not sent at all', async (change, reason) => {
    expect(await email(change)).toEqual({ class: 'PERMANENT', reason });
    expect(requests).toHaveLength(0);
  });
});

describe('an SMS', () => {
  test('is accepted with the provider’s id, goes to the number in E.164, and names notice and attempt', async () => {
    answer = (response) => {
      const result = '<PublishResult><MessageId>sns-1</MessageId></PublishResult>';
      response.writeHead(200, { 'content-type': 'text/xml' });
      response.end(`<PublishResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/">${result}</PublishResponse>`);
    };
    expect(await sms()).toEqual({ class: 'ACCEPTED', providerMessageId: 'sns-1' });
    const form = new URLSearchParams(requests[0]?.body);
    expect(form.get('PhoneNumber')).toBe('+821012345678');
    expect(form.get('Message')).toBe('[TR1L] 김*연님 2월 요금 57,880원, 3/25까지. 문의 114');
    const sent = [...form.values()];
    expect(sent).toEqual(
      expect.arrayContaining(['noticeId', '2026-02_A0005300_0001', 'attempt', '2', 'Transactional']),
    );
  });

  test.each([
    ['InternalError', xml(500, 'InternalError', 'told'), 'TEMPORARY', 'InternalErrorException'],
    ['a proxy’s page', page(502, 'bad gateway'), 'TEMPORARY', 'Error'],
    ['its rate', xml(400, 'Throttling', 'Rate exceeded'), 'THROTTLED', 'Throttling'],
    [
      'a wrong number',
      xml(400, 'InvalidParameter', 'Invalid parameter: PhoneNumber'),
      'PERMANENT',
      'InvalidPhoneNumber',
    ],
    ['an opt-out', xml(400, 'OptedOut', 'told'), 'PERMANENT', 'OptedOutException'],
    ['a spend limit', xml(403, 'AuthorizationError', 'told'), 'PROVIDER_DOWN', 'AuthorizationErrorException'],
    [
      'a wrong request',
      xml(400, 'InvalidParameter', 'Invalid parameter: Message'),
      'PROVIDER_DOWN',
      'InvalidParameterException',
    ],
    ['nothing: the connection breaks', cut, 'UNKNOWN', 'ECONNRESET'],
    ['nothing in time', silence, 'UNKNOWN', 'ETIMEDOUT'],
  ])('answered with %s is sent in one request', async (_, respond, expectedClass, reason) => {
    answer = respond;
    expect(await sms()).toEqual({ class: expectedClass, reason });
    expect(requests).toHaveLength(1);
  });

  test.each([
    [{ phone: null }, 'no-number'],
    [{ phone: '02-123-4567' }, 'malformed-number'],
  ])('to %j is not sent at all', async (change, reason) => {
    expect(await sms(change)).toEqual({ class: 'PERMANENT', reason });
    expect(requests).toHaveLength(0);
  });
});
