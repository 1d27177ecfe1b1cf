/** AWS ends an execution that has this many events. */
export const MOST_EVENTS = 25_000;

export interface HistoryEvent {
  readonly id: number;
  readonly previousEventId: number;
  readonly timestamp: Date;
  readonly type: string;
  readonly details: Readonly<Record<string, unknown>> | undefined;
}

/** What happened in one execution, in order. */
export class History {
  readonly events: HistoryEvent[] = [];
  readonly #nowMs: () => number;

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  /** Adds an event; its type is one of the API's `HistoryEventType`. Returns its id. */
  add(type: string, details?: Readonly<Record<string, unknown>>): number {
    const id = this.events.length + 1;
    // Branches run at the same time; the event before is the last one written, which is what a reader needs here.
    this.events.push({ id, previousEventId: id - 1, timestamp: new Date(this.#nowMs()), type, details });
    return id;
  }
}

/** The member of an event that holds its details: `taskFailedEventDetails`. */
export function detailsKey(type: string): string {
  if (type.endsWith('StateEntered')) return 'stateEnteredEventDetails';
  if (type.endsWith('StateExited')) return 'stateExitedEventDetails';
  return `${type.charAt(0).toLowerCase()}${type.slice(1)}EventDetails`;
}

/** An event in the form of `GetExecutionHistory`. Payloads are left out if `includeData` is false. */
export function eventForm(event: HistoryEvent, includeData: boolean): Record<string, unknown> {
  const { id, previousEventId, timestamp, type, details } = event;
  if (details === undefined) return { id, previousEventId, timestamp, type };
  const shown = includeData
    ? details
    : Object.fromEntries(Object.entries(details).filter(([key]) => !['input', 'output', 'parameters'].includes(key)));
  return { id, previousEventId, timestamp, type, [detailsKey(type)]: shown };
}
