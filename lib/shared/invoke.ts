/** The states that the machines are made of: a function's call, and a map of one over shards or parts. JSONata throughout. */
import { Duration } from 'aws-cdk-lib';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import {
  DistributedMap,
  JitterType,
  ProvideItems,
  QueryLanguage,
  StateMachineType,
  TaskInput,
} from 'aws-cdk-lib/aws-stepfunctions';
import { LambdaInvoke, type LambdaInvokeJsonataProps } from 'aws-cdk-lib/aws-stepfunctions-tasks';
import type { Construct } from 'constructs';
import { IMPORT_FAULTS } from '../../lambdas/contracts/import-faults.ts';
import { RUN_FAULTS } from '../../lambdas/contracts/run-faults.ts';

/** What passes by itself: the platform, not the input. Errors that our functions throw by name are not among them. */
export const RETRIED_ERRORS = [
  'Lambda.ServiceException',
  'Lambda.AWSLambdaException',
  'Lambda.SdkClientException',
  'Lambda.TooManyRequestsException',
  'Lambda.Unknown',
  'Sandbox.Timedout',
  'States.Timeout',
];

/** Errors of ours that no retry cures. Every other error of a function is tried again: a table or a bucket did not answer. */
export const HOPELESS_ERRORS = [
  ...new Set([
    'InvalidInput',
    'PlanIncomplete',
    ...Object.values<string>(RUN_FAULTS),
    ...Object.values<string>(IMPORT_FAULTS),
  ]),
];

/** Calls a function; what it returns is the state's output, unless `outputs` says otherwise. */
export function invoke(
  scope: Construct,
  id: string,
  lambdaFunction: IFunction,
  payload: string | Record<string, unknown>,
  rest: Partial<LambdaInvokeJsonataProps> = {},
): LambdaInvoke {
  const state = LambdaInvoke.jsonata(scope, id, {
    lambdaFunction,
    payload: typeof payload === 'string' ? TaskInput.fromText(payload) : TaskInput.fromObject(payload),
    outputs: '{% $states.result.Payload %}',
    retryOnServiceExceptions: false,
    ...rest,
  });
  const backoff = { backoffRate: 2, jitterStrategy: JitterType.FULL };
  state.addRetry({
    errors: RETRIED_ERRORS,
    interval: Duration.seconds(2),
    maxAttempts: 8,
    maxDelay: Duration.seconds(60),
    ...backoff,
  });
  state.addRetry({ errors: HOPELESS_ERRORS, maxAttempts: 0 });
  state.addRetry({
    errors: ['States.ALL'],
    interval: Duration.seconds(5),
    maxAttempts: 3,
    maxDelay: Duration.seconds(60),
    ...backoff,
  });
  return state;
}

export interface ShardMapProps {
  /** Executions at once. */
  readonly atOnce: number;
  /** What an item is called in the child's input; `shard` when it is not said. */
  readonly item?: string;
  /** JSONata of the list to map over. */
  readonly items: string;
  /** JSONata of what a child gets, all of it: it cannot read the parent's variables. */
  readonly itemSelector: Record<string, unknown>;
  readonly lambdaFunction: IFunction;
  /** JSONata of the state's output. */
  readonly outputs: string;
}

/** A distributed map that calls one function for each item. No failure is tolerated: a redrive takes up what failed. */
export function shardMap(scope: Construct, id: string, props: ShardMapProps): DistributedMap {
  const map = DistributedMap.jsonata(scope, id, {
    items: ProvideItems.jsonata(props.items),
    itemSelector: props.itemSelector,
    maxConcurrency: props.atOnce,
    toleratedFailurePercentage: 0,
    mapExecutionType: StateMachineType.STANDARD,
    outputs: props.outputs,
  });
  // Children answer with their item only: what the functions count stands in tables, and the map's output is limited.
  const child = invoke(scope, `${id}Child`, props.lambdaFunction, '{% $states.input %}', {
    outputs: `{% $states.input.${props.item ?? 'shard'} %}`,
    queryLanguage: QueryLanguage.JSONATA,
  });
  return map.itemProcessor(child);
}
