/** The state that publishes RunApproved: settlement's one word to the outside. */
import { Duration } from 'aws-cdk-lib';
import { JitterType, TaskInput } from 'aws-cdk-lib/aws-stepfunctions';
import { EventBridgePutEvents } from 'aws-cdk-lib/aws-stepfunctions-tasks';
import type { Construct } from 'constructs';
import { RUN_APPROVED, SETTLEMENT_EVENT_SOURCE } from '../../lambdas/contracts/run-approved.ts';

export function publishRunApproved(scope: Construct): EventBridgePutEvents {
  const of = (field: string): string => `{% $states.input.${field} %}`;
  const state = EventBridgePutEvents.jsonata(scope, 'PublishRunApproved', {
    entries: [
      {
        source: SETTLEMENT_EVENT_SOURCE,
        detailType: RUN_APPROVED,
        detail: TaskInput.fromObject({
          version: 1,
          month: of('month'),
          runId: of('runId'),
          importId: of('importId'),
          catalogDigest: of('catalogDigest'),
          bucketCount: of('bucketCount'),
          shardCount: of('shardCount'),
          shards: of('shards'),
          accounts: of('accounts'),
          approvedAt: of('approvedAt'),
        }),
      },
    ],
    outputs: '{% $states.input %}',
  });
  state.addRetry({
    errors: ['States.ALL'],
    interval: Duration.seconds(2),
    maxAttempts: 8,
    backoffRate: 2,
    maxDelay: Duration.seconds(60),
    jitterStrategy: JitterType.FULL,
  });
  return state;
}
