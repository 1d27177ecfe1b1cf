import { History, MOST_EVENTS } from './history.ts';
import type { Fragment, Machine } from './machine.ts';
import type { MapRunCounts } from './map-run-counts.ts';

export type ExecutionStatus = 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'TIMED_OUT' | 'ABORTED' | 'PENDING_REDRIVE';

/** Where a path through states stands. */
export interface Cursor {
  readonly state: string;
  readonly input: unknown;
  readonly inputText: string;
  /** When the state was entered, and the id of that event; a redriven state is not entered a second time. */
  entered: { readonly atMs: number; readonly eventId: number } | undefined;
}

/**
 * One path through a list of states: of the execution, of a branch, of an inline iteration. It survives a failure with
 * all it has reached, which is what a redrive goes on from.
 */
export interface Scope {
  readonly fragment: Fragment;
  readonly mapItem: { readonly Index: number; readonly Value: unknown } | undefined;
  cursor: Cursor;
  variables: Readonly<Record<string, unknown>>;
  done: { readonly output: unknown; readonly outputText: string } | undefined;
  /** What runs below the state under the cursor. */
  inner: readonly Scope[] | MapRun | undefined;
}

/** A path at its beginning. */
export const newScope = (
  fragment: Fragment,
  input: { readonly value: unknown; readonly text: string },
  variables: Readonly<Record<string, unknown>> = {},
  mapItem?: Scope['mapItem'],
): Scope => ({
  fragment,
  mapItem,
  cursor: { state: fragment.startAt, input: input.value, inputText: input.text, entered: undefined },
  variables,
  done: undefined,
  inner: undefined,
});

/** AWS keeps an execution redrivable for 14 days after it ended. */
const REDRIVABLE_MS = 14 * 24 * 60 * 60 * 1000;

export interface NewExecution {
  readonly arn: string;
  readonly name: string;
  readonly stateMachineArn: string;
  readonly roleArn: string;
  readonly machine: Machine;
  readonly input: { readonly value: unknown; readonly text: string };
  readonly mapRun?: MapRun;
}

/** An execution, of a state machine or of one item of a distributed map. */
export class Execution {
  readonly spec: NewExecution;
  readonly history: History;
  readonly startDate: Date;
  readonly root: Scope;
  status: ExecutionStatus = 'RUNNING';
  stopDate: Date | undefined;
  outputText: string | undefined;
  error: string | undefined;
  cause: string | undefined;
  redriveCount = 0;
  redriveDate: Date | undefined;
  /** Resolves when it has ended, as long as it has begun. */
  ended: Promise<void> = Promise.resolve();
  /** Aborting it stops the execution. A redrive makes a new one. */
  controller = new AbortController();
  readonly #nowMs: () => number;

  constructor(spec: NewExecution, nowMs: () => number) {
    this.spec = spec;
    this.#nowMs = nowMs;
    this.history = new History(nowMs);
    this.startDate = new Date(nowMs());
    this.root = newScope(spec.machine, spec.input);
  }

  /** Why it cannot be redriven now; `undefined` if it can. */
  get notRedrivable(): string | undefined {
    if (this.status === 'RUNNING' || this.status === 'SUCCEEDED' || this.status === 'PENDING_REDRIVE') {
      return `Execution is ${this.status} and cannot be redriven`;
    }
    if (this.history.events.length >= MOST_EVENTS) return 'Execution history event limit exceeded';
    const endedMs = this.stopDate?.getTime() ?? this.startDate.getTime();
    return this.#nowMs() - endedMs > REDRIVABLE_MS ? 'Execution redrivable period exceeded' : undefined;
  }

  /** Back to running, at the state that did not succeed. */
  reopen(): void {
    this.redriveCount += 1;
    this.redriveDate = new Date(this.#nowMs());
    this.status = 'RUNNING';
    this.stopDate = undefined;
    this.error = undefined;
    this.cause = undefined;
    this.controller = new AbortController();
    this.history.add('ExecutionRedriven', { redriveCount: this.redriveCount });
  }
}

/** How many items of a map may fail. */
export interface Tolerance {
  readonly count: number | undefined;
  readonly percentage: number | undefined;
}

interface NewMapRun {
  readonly arn: string;
  readonly executionArn: string;
  readonly stateMachineArn: string;
  readonly items: readonly unknown[];
  readonly maxConcurrency: number;
  readonly tolerance: Tolerance;
}

/** One run of a distributed map: its items, and an execution for each that has begun. */
export class MapRun {
  readonly spec: NewMapRun;
  readonly startDate: Date;
  /** By item; a hole is an item that has not begun. */
  readonly children: (Execution | undefined)[];
  status: 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'ABORTED' = 'RUNNING';
  stopDate: Date | undefined;
  redriveCount = 0;
  redriveDate: Date | undefined;

  constructor(spec: NewMapRun, nowMs: number) {
    this.spec = spec;
    this.startDate = new Date(nowMs);
    this.children = Array.from(spec.items, () => undefined);
  }

  get counts(): MapRunCounts {
    const by = { RUNNING: 0, SUCCEEDED: 0, FAILED: 0, TIMED_OUT: 0, ABORTED: 0, PENDING_REDRIVE: 0 };
    let pending = 0;
    for (const child of this.children) {
      if (child === undefined) pending += 1;
      else by[child.status] += 1;
    }
    return {
      pending,
      running: by.RUNNING,
      succeeded: by.SUCCEEDED,
      failed: by.FAILED,
      timedOut: by.TIMED_OUT,
      aborted: by.ABORTED,
      total: this.children.length,
      resultsWritten: 0,
      failuresNotRedrivable: 0,
      pendingRedrive: by.PENDING_REDRIVE,
    };
  }

  /** More failures than tolerated? Without any limit, the first one is too many. */
  get isOverTolerance(): boolean {
    const { failed, timedOut, aborted, total } = this.counts;
    const failures = failed + timedOut + aborted;
    const { count, percentage } = this.spec.tolerance;
    if (count === undefined && percentage === undefined) return failures > 0;
    return failures > (count ?? Infinity) || (failures * 100) / Math.max(total, 1) > (percentage ?? 100);
  }
}
