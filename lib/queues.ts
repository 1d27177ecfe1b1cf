/** The queues of notices: what email cannot finish falls to SMS by redrive policy, and then to the final queue (dispatch rules §5). */
import { Duration, Stack } from 'aws-cdk-lib';
import { Queue, QueueEncryption, RedrivePermission } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { MAX_RECEIVES, SENDING, type Stage } from './shared/stage.ts';

export class NoticeQueues extends Construct {
  readonly email: Queue;
  /** Also the dead-letter queue of email. */
  readonly sms: Queue;
  /** Nobody consumes it: a wave looks at it, an alarm counts it, a person redrives it. */
  readonly final: Queue;

  constructor(scope: Construct, id: string, { stage }: { readonly stage: Stage }) {
    super(scope, id);
    const nameOf = (name: string): string => `tr1l-${stage.name}-${name}`;
    const arnOf = (name: string): string => Stack.of(this).formatArn({ service: 'sqs', resource: nameOf(name) });
    /** By ARN, as the queues name each other. */
    const onlyFrom = (source: string) => ({
      redrivePermission: RedrivePermission.BY_QUEUE,
      sourceQueues: [Queue.fromQueueArn(this, `${source}-source`, arnOf(source))],
    });
    const common = { encryption: QueueEncryption.SQS_MANAGED, enforceSSL: true };
    const visibilityTimeout = Duration.seconds(SENDING.visibility);
    // A message keeps its age when it moves on: each queue keeps messages longer than the one before.
    this.final = new Queue(this, 'final', {
      ...common,
      queueName: nameOf('final'),
      retentionPeriod: Duration.days(14),
      redriveAllowPolicy: onlyFrom('sms'),
    });
    this.sms = new Queue(this, 'sms', {
      ...common,
      queueName: nameOf('sms'),
      visibilityTimeout,
      retentionPeriod: Duration.days(10),
      deadLetterQueue: { queue: this.final, maxReceiveCount: MAX_RECEIVES.sms },
      redriveAllowPolicy: onlyFrom('email'),
    });
    this.email = new Queue(this, 'email', {
      ...common,
      queueName: nameOf('email'),
      visibilityTimeout,
      retentionPeriod: Duration.days(4),
      deadLetterQueue: { queue: this.sms, maxReceiveCount: MAX_RECEIVES.email },
    });
  }
}
