/** What SES tells of our emails: configuration set → default event bus → rules → queue → delivery-feedback. */
import { Duration, Stack } from 'aws-cdk-lib';
import { EventBus, EventField, Match, Rule, RuleTargetInput } from 'aws-cdk-lib/aws-events';
import { SqsQueue } from 'aws-cdk-lib/aws-events-targets';
import { SqsEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import { ConfigurationSet, EmailSendingEvent, EventDestination } from 'aws-cdk-lib/aws-ses';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import {
  BOUNCE_PATHS,
  COMPLAINT_PATHS,
  CONFIGURATION_SET_TAG,
  EMAIL_EVENT_PATHS,
  EMAIL_EVENT_SOURCE,
  EMAIL_TAGS,
} from '../lambdas/contracts/email-event.ts';
import { deliveryFeedbackEnv } from '../lambdas/dispatch/env.ts';
import type { NoticeQueues } from './queues.ts';
import { PipelineFunction } from './shared/pipeline-function.ts';
import { MAX_RECEIVES, SENDING, type Stage } from './shared/stage.ts';
import type { Storage } from './storage.ts';

export interface FeedbackProps {
  readonly stage: Stage;
  readonly storage: Storage;
  readonly queues: NoticeQueues;
}

/** Our own write of an answer takes a second at most after the send: with this, an event seldom comes before it. */
const DELAY = Duration.seconds(30);

export class Feedback extends Construct {
  /** The name that every email is sent with. */
  readonly configurationSet: string;
  readonly configurationSetArn: string;
  readonly deliveryFeedback: PipelineFunction<string>;
  /** Events that could not be taken: an alarm counts them. */
  readonly failed: Queue;

  constructor(scope: Construct, id: string, { stage, storage, queues }: FeedbackProps) {
    super(scope, id);
    const set = new ConfigurationSet(this, 'configuration-set', {
      configurationSetName: `tr1l-${stage.name}`,
      reputationMetrics: true,
    });
    this.configurationSet = `tr1l-${stage.name}`;
    this.configurationSetArn = Stack.of(this).formatArn({
      service: 'ses',
      resource: 'configuration-set',
      resourceName: this.configurationSet,
    });
    set.addEventDestination('event-bus', {
      destination: EventDestination.eventBus(EventBus.fromEventBusName(this, 'default-bus', 'default')),
      events: [
        EmailSendingEvent.SEND,
        EmailSendingEvent.DELIVERY,
        EmailSendingEvent.BOUNCE,
        EmailSendingEvent.COMPLAINT,
        EmailSendingEvent.REJECT,
        EmailSendingEvent.RENDERING_FAILURE,
      ],
    });

    const common = { encryption: QueueEncryption.SQS_MANAGED, enforceSSL: true, retentionPeriod: Duration.days(14) };
    this.failed = new Queue(this, 'failed', { ...common, queueName: `tr1l-${stage.name}-feedback-failed` });
    const queue = new Queue(this, 'queue', {
      ...common,
      queueName: `tr1l-${stage.name}-feedback`,
      retentionPeriod: Duration.days(4),
      deliveryDelay: DELAY,
      visibilityTimeout: Duration.seconds(SENDING.visibility),
      deadLetterQueue: { queue: this.failed, maxReceiveCount: MAX_RECEIVES.feedback },
    });
    this.deliveryFeedback = new PipelineFunction(this, 'delivery-feedback', {
      stage,
      context: 'dispatch',
      env: deliveryFeedbackEnv,
      environment: {
        NOTICES_TABLE: storage.notices.tableName,
        CONTROL_TABLE: storage.control.tableName,
        SMS_QUEUE_URL: queues.sms.queueUrl,
        FINAL_QUEUE_URL: queues.final.queueUrl,
      },
      timeoutSeconds: SENDING.functionTimeout,
      memoryMb: 512,
    })
      .allow(['dynamodb:BatchGetItem', 'dynamodb:PartiQLUpdate'], storage.notices.tableArn)
      .allow(['dynamodb:PutItem', 'dynamodb:DeleteItem'], storage.control.tableArn)
      .allow(['sqs:SendMessage'], queues.sms.queueArn, queues.final.queueArn);
    this.deliveryFeedback.addEventSource(
      new SqsEventSource(queue, {
        batchSize: 10,
        reportBatchItemFailures: true,
        maxConcurrency: stage.workers.feedback,
      }),
    );

    const tags = Object.fromEntries(EMAIL_TAGS.map((tag) => [tag, Match.exists()]));
    const mail = { tags: { [CONFIGURATION_SET_TAG]: [this.configurationSet], ...tags } };
    const rule = (
      name: string,
      detailType: string[],
      detail: object,
      paths: Readonly<Record<string, string>>,
    ): void => {
      new Rule(this, name, {
        ruleName: `tr1l-${stage.name}-${name}`,
        eventPattern: { source: [EMAIL_EVENT_SOURCE], detailType, detail: { ...detail, mail } },
        targets: [
          new SqsQueue(queue, {
            message: RuleTargetInput.fromObject({ version: 1, ...fieldsOf({ ...EMAIL_EVENT_PATHS, ...paths }) }),
          }),
        ],
      });
    };
    const others = ['Email Sent', 'Email Delivered', 'Email Complaint Received', 'Email Rejected'];
    rule('email-told', [...others, 'Email Rendering Failed'], {}, {});
    rule('email-bounced', ['Email Bounced'], { bounce: { bounceType: ['Permanent'] } }, BOUNCE_PATHS);
    // An automatic reply (out of office) is told as a soft bounce, too, but without a delivery status that says `failed`.
    const gaveUp = { bounceType: ['Transient', 'Undetermined'], bouncedRecipients: { action: ['failed'] } };
    rule('email-given-up', ['Email Bounced'], { bounce: gaveUp }, BOUNCE_PATHS);
    const earlier = { complaintSubType: ['OnAccountSuppressionList'] };
    rule('email-suppressed', ['Email Complaint Received'], { complaint: earlier }, COMPLAINT_PATHS);
  }
}

const fieldsOf = (paths: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(paths).map(([field, path]) => [field, EventField.fromPath(path)]));
