/**
 * What SES tells of an email that it took, in SES's real shape (SES developer guide, "Monitoring SES events using Amazon
 * EventBridge"): published to the event bus by the configuration set's event destination, after a time.
 */
import { ACCOUNT, REGION } from './aws-json.ts';
import { sleepReal, type ScaledClock } from './clock.ts';
import type { EmailFate } from './provider-rates.ts';
import type { EventEntry } from './states/integrations.ts';
import type { Resource } from './template.ts';

/** An email that SES took. */
export interface TakenEmail {
  readonly messageId: string;
  readonly from: string;
  readonly to: string;
  readonly subject: string;
  readonly configurationSet: string;
  readonly tags: Readonly<Record<string, string>>;
}

export interface EmailEvents {
  /** Whether there is a configuration set of that name. */
  readonly knows: (configurationSet: string) => boolean;
  /** Tells, in time, what becomes of an email. */
  readonly follow: (email: TakenEmail, fate: EmailFate) => void;
  /** Emails of which something is still to be told. */
  readonly pending: number;
}

type Put = (entries: readonly EventEntry[]) => unknown;

interface Destination {
  readonly ConfigurationSetName: string;
  readonly EventDestination: { readonly Enabled?: boolean; readonly MatchingEventTypes: readonly string[] };
}

/** What an event destination has that is not known here. */
export function eventDestinationProblems({ logicalId, properties }: Resource): string[] {
  const destination = properties['EventDestination'] as Record<string, unknown>;
  const known = ['Enabled', 'EventBridgeDestination', 'MatchingEventTypes', 'Name'];
  return Object.keys(destination)
    .filter((field) => !known.includes(field))
    .map((field) => `${logicalId}: the event destination's ${field} is not known`);
}

/** An event, as the template's event destinations, EventBridge and the event itself name it. */
interface EventType {
  readonly matching: string;
  readonly detailType: string;
  readonly eventType: string;
  readonly field: string;
}
const SEND: EventType = { matching: 'send', detailType: 'Email Sent', eventType: 'Send', field: 'send' };
const DELIVERY: EventType = {
  matching: 'delivery',
  detailType: 'Email Delivered',
  eventType: 'Delivery',
  field: 'delivery',
};
const BOUNCE: EventType = { matching: 'bounce', detailType: 'Email Bounced', eventType: 'Bounce', field: 'bounce' };
const COMPLAINT: EventType = {
  matching: 'complaint',
  detailType: 'Email Complaint Received',
  eventType: 'Complaint',
  field: 'complaint',
};
const REJECT: EventType = { matching: 'reject', detailType: 'Email Rejected', eventType: 'Reject', field: 'reject' };
const FAILURE: EventType = {
  matching: 'renderingFailure',
  detailType: 'Email Rendering Failed',
  eventType: 'Rendering Failure',
  field: 'failure',
};

/** One event of a fate, so many seconds after the send. */
type Told = readonly [afterSeconds: number, type: EventType, what: (email: TakenEmail, at: string) => object];

const delivered: Told = [
  5,
  DELIVERY,
  ({ to }, timestamp) => ({
    timestamp,
    processingTimeMillis: 5000,
    recipients: [to],
    smtpResponse: '250 2.6.0 Message received',
    reportingMTA: 'mta.example.com',
  }),
];
const bounce = (afterSeconds: number, bounceType: string, bounceSubType: string, status: string | null): Told => [
  afterSeconds,
  BOUNCE,
  ({ to, messageId }, timestamp) => ({
    feedbackId: `f-${messageId}`,
    bounceType,
    bounceSubType,
    // Only a delivery status notification has action and status; an automatic reply has none.
    bouncedRecipients: [
      status === null
        ? { emailAddress: to }
        : { emailAddress: to, action: 'failed', status, diagnosticCode: `smtp; 550 ${status} <${to}>: rejected` },
    ],
    timestamp,
    ...(status === null ? {} : { reportingMTA: 'dns; mta.example.com' }),
  }),
];
const complaint = (afterSeconds: number): Told => [
  afterSeconds,
  COMPLAINT,
  ({ to, messageId }, timestamp) => ({
    feedbackId: `f-${messageId}`,
    complainedRecipients: [{ emailAddress: to }],
    timestamp,
    userAgent: 'made-up feedback loop/1.0',
    complaintFeedbackType: 'abuse',
    arrivalDate: timestamp,
  }),
];
const sent: Told = [1, SEND, () => ({})];

