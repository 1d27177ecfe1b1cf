/** EventBridge's default bus: rules with patterns of values and existence, whose targets are state machines and queues. */
import { randomUUID } from 'node:crypto';
import { ACCOUNT, REGION } from './aws-json.ts';
import type { ScaledClock } from './clock.ts';
import type { EventEntry, PutEventsResult } from './states/integrations.ts';
import type { Resource } from './template.ts';

/** Starts a state machine with an input (JSON text). */
export type StartMachine = (arn: string, input: string, name?: string) => void;

/** Hands a target its input (JSON text). What it throws, the bus's owner has to know of already. */
export type DeliverTo = (arn: string, input: string) => Promise<void> | void;

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

/** Lists of allowed values at the leaves, `{exists: true}` for any. */
interface Pattern {
  readonly [field: string]: Pattern | readonly Wanted[];
}
type Wanted = string | number | boolean | null | { readonly exists: boolean };

type BusEvent = Readonly<Record<string, unknown>>;

// The delivery to a target on this machine does not fail, so retries and dead-letter queues have no occasion.
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
    if (!/:stateMachine:|^arn:aws:sqs:/.test(String(target['Arn']))) {
      problems.push(`${logicalId}: the target ${String(target['Arn'])} is neither a state machine nor a queue`);
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
    if (Array.isArray(wanted) && wanted.every((each) => !isObject(each) || isExistence(each))) return [];
    return [`${at}: the event pattern of ${field} has something else than a list of exact values or {exists}`];
  });
}

const isExistence = (wanted: Record<string, unknown>): boolean =>
  Object.keys(wanted).length === 1 && typeof wanted['exists'] === 'boolean';

/** Whether an event matches: each leaf of the pattern lists the event's value (or one of its values, in any of its objects). */
export function matches(pattern: Pattern, event: BusEvent): boolean {
  return Object.entries(pattern).every(([field, wanted]) => {
    const value = event[field];
    const values: unknown[] = Array.isArray(value) ? value : value === undefined ? [] : [value];
    if (!Array.isArray(wanted)) return values.some((each) => isObject(each) && matches(wanted as Pattern, each));
    return (wanted as readonly Wanted[]).some((each) =>
      typeof each === 'object' && each !== null ? each.exists === values.length > 0 : values.includes(each),
    );
  });
}

/** A value of the event by a path such as `$.detail.tags[0]`. */
function valueAt(path: string, event: BusEvent): unknown {
  const steps = path
    .replace(/^\$\.?/, '')
    .replaceAll(/\[(\d+)\]/g, '.$1')
    .split('.');
  return steps.filter(Boolean).reduce<unknown>((value, step) => {
    if (Array.isArray(value)) return value[Number(step)] as unknown;
    return isObject(value) ? value[step] : undefined;
  }, event);
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
  /** Deliveries under way. */
  readonly delivering: number;
}

const KEPT_EVENTS = 1000;

export function localEventBus(rules: readonly Resource[], clock: ScaledClock, deliverTo: DeliverTo): EventBus {
  const known: Rule[] = rules
    .filter(({ properties }) => properties['State'] !== 'DISABLED')
    .map(({ name, properties }) => ({
      name,
      pattern: properties['EventPattern'] as Pattern,
      targets: properties['Targets'] as Target[],
    }));
  const events: BusEvent[] = [];
  const underWay = new Set<Promise<void>>();

  const hand = async (arn: string, input: string): Promise<void> => {
    await deliverTo(arn, input);
  };
  const deliver = (event: BusEvent): void => {
    events.push(event);
    if (events.length > KEPT_EVENTS) events.shift();
    for (const { pattern, targets } of known) {
      if (!matches(pattern, event)) continue;
      for (const target of targets) {
        const delivery = hand(target.Arn, targetInput(target, event));
        underWay.add(delivery);
        void delivery.finally(() => underWay.delete(delivery));
      }
    }
  };

  return {
    events,
    get delivering() {
      return underWay.size;
    },
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
