/** The providers of e-mail (SES v2) and SMS (SNS), simulated. What a send meets is decided in provider-decisions.ts. */
import { createHash } from 'node:crypto';
import { EventEmitter } from 'node:events';
import type { ScaledClock } from './clock.ts';
import { emailEvents, type EmailEvents, type TakenEmail } from './email-events.ts';
import type { EventBus } from './event-bus.ts';
import { decodeBody, errorAnswer, xml, type GateAnswer, type GateRequest, type LocalService } from './gate-messages.ts';
import { Inbox, type InboxMessage, type InboxOptions } from './inbox.ts';
import type { Resource } from './template.ts';
import { fateOf, outcomeOf } from './provider-decisions.ts';
import type { Channel, ProviderRates, Send, SendClass } from './provider-rates.ts';

export interface Providers {
  readonly inbox: Inbox;
  readonly sesv2: LocalService;
  readonly sns: LocalService;
  /** Every send that reached a provider. */
  readonly events: EventEmitter<{ send: [InboxMessage] }>;
  /** What is still to be told of accepted emails. */
  readonly emailEvents: Pick<EmailEvents, 'pending'>;
  /** Changes how the providers behave from now on. */
  readonly setRates: (rates: ProviderRates) => void;
  /** Ends the sends under way, without an answer. */
  readonly stop: () => Promise<void>;
}

export interface ProviderOptions {
  readonly clock: ScaledClock;
  readonly seed: string;
  readonly rates: ProviderRates;
  readonly inbox?: InboxOptions;
  /** The template's configuration sets, and where they publish events of emails to. */
  readonly configurationSets: readonly Resource[];
  readonly eventDestinations: readonly Resource[];
  readonly put: EventBus['put'];
}

type Content = Pick<InboxMessage, 'subject' | 'html' | 'text'>;

export function simulateProviders(options: ProviderOptions): Providers {
  const { clock, seed, rates, inbox: inboxOptions } = options;
  const inbox = new Inbox(inboxOptions);
  const events = new EventEmitter<{ send: [InboxMessage] }>();
  const state = { rates };
  const over = new AbortController();
  const { configurationSets, eventDestinations, put } = options;
  const told = emailEvents(configurationSets, eventDestinations, clock, put, over.signal);

  /** Lets the send take its time and decides it; an accepted one gets its message id. */
  const deliver = async (send: Send, content: Content): Promise<InboxMessage> => {
    const outcome = outcomeOf(seed, send, state.rates, clock.nowMs());
    await clock.sleep(state.rates[send.channel].latencyMs, over.signal);
    const isAccepted = outcome === 'accepted' || outcome === 'unknown';
    const messageId = isAccepted ? messageIdOf(seed, send, inbox.count(send.channel, outcome)) : undefined;
    const message = { ...send, ...content, at: new Date(clock.nowMs()).toISOString(), outcome, messageId };
    inbox.add(message);
    events.emit('send', message);
    return message;
  };

  const sesv2: LocalService = async (request, operation) => {
    if (operation !== 'SendEmail') return refuse('sesv2', operation);
    const email = readEmail(request);
    if (typeof email === 'string') return errorAnswer('sesv2', 400, 'BadRequestException', email);
    const { send, content, configurationSet, from, tags } = email;
    if (configurationSet !== undefined && !told.knows(configurationSet)) {
      return errorAnswer('sesv2', 404, 'NotFoundException', `Configuration set <${configurationSet}> does not exist.`);
    }
    const { outcome, messageId } = await deliver(send, content);
    if (messageId !== undefined && configurationSet !== undefined && state.rates.fates !== undefined) {
      const fate = fateOf(seed, send, state.rates);
      told.follow({ messageId, from, to: send.to, subject: content.subject, configurationSet, tags }, fate);
    }
    if (outcome === 'unknown') return 'cut';
    if (messageId === undefined) return failure('sesv2', SES_FAILURES[outcome as Failure]);
    return {
      status: 200,
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ MessageId: messageId }),
    };
  };

  const sns: LocalService = async (request, operation) => {
    if (operation !== 'Publish') return refuse('sns', operation);
    const form = decodeBody(request) as Record<string, string | undefined>;
    const { PhoneNumber: to, Message: text } = form;
    if (!to || !text) return errorAnswer('sns', 400, 'InvalidParameter', 'Invalid parameter: PhoneNumber, Message');
    const tags = messageAttributes(form);
    const { outcome, messageId } = await deliver(sendOf('sms', to, tags), { subject: '', html: '', text });
    if (outcome === 'unknown') return 'cut';
    if (messageId === undefined) return failure('sns', SNS_FAILURES[outcome as Failure]);
    const result = `<PublishResult><MessageId>${messageId}</MessageId></PublishResult>`;
    return xml(
      200,
      `<PublishResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/">${result}` +
        `<ResponseMetadata><RequestId>${messageId}</RequestId></ResponseMetadata></PublishResponse>`,
    );
  };

  return {
    inbox,
    sesv2,
    sns,
    events,
    emailEvents: told,
    setRates: (changed) => {
      state.rates = changed;
    },
    stop: async () => {
      over.abort();
      await inbox.close();
    },
  };
}