const FATES: Readonly<Record<EmailFate, readonly Told[]>> = {
  delivered: [sent, delivered],
  'bounced-hard': [sent, bounce(5, 'Permanent', 'General', '5.1.1')],
  'bounced-soft': [sent, bounce(60, 'Transient', 'MailboxFull', '4.2.2')],
  'bounced-late': [sent, delivered, bounce(120, 'Permanent', 'NoEmail', '5.1.1')],
  'auto-reply': [sent, delivered, bounce(6, 'Transient', 'General', null)],
  complained: [sent, delivered, complaint(60)],
  rejected: [sent, [2, REJECT, () => ({ reason: 'Bad content' })]],
  'rendering-failed': [
    [1, FAILURE, () => ({ errorMessage: "Attribute 'name' is not present", templateName: 'MyTemplate' })],
  ],
  untold: [],
};

/** Work does not get faster with the clock: a worker has this much real time to write its answer before an event comes. */
const FLOOR_MS = 100;

export function emailEvents(
  sets: readonly Resource[],
  destinations: readonly Resource[],
  clock: ScaledClock,
  put: Put,
  signal: AbortSignal,
): EmailEvents {
  const names = new Set(sets.map(({ name }) => name));
  const published = destinations
    .map(({ properties }) => properties as unknown as Destination)
    .filter(({ EventDestination: destination }) => destination.Enabled !== false);
  let pending = 0;

  const tell = async (email: TakenEmail, fate: EmailFate): Promise<void> => {
    const wanted = published
      .filter(({ ConfigurationSetName: name }) => name === email.configurationSet)
      .flatMap(({ EventDestination: destination }) => destination.MatchingEventTypes);
    const takenAt = instantOf(clock);
    let soFar = 0;
    for (const [afterSeconds, type, what] of FATES[fate]) {
      await sleepReal(Math.max(FLOOR_MS, ((afterSeconds - soFar) * 1000) / clock.scale), signal);
      soFar = afterSeconds;
      if (!wanted.includes(type.matching)) continue;
      const detail = {
        eventType: type.eventType,
        [type.field]: what(email, instantOf(clock)),
        mail: mailOf(email, takenAt),
      };
      put([
        {
          Source: 'aws.ses',
          DetailType: type.detailType,
          Detail: JSON.stringify(detail),
          EventBusName: undefined,
          Resources: [`arn:aws:ses:${REGION}:${ACCOUNT}:configuration-set/${email.configurationSet}`],
          Time: undefined,
        },
      ]);
    }
  };

  return {
    knows: (name) => names.has(name),
    get pending() {
      return pending;
    },
    follow: (email, fate) => {
      pending += 1;
      void tell(email, fate)
        // The runtime is stopping: what was still to be told is not.
        .catch(() => undefined)
        .finally(() => {
          pending -= 1;
        });
    },
  };
}

const instantOf = (clock: ScaledClock): string => new Date(clock.nowMs()).toISOString();

/** The part of every event that says which email it is about, with all that SES repeats of it. */
function mailOf({ messageId, from, to, subject, configurationSet, tags }: TakenEmail, timestamp: string): object {
  const domain = from.slice(from.indexOf('@') + 1);
  return {
    timestamp,
    source: from,
    sourceArn: `arn:aws:ses:${REGION}:${ACCOUNT}:identity/${domain}`,
    sendingAccountId: ACCOUNT,
    messageId,
    destination: [to],
    headersTruncated: false,
    headers: [
      { name: 'From', value: from },
      { name: 'To', value: to },
      { name: 'Subject', value: subject },
      { name: 'MIME-Version', value: '1.0' },
    ],
    commonHeaders: { from: [from], to: [to], messageId, subject },
    tags: {
      'ses:operation': ['SendEmail'],
      'ses:configuration-set': [configurationSet],
      'ses:source-ip': ['192.0.2.0'],
      'ses:from-domain': [domain],
      'ses:caller-identity': ['tr1l'],
      ...Object.fromEntries(Object.entries(tags).map(([name, value]) => [name, [value]])),
    },
  };
}
