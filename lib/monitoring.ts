/** The alarms. Each one's name is a heading of the runbook (docs/runbook.md). */
import { Duration } from 'aws-cdk-lib';
import {
  Alarm,
  ComparisonOperator,
  MathExpression,
  Metric,
  TreatMissingData,
  type IMetric,
} from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import type { Dispatch } from './dispatch.ts';
import type { Import } from './import.ts';
import type { Settlement } from './settlement.ts';
import type { Stage } from './shared/stage.ts';

export interface MonitoringProps {
  readonly stage: Stage;
  readonly imports: Import;
  readonly settlement: Settlement;
  readonly dispatch: Dispatch;
}

export class Monitoring extends Construct {
  /** Subscribe whoever is called at night. */
  readonly alarms: Topic;

  constructor(scope: Construct, id: string, { stage, imports, settlement, dispatch }: MonitoringProps) {
    super(scope, id);
    this.alarms = new Topic(this, 'alarms', { topicName: `tr1l-${stage.name}-alarms`, enforceSSL: true });
    const action = new SnsAction(this.alarms);
    const alarm = (name: string, alarmDescription: string, metric: IMetric, threshold = 1): void => {
      new Alarm(this, name, {
        alarmName: `tr1l-${stage.name}-${name}`,
        alarmDescription,
        metric,
        threshold,
        evaluationPeriods: 1,
        comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
        treatMissingData: TreatMissingData.NOT_BREACHING,
      }).addAlarmAction(action);
    };
    const period = Duration.minutes(5);
    const { email, sms, final } = dispatch.queues;
    alarm('import-month-failed', 'An import failed: its month is as it was.', imports.run.metricFailed({ period }));
    alarm('settlement-run-failed', 'A settlement run failed: redrive it.', settlement.run.metricFailed({ period }));
    alarm(
      'settlement-run-waits',
      'A settlement run has conflicts and waits for a person.',
      settlement.awaitDecision.metricInvocations({ period }),
    );
    alarm('dispatch-run-failed', 'A dispatch run or wave failed: redrive it.', dispatch.run.metricFailed({ period }));
    alarm(
      'final-queue-not-empty',
      'Notices that no channel could deliver wait in the final queue.',
      final.metricApproximateNumberOfMessagesVisible({ period, statistic: 'Maximum' }),
    );
    const oldest = { period, statistic: 'Maximum' };
    const day = Duration.hours(24).toSeconds();
    alarm('email-queue-stuck', 'An email waits for a day.', email.metricApproximateAgeOfOldestMessage(oldest), day);
    alarm('sms-queue-stuck', 'An SMS waits for a day.', sms.metricApproximateAgeOfOldestMessage(oldest), day);
    const counted = (metricName: string, service: string) =>
      new Metric({ namespace: 'TR1L', metricName, dimensionsMap: { service }, period, statistic: 'Sum' });
    for (const channel of ['email', 'sms']) {
      // Each sender counts what it saw: the sms worker opens email's breaker when emails fall back unattempted.
      const byEmail = counted(`BreakerOpened_${channel}`, 'send-email');
      const bySms = counted(`BreakerOpened_${channel}`, 'send-sms');
      const expression = 'FILL(byEmail, 0) + FILL(bySms, 0)';
      const opened = new MathExpression({ expression, usingMetrics: { byEmail, bySms }, period });
      alarm(`${channel}-breaker-open`, `The ${channel} provider is down: its notices are held.`, opened);
    }
    alarm('sms-budget-reached', 'SMS over the budget are held.', counted('SmsBudgetReached', 'send-sms'));
    alarm(
      'notices-overdue',
      'Notices are overdue by 12 hours: the daily sweep has queued them again.',
      counted('NoticesOverdue', 'sweep-shard'),
    );
    alarm(
      'notices-in-doubt',
      'Nobody knows whether these notices arrived: a person settles each.',
      counted('NoticesInDoubt', 'sweep-shard'),
    );
    alarm(
      'feedback-failed-not-empty',
      'Events of SES could not be taken: bounces may wait among them.',
      dispatch.feedback.failed.metricApproximateNumberOfMessagesVisible({ period, statistic: 'Maximum' }),
    );
    // SES reviews an account from here on, and may pause it (SES developer guide, "Reputation metrics").
    const reputation = (metricName: string): Metric =>
      new Metric({ namespace: 'AWS/SES', metricName, period: Duration.hours(1), statistic: 'Maximum' });
    alarm('email-bounce-rate', 'Of 100 emails 5 bounce: SES may pause us.', reputation('Reputation.BounceRate'), 0.05);
    alarm(
      'email-complaint-rate',
      'Of 1,000 emails 1 is called spam: SES may pause us.',
      reputation('Reputation.ComplaintRate'),
      0.001,
    );
    for (const fn of dispatch.functions.filter(({ node }) => node.id.startsWith('send-')))
      alarm(`${fn.node.id}-crashes`, 'The sending function fails: look at its log.', fn.metricErrors({ period }), 5);
  }
}
