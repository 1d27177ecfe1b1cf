import type { Template } from './template.ts';

/** A definition after it was read: every expression compiled, every reference checked. */
export interface Machine extends Fragment {
  readonly timeoutSeconds: number | undefined;
}

/** States that refer to one another: a machine, a branch, or what a map runs for each item. */
export interface Fragment {
  readonly startAt: string;
  readonly states: ReadonlyMap<string, State>;
}

export interface Retrier {
  readonly errorEquals: readonly string[];
  readonly intervalSeconds: number;
  readonly maxAttempts: number;
  readonly backoffRate: number;
  readonly maxDelaySeconds: number | undefined;
  readonly fullJitter: boolean;
}

export interface Catcher {
  readonly errorEquals: readonly string[];
  readonly output: Template | undefined;
  readonly assign: Template | undefined;
  readonly next: string;
}

interface Common {
  readonly name: string;
  readonly output: Template | undefined;
  readonly assign: Template | undefined;
}

interface Going {
  /** The state that follows; none where the definition says End. */
  readonly next: string | undefined;
}

interface Retriable {
  readonly retry: readonly Retrier[];
  readonly catch: readonly Catcher[];
}

export interface TaskState extends Common, Going, Retriable {
  readonly type: 'Task';
  readonly resource: string;
  /** The task ends when somebody answers its token, not when the integration returns. */
  readonly waitsForToken: boolean;
  readonly arguments: Template | undefined;
  readonly timeoutSeconds: Template | undefined;
  readonly heartbeatSeconds: Template | undefined;
}

export interface PassState extends Common, Going {
  readonly type: 'Pass';
}

export interface ChoiceRule {
  readonly condition: Template;
  readonly output: Template | undefined;
  readonly assign: Template | undefined;
  readonly next: string;
}

export interface ChoiceState extends Common {
  readonly type: 'Choice';
  readonly choices: readonly ChoiceRule[];
  readonly default: string | undefined;
}

export interface WaitState extends Common, Going {
  readonly type: 'Wait';
  readonly seconds: Template | undefined;
  readonly timestamp: Template | undefined;
}

export interface SucceedState extends Common {
  readonly type: 'Succeed';
}

export interface FailState extends Common {
  readonly type: 'Fail';
  readonly error: Template | undefined;
  readonly cause: Template | undefined;
}

export interface ParallelState extends Common, Going, Retriable {
  readonly type: 'Parallel';
  readonly arguments: Template | undefined;
  readonly branches: readonly Fragment[];
}

export interface MapState extends Common, Going, Retriable {
  readonly type: 'Map';
  /** Every item is an execution of its own. */
  readonly distributed: boolean;
  readonly label: string;
  readonly items: Template | undefined;
  readonly itemSelector: Template | undefined;
  readonly processor: Fragment;
  readonly maxConcurrency: Template | undefined;
  readonly toleratedFailureCount: Template | undefined;
  readonly toleratedFailurePercentage: Template | undefined;
}

export type State =
  TaskState | PassState | ChoiceState | WaitState | SucceedState | FailState | ParallelState | MapState;
