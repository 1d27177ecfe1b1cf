import type { MapRunCounts } from './map-run-counts.ts';

interface Subject {
  readonly executionArn: string;
  readonly stateMachineArn: string;
  /** The map run that the execution belongs to, if it is an item's. */
  readonly mapRunArn: string | undefined;
}

interface Failure {
  readonly error?: string | undefined;
  readonly cause?: string | undefined;
}

/** What a listener learns while executions run. */
export type Progress =
  | (Subject & Failure & { readonly kind: 'execution'; readonly phase: ExecutionPhase })
  | (Subject &
      Failure & {
        readonly kind: 'state';
        readonly phase: 'entered' | 'succeeded' | 'retrying' | 'caught' | 'failed';
        readonly state: string;
        readonly type: string;
        /** Until the next attempt, when retrying. */
        readonly delaySeconds?: number;
      })
  | (Subject &
      Failure & {
        /** One item of a distributed map; `executionArn` is the parent's. */
        readonly kind: 'item';
        readonly phase: ExecutionPhase;
        readonly state: string;
        readonly index: number;
        readonly counts: MapRunCounts;
      });

export type ExecutionPhase = 'started' | 'redriven' | 'succeeded' | 'failed' | 'timed-out' | 'aborted';
