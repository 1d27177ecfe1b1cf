import { StateError } from './errors.ts';
import { isObject } from './fields.ts';
import type { Integration, IntegrationContext } from './services.ts';

/** What became of an invocation of a Lambda function. */
export type InvokeOutcome =
  | { readonly kind: 'returned'; readonly payload: unknown }
  | {
      readonly kind: 'threw';
      readonly errorType: string;
      readonly errorMessage: string;
      readonly trace?: readonly string[];
    }
  | { readonly kind: 'timed-out'; readonly afterSeconds: number };

/** Invokes a function by name or ARN. To fail otherwise (`Lambda.TooManyRequestsException`), throw a `StateError`. */
export type Invoke = (functionName: string, payload: unknown, context: IntegrationContext) => Promise<InvokeOutcome>;

/** Arguments of an integration; whatever it does not know is refused rather than ignored. */
function known(args: unknown, resource: string, fields: readonly string[]): Readonly<Record<string, unknown>> {
  if (!isObject(args)) throw new StateError('States.Runtime', `Arguments of ${resource} must be an object.`);
  const strange = Object.keys(args).filter((field) => !fields.includes(field));
  if (strange.length === 0) return args;
  throw new StateError('States.Runtime', `The local ${resource} does not know the argument ${strange.join(', ')}.`);
}

/** `arn:aws:states:::lambda:invoke`: the function's error type is the error name, its JSON the cause. */
export function lambdaInvoke(invoke: Invoke): Integration {
  return async (args, context) => {
    const { FunctionName: name, Payload: payload } = known(args, 'lambda:invoke', ['FunctionName', 'Payload']);
    if (typeof name !== 'string') throw new StateError('States.Runtime', 'lambda:invoke needs a FunctionName.');
    const outcome = await invoke(name, payload ?? {}, context);
    if (outcome.kind === 'returned') {
      return { ExecutedVersion: '$LATEST', Payload: outcome.payload ?? null, StatusCode: 200 };
    }
    if (outcome.kind === 'timed-out') {
      const errorType = 'Sandbox.Timedout';
      const errorMessage = `Error: Task timed out after ${outcome.afterSeconds.toFixed(2)} seconds`;
      throw new StateError(errorType, JSON.stringify({ errorType, errorMessage }));
    }
    const { errorType, errorMessage, trace = [] } = outcome;
    throw new StateError(errorType, JSON.stringify({ errorType, errorMessage, trace }));
  };
}

/** An entry as EventBridge takes it. */
export interface EventEntry {
  readonly Source: string;
  readonly DetailType: string;
  /** JSON text. */
  readonly Detail: string;
  readonly EventBusName: string | undefined;
  readonly Resources: readonly string[];
  readonly Time: string | undefined;
}

export interface PutEventsResult {
  readonly FailedEntryCount: number;
  readonly Entries: readonly {
    readonly EventId?: string;
    readonly ErrorCode?: string;
    readonly ErrorMessage?: string;
  }[];
}

const ENTRY_FIELDS = ['Source', 'DetailType', 'Detail', 'EventBusName', 'Resources', 'Time'];

function entryOf(json: unknown, context: IntegrationContext): EventEntry {
  const entry = known(json, 'events:putEvents', ENTRY_FIELDS);
  const text = (field: string): string | undefined => {
    const value = entry[field];
    if (value === undefined || typeof value === 'string') return value;
    throw new StateError('States.Runtime', `${field} of an event must be a string.`);
  };
  const detail = entry['Detail'];
  const resources = Array.isArray(entry['Resources']) ? entry['Resources'].map(String) : [];
  return {
    Source: text('Source') ?? '',
    DetailType: text('DetailType') ?? '',
    Detail: typeof detail === 'string' ? detail : JSON.stringify(detail ?? {}),
    EventBusName: text('EventBusName'),
    // Step Functions adds where an event comes from.
    Resources: [...resources, context.executionArn, context.stateMachineArn],
    Time: text('Time'),
  };
}

/** `arn:aws:states:::events:putEvents`: a detail may be an object; one entry that fails, fails the state. */
export function eventsPutEvents(put: (entries: readonly EventEntry[]) => Promise<PutEventsResult>): Integration {
  return async (args, context) => {
    const { Entries: entries } = known(args, 'events:putEvents', ['Entries']);
    if (!Array.isArray(entries)) throw new StateError('States.Runtime', 'events:putEvents needs Entries, a list.');
    const result = await put(entries.map((entry) => entryOf(entry, context)));
    if (result.FailedEntryCount > 0) throw new StateError('EventBridge.FailedEntry', JSON.stringify(result));
    return result;
  };
}
