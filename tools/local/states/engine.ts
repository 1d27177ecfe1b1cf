import { Aborted, QUERY_EVALUATION_ERROR, RUNTIME, StateError, TIMEOUT, toStateError } from './errors.ts';
import type { Execution, Scope } from './execution.ts';
import { MOST_EVENTS } from './history.ts';
import type { State } from './machine.ts';
import type { Progress } from './progress.ts';
import { catcherOf, nextDelaySeconds, type Attempts } from './retry.ts';
import { phaseOf } from './run-distributed-map.ts';
import { finish, runOnce, type Step } from './run-state.ts';
import type { Services } from './services.ts';
import type { Run, Turn } from './turn.ts';
import { pause, startTimer } from './waiting.ts';

/** The interpreter: runs executions from where they stand to where they end. */
export class Engine {
  readonly #services: Services;

  constructor(services: Services) {
    this.#services = services;
  }

  /** Runs an execution to its end, which its status tells; never rejects. */
  readonly runExecution = (execution: Execution, parent?: AbortSignal): Promise<void> => {
    execution.ended = this.#runToEnd(execution, parent);
    return execution.ended;
  };

  async #runToEnd(execution: Execution, parent: AbortSignal | undefined): Promise<void> {
    const { history, spec, controller, root } = execution;
    const follow = (): void => {
      controller.abort(parent?.reason);
    };
    if (parent?.aborted === true) follow();
    else parent?.addEventListener('abort', follow, { once: true });
    const timeout = new Aborted('the execution timed out', TIMEOUT);
    const { timeoutSeconds } = spec.machine;
    const stopTimer =
      timeoutSeconds === undefined
        ? undefined
        : startTimer(this.#services.deadline, timeoutSeconds * 1000, () => {
            controller.abort(timeout);
          });
    if (history.events.length === 0) {
      history.add('ExecutionStarted', { input: spec.input.text, roleArn: spec.roleArn });
    }
    this.#reportExecution(execution, execution.redriveCount > 0 ? 'redriven' : 'started');
    const run: Run = {
      services: this.#services,
      execution,
      signal: controller.signal,
      runScope: this.#runScope,
      runExecution: this.runExecution,
    };
    try {
      await this.#runScope(run, root);
      execution.outputText = root.done?.outputText;
      execution.status = 'SUCCEEDED';
      history.add('ExecutionSucceeded', { output: execution.outputText });
    } catch (thrown) {
      const isAborted = thrown instanceof Aborted;
      const { error, causeText } = isAborted ? thrown : toStateError(thrown);
      execution.error = error;
      execution.cause = causeText;
      const [status, event] = !isAborted
        ? (['FAILED', 'ExecutionFailed'] as const)
        : thrown === timeout
          ? (['TIMED_OUT', 'ExecutionTimedOut'] as const)
          : (['ABORTED', 'ExecutionAborted'] as const);
      execution.status = status;
      history.add(event, { error, cause: causeText });
    } finally {
      stopTimer?.();
      parent?.removeEventListener('abort', follow);
      execution.stopDate = new Date(this.#services.clock.nowMs());
    }
    this.#reportExecution(execution, phaseOf(execution.status));
  }

  readonly #runScope = async (run: Run, scope: Scope): Promise<void> => {
    while (scope.done === undefined) {
      run.signal.throwIfAborted();
      const state = scope.fragment.states.get(scope.cursor.state);
      if (state === undefined) throw new StateError(RUNTIME, `There is no state '${scope.cursor.state}'.`);
      const step = await this.#runState(run, scope, state);
      scope.inner = undefined;
      scope.variables = step.variables;
      run.execution.history.add(`${state.type}StateExited`, { name: state.name, output: step.outputText });
      this.#reportState(run, state, { phase: 'succeeded' });
      if (step.next === undefined) scope.done = step;
      else scope.cursor = { state: step.next, input: step.output, inputText: step.outputText, entered: undefined };
    }
  };

  #enter(run: Run, { cursor }: Scope, state: State): void {
    const { history } = run.execution;
    if (history.events.length >= MOST_EVENTS) {
      throw new StateError(RUNTIME, `The execution reached the maximum number of history events (${MOST_EVENTS}).`);
    }
    // A redriven state has been entered already.
    if (cursor.entered !== undefined) return;
    const eventId = history.add(`${state.type}StateEntered`, { name: state.name, input: cursor.inputText });
    cursor.entered = { atMs: this.#services.clock.nowMs(), eventId };
  }

  /** Runs a state to its end: attempts, retries, catch. */
  async #runState(run: Run, scope: Scope, state: State): Promise<Step> {
    this.#enter(run, scope, state);
    this.#reportState(run, state, { phase: 'entered' });
    const attempts: Attempts = new Map();
    for (let retryCount = 0; ; retryCount += 1) {
      const turn: Turn = { run, scope, retryCount };
      try {
        return await runOnce(turn, state);
      } catch (thrown) {
        run.signal.throwIfAborted();
        if (thrown instanceof Aborted) throw thrown;
        const failure = this.#located(turn, toStateError(thrown));
        const { error, causeText: cause } = failure;
        const retriers = 'retry' in state ? state.retry : [];
        const delaySeconds = nextDelaySeconds(retriers, error, attempts, this.#services.sources.random);
        if (delaySeconds === undefined) return await this.#caught(turn, state, failure);
        this.#reportState(run, state, { phase: 'retrying', error, cause, delaySeconds });
        // A retry of a map or of parallel branches starts all of them anew; only a redrive keeps what succeeded.
        scope.inner = undefined;
        await pause(this.#services.clock, delaySeconds * 1000, run.signal);
      }
    }
  }

  async #caught(turn: Turn, state: State, failure: StateError): Promise<Step> {
    const { error, causeText: cause } = failure;
    const catcher = 'catch' in state ? catcherOf(state.catch, error) : undefined;
    if (catcher === undefined) {
      this.#reportState(turn.run, state, { phase: 'failed', error, cause });
      throw failure;
    }
    this.#reportState(turn.run, state, { phase: 'caught', error, cause });
    const errorOutput = { Error: error, Cause: cause };
    try {
      return await finish(turn, catcher, { errorOutput }, { value: errorOutput }, catcher.next);
    } catch (thrown) {
      const second = this.#located(turn, toStateError(thrown));
      this.#reportState(turn.run, state, { phase: 'failed', error: second.error, cause: second.causeText });
      throw second;
    }
  }

  /** Errors of the definition itself say where they happened, in the words of AWS. */
  #located({ run, scope }: Turn, failure: StateError): StateError {
    if (failure.error !== QUERY_EVALUATION_ERROR && failure.error !== RUNTIME) return failure;
    const { state, entered } = scope.cursor;
    const where = `An error occurred while executing the state '${state}' (entered at the event id #${entered?.eventId ?? 0}).`;
    const cause = `${where} ${failure.causeText}`;
    if (failure.error === QUERY_EVALUATION_ERROR) {
      run.execution.history.add('EvaluationFailed', { error: failure.error, cause, state });
    }
    return new StateError(failure.error, cause);
  }

  #reportExecution({ spec, error, cause }: Execution, phase: (Progress & { kind: 'execution' })['phase']): void {
    const { arn: executionArn, stateMachineArn, mapRun } = spec;
    const mapRunArn = mapRun?.spec.arn;
    this.#services.events.emit('progress', {
      ...{ kind: 'execution', phase, executionArn, stateMachineArn, mapRunArn, error, cause },
    });
  }

  #reportState(run: Run, state: State, what: StateNews): void {
    const { events } = this.#services;
    if (events.listenerCount('progress') === 0) return;
    const { arn: executionArn, stateMachineArn, mapRun } = run.execution.spec;
    const subject = { executionArn, stateMachineArn, mapRunArn: mapRun?.spec.arn };
    events.emit('progress', { kind: 'state', ...subject, state: state.name, type: state.type, ...what });
  }
}

interface StateNews {
  readonly phase: (Progress & { kind: 'state' })['phase'];
  readonly error?: string;
  readonly cause?: string;
  readonly delaySeconds?: number;
}
