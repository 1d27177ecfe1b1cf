/**
 * What can go wrong in the Step Functions runner: a state fails with an error name (Retry and Catch look at it), a piece
 * of work is called off, or a request to the API is refused.
 */

/** A state's failure, as Step Functions knows it. Integrations throw it; any other error becomes one by its `name`. */
export class StateError extends Error {
  override readonly name = 'StateError';
  /** The error name that `ErrorEquals` is compared with. */
  readonly error: string;
  /** The text that the console shows as the cause. */
  readonly causeText: string;

  constructor(error: string, causeText = '') {
    super(causeText === '' ? error : `${error}: ${causeText}`);
    this.error = error;
    this.causeText = causeText;
  }
}

/** The work was called off (stopped, timed out above, or a sibling failed). No Retry or Catch ever sees it. */
export class Aborted extends Error {
  override readonly name = 'Aborted';
  /** What StopExecution gave as error and cause. */
  readonly error: string | undefined;
  readonly causeText: string | undefined;

  constructor(message: string, error?: string, causeText?: string) {
    super(message);
    this.error = error;
    this.causeText = causeText;
  }
}

/** A request that the API refuses, with the AWS error code. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

/** The definition cannot be run here. The message lists every problem, each with its path. */
export class InvalidDefinition extends ApiError {
  readonly problems: readonly string[];

  constructor(arn: string, problems: readonly string[]) {
    super(
      'InvalidDefinition',
      `${arn} cannot be run (problems: ${problems.length})\n${problems.map((p) => `  ${p}`).join('\n')}`,
    );
    this.problems = problems;
  }
}

export const QUERY_EVALUATION_ERROR = 'States.QueryEvaluationError';
export const DATA_LIMIT_EXCEEDED = 'States.DataLimitExceeded';
export const RUNTIME = 'States.Runtime';
export const TIMEOUT = 'States.Timeout';
export const HEARTBEAT_TIMEOUT = 'States.HeartbeatTimeout';

/** Whatever was thrown, as a state's failure: an integration may throw plain errors. */
export function toStateError(thrown: unknown): StateError {
  if (thrown instanceof StateError) return thrown;
  if (thrown instanceof Error) return new StateError(thrown.name, thrown.message);
  return new StateError(RUNTIME, String(thrown));
}

/** Does an entry of `ErrorEquals` mean this error? */
export function errorMatches(entry: string, error: string): boolean {
  // Nothing retries or catches States.Runtime. DataLimitExceeded must be named: the wildcards leave it out.
  if (error === RUNTIME) return false;
  if (entry === error) return true;
  if (entry === TIMEOUT) return error === HEARTBEAT_TIMEOUT;
  if (error === DATA_LIMIT_EXCEEDED) return false;
  if (entry === 'States.ALL') return true;
  return entry === 'States.TaskFailed' && error !== TIMEOUT && error !== HEARTBEAT_TIMEOUT;
}
