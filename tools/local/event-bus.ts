/** EventBridge's default bus: rules with exact patterns, whose targets are state machines. */
import { randomUUID } from 'node:crypto';
import { ACCOUNT, REGION } from './aws-json.ts';
import type { ScaledClock } from './clock.ts';
import type { EventEntry, PutEventsResult } from './states/integrations.ts';
import type { Resource } from './template.ts';

/** Starts a state machine with an input (JSON text). */
export type StartMachine = (arn: string, input: string, name?: string) => void;

interface Target {
  readonly Arn: string;
  readonly Id: string;
  readonly Input?: string;
  readonly InputPath?: string;
  readonly InputTransformer?: {
    readonly InputPathsMap?: Readonly<Record<string, string>>;
    readonly InputTemplate: string;
  };
}

interface Rule {
  readonly name: string;
  readonly pattern: Pattern;
  readonly targets: readonly Target[];
}

/** Lists of allowed values at the leaves. */
interface Pattern {
  readonly [field: string]: Pattern | readonly (string | number | boolean | null)[];
}

type BusEvent = Readonly<Record<string, unknown>>;

// The delivery to a state machine on this machine does not fail, so retries and dead-letter queues have no occasion.
const TARGET_FIELDS = [
  'Arn',
  'Id',
  'Input',
  'InputPath',
  'InputTransformer',
  'RoleArn',
  'RetryPolicy',
  'DeadLetterConfig',
];

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** What a rule has that this bus does not know. */
export function ruleProblems({ logicalId, properties }: Resource): string[] {
  const problems: string[] = [];
  const bus = properties['EventBusName'];
  if (bus !== undefined && bus !== 'default') problems.push(`${logicalId}: only the default event bus is known`);
  if (!isObject(properties['EventPattern'])) problems.push(`${logicalId}: a rule needs an EventPattern`);
  else problems.push(...patternProblems(properties['EventPattern'], logicalId));
  for (const target of properties['Targets'] as Record<string, unknown>[]) {
    if (!String(target['Arn']).includes(':stateMachine:')) {
      problems.push(`${logicalId}: the target ${String(target['Arn'])} is not a state machine`);
    }
    for (const field of Object.keys(target)) {
      if (!TARGET_FIELDS.includes(field)) problems.push(`${logicalId}: the target's field ${field} is not known`);
    }
  }
  return problems;
}

function patternProblems(pattern: Record<string, unknown>, at: string): string[] {
  return Object.entries(pattern).flatMap(([field, wanted]) => {
    if (isObject(wanted)) return patternProblems(wanted, `${at}/${field}`);
    if (Array.isArray(wanted) && wanted.every((each) => typeof each !== 'object' || each === null)) return [];
    return [`${at}: the event pattern of ${field} has something else than a list of exact values`];
  });
}

/** Whether an event matches: each leaf of the pattern lists the event's value (or one of its values). */
export function matches(pattern: Pattern, event: BusEvent): boolean {
  return Object.entries(pattern).every(([field, wanted]) => {
    const value = event[field];
    if (Array.isArray(wanted)) {
      const values: unknown[] = Array.isArray(value) ? value : [value];
      return values.some((each) => (wanted as unknown[]).includes(each));
    }
    return isObject(value) && matches(wanted as Pattern, value);
  });
}

/** A value of the event by a path such as `$.detail.month`. */
function valueAt(path: string, event: BusEvent): unknown {
  const steps = path.replace(/^\$\.?/, '').split('.');
  return steps.filter(Boolean).reduce<unknown>((value, step) => (isObject(value) ? value[step] : undefined), event);
}

/** The input that a target gets, as JSON text. */
export function targetInput(target: Target, event: BusEvent): string {
  if (target.Input !== undefined) return target.Input;
  if (target.InputPath !== undefined) return JSON.stringify(valueAt(target.InputPath, event) ?? null);
  if (target.InputTransformer === undefined) return JSON.stringify(event);
  const { InputPathsMap: paths = {}, InputTemplate: template } = target.InputTransformer;
  const value = (name: string, whole: string, write: (value: unknown) => string): string => {
    const path = paths[name];
    return path === undefined ? whole : write(valueAt(path, event) ?? null);
  };
  // Within quotes a placeholder becomes part of the text; outside it becomes a JSON value of its own.
  return template.replaceAll(/"(?:[^"\\]|\\.)*"|<([\w-]+)>/g, (whole, name: string | undefined) =>
    name === undefined
      ? whole.replaceAll(/<([\w-]+)>/g, (placeholder, inner: string) => value(inner, placeholder, asPartOfText))
      : value(name, whole, (found) => JSON.stringify(found)),
  );
}

const asPartOfText = (value: unknown): string =>
  JSON.stringify(typeof value === 'string' ? value : JSON.stringify(value)).slice(1, -1);

export interface EventBus {
  readonly put: (entries: readonly EventEntry[]) => Promise<PutEventsResult>;
  /** Events put so far, the oldest first. */
  readonly events: readonly BusEvent[];
}

const KEPT_EVENTS = 1000;

export function localEventBus(rules: readonly Resource[], clock: ScaledClock, start: StartMachine): EventBus {
  const known: Rule[] = rules
    .filter(({ properties }) => properties['State'] !== 'DISABLED')
    .map(({ name, properties }) => ({
      name,
      pattern: properties['EventPattern'] as Pattern,
      targets: properties['Targets'] as Target[],
    }));
  const events: BusEvent[] = [];

  const deliver = (event: BusEvent): void => {
    events.push(event);
    if (events.length > KEPT_EVENTS) events.shift();
    for (const { pattern, targets } of known) {
      if (!matches(pattern, event)) continue;
      for (const target of targets) start(target.Arn, targetInput(target, event));
    }
  };

  return {
    events,
    put: (entries) => {
      const results = entries.map((entry) => {
        const detail = detailOf(entry);
        if (!isObject(detail)) return { ErrorCode: 'MalformedDetail', ErrorMessage: 'Detail is malformed.' };
        const id = randomUUID();
        deliver({
          version: '0',
          id,
          'detail-type': entry.DetailType,
          source: entry.Source,
          account: ACCOUNT,
          time: entry.Time ?? new Date(clock.nowMs()).toISOString().replace(/\.\d+Z$/, 'Z'),
          region: REGION,
          resources: entry.Resources,
          detail,
        });
        return { EventId: id };
      });
      return Promise.resolve({
        FailedEntryCount: results.filter((result) => 'ErrorCode' in result).length,
        Entries: results,
      });
    },
  };
}

function detailOf({ Detail: text }: EventEntry): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