type Failure = Exclude<SendClass, 'accepted' | 'unknown'>;
interface ProviderError {
  readonly status: number;
  readonly code: string;
  readonly message: string;
}

const SES_FAILURES: Readonly<Record<Failure, ProviderError>> = {
  temporary: { status: 500, code: 'InternalFailure', message: 'The request processing has failed' },
  permanent: { status: 400, code: 'MessageRejected', message: 'Address is on the suppression list' },
  throttled: { status: 429, code: 'TooManyRequestsException', message: 'Maximum sending rate exceeded' },
  down: { status: 400, code: 'SendingPausedException', message: 'Email sending is paused for this account' },
};
const SNS_FAILURES: Readonly<Record<Failure, ProviderError>> = {
  temporary: { status: 500, code: 'InternalError', message: 'The request processing has failed' },
  permanent: { status: 400, code: 'InvalidParameter', message: 'Invalid parameter: PhoneNumber' },
  throttled: { status: 429, code: 'Throttled', message: 'Rate exceeded' },
  down: { status: 403, code: 'AuthorizationError', message: 'SMS spend limit reached' },
};

const failure = (service: string, { status, code, message }: ProviderError): GateAnswer =>
  errorAnswer(service, status, code, message);

const refuse = (service: string, operation: string): GateAnswer =>
  errorAnswer(service, 400, 'UnknownOperationException', `the simulated ${service} does not know '${operation}'`);

const messageIdOf = (seed: string, { channel, noticeId, attempt }: Send, nth: number): string =>
  createHash('sha256').update(`id ${seed} ${channel} ${noticeId} ${attempt} ${nth}`).digest('hex').slice(0, 32);

/** Without tags the destination stands for the notice. */
function sendOf(channel: Channel, to: string, tags: Readonly<Record<string, string | undefined>>): Send {
  return { channel, to, noticeId: tags['noticeId'] ?? to, attempt: tags['attempt'] ?? '' };
}

interface SendEmailRequest {
  readonly FromEmailAddress?: string;
  readonly ConfigurationSetName?: string;
  readonly Destination?: { readonly ToAddresses?: readonly string[] };
  readonly Content?: {
    readonly Simple?: {
      readonly Subject?: { readonly Data?: string };
      readonly Body?: { readonly Html?: { readonly Data?: string }; readonly Text?: { readonly Data?: string } };
    };
  };
  readonly EmailTags?: readonly { readonly Name: string; readonly Value: string }[];
}

interface EmailToSend extends Pick<TakenEmail, 'from' | 'tags'> {
  readonly send: Send;
  readonly content: Content;
  readonly configurationSet: string | undefined;
}

/** The e-mail of a request, or what is wrong with it. */
function readEmail(request: GateRequest): EmailToSend | string {
  const asked = decodeBody(request) as SendEmailRequest;
  const { FromEmailAddress, Destination, Content: content, EmailTags = [], ConfigurationSetName } = asked;
  const [to] = Destination?.ToAddresses ?? [];
  const subject = content?.Simple?.Subject?.Data;
  if (!FromEmailAddress) return 'Missing FromEmailAddress';
  if (!to) return 'Missing Destination';
  if (subject === undefined) return 'The simulated SES only sends simple messages, with a subject';
  const wrong = EmailTags.find(({ Name, Value }) => !/^[\w-]{1,256}$/.test(Name) || !/^[\w-]{1,256}$/.test(Value));
  if (wrong) return `Invalid tag ${wrong.Name}: letters, digits, _ and - only`;
  const tags = Object.fromEntries(EmailTags.map(({ Name, Value }) => [Name, Value]));
  const body = content?.Simple?.Body;
  return {
    send: sendOf('email', to, tags),
    content: { subject, html: body?.Html?.Data ?? '', text: body?.Text?.Data ?? '' },
    configurationSet: ConfigurationSetName,
    from: FromEmailAddress,
    tags,
  };
}

/** The message attributes of a query request, by name. */
function messageAttributes(form: Readonly<Record<string, string | undefined>>): Record<string, string | undefined> {
  const attributes: Record<string, string | undefined> = {};
  for (let entry = 1; ; entry++) {
    const at = `MessageAttributes.entry.${entry}`;
    const name = form[`${at}.Name`];
    if (name === undefined) return attributes;
    attributes[name] = form[`${at}.Value.StringValue`];
  }
}
