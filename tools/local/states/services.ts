import type { EventEmitter } from 'node:events';
import type { Execution, MapRun } from './execution.ts';
import type { ExpressionSources } from './expression-functions.ts';
import type { Progress } from './progress.ts';
import type { TaskTokens } from './task-tokens.ts';
import type { StatesClock } from './waiting.ts';

/** What an integration is told beside its arguments. */
export interface IntegrationContext {
  /** Aborted when nobody waits for the result any more: time-out, stop, failed sibling. */
  readonly signal: AbortSignal;
  readonly executionArn: string;
  readonly stateMachineArn: string;
  readonly stateName: string;
  readonly taskToken: string | undefined;
  readonly timeoutSeconds: number | undefined;
}

/** What a Task's Resource stands for. Throw a `StateError` to fail with a certain error name. */
export type Integration = (args: unknown, context: IntegrationContext) => Promise<unknown>;

/** What the parts of the interpreter share. */
export interface Services {
  readonly clock: StatesClock;
  readonly sources: ExpressionSources;
  readonly integrations: Readonly<Record<string, Integration>>;
  readonly tokens: TaskTokens;
  readonly events: EventEmitter<{ progress: [Progress] }>;
  /** Waits for the time-outs of tasks (without a token) and executions. */
  readonly deadline: StatesClock['sleep'];
  /** Makes a started execution of a map's item known to the API. */
  readonly register: (execution: Execution) => void;
  readonly registerMapRun: (mapRun: MapRun) => void;
}
