import { randomUUID } from 'node:crypto';
import { EventEmitter } from 'node:events';
import { Engine } from './engine.ts';
import { Aborted, ApiError } from './errors.ts';
import { Execution, type ExecutionStatus, type MapRun } from './execution.ts';
import type { ExpressionSources } from './expression-functions.ts';
import type { HistoryEvent } from './history.ts';
import type { Machine } from './machine.ts';
import { checkArn, checkName, executionArn, readInput } from './names.ts';
import type { Progress } from './progress.ts';
import { readMachine } from './read-machine.ts';
import type { Integration } from './services.ts';
import { TaskTokens } from './task-tokens.ts';
import type { StatesClock } from './waiting.ts';

export interface StateMachinesOptions {
  readonly clock: StatesClock;
  /** By the ARN that a Task's Resource names. Resources that are not here are refused when a machine is made. */
  readonly integrations: Readonly<Record<string, Integration>>;
  /** Jitter and `$random`; from the runtime's seed. */
  readonly random?: () => number;
  /** Names of executions that were given none, tokens, `$uuid`. */
  readonly newId?: () => string;
  /**
   * Waits for the time-outs of tasks and executions; the clock's `sleep` without it. A runtime with a fast clock may
   * give its own, as the work of a handler does not get faster with it.
   */
  readonly deadline?: StatesClock['sleep'];
}

interface Stored {
  readonly machine: Machine;
  readonly roleArn: string;
}

/** The redrive tokens that AWS remembers of an execution. */
const REMEMBERED_TOKENS = 10;

/** Step Functions on this machine: state machines, their executions, and what the API can do with them. */
export class StateMachines {
  /** What happens, as it happens. Listeners must not throw. */
  readonly events = new EventEmitter<{ progress: [Progress] }>();
  readonly tokens: TaskTokens;
  readonly #options: StateMachinesOptions;
  readonly #sources: ExpressionSources;
  readonly #engine: Engine;
  readonly #machines = new Map<string, Stored>();
  readonly #executions = new Map<string, Execution>();
  readonly #mapRuns = new Map<string, MapRun>();
  readonly #running = new Map<Execution, Promise<void>>();
  readonly #redriveTokens = new WeakMap<Execution, Map<string, Date>>();

  constructor(options: StateMachinesOptions) {
    const { clock, integrations, random = Math.random, newId = randomUUID, deadline } = options;
    this.#options = options;
    this.#sources = { nowMs: clock.nowMs, random, newId };
    this.tokens = new TaskTokens(clock.nowMs, newId);
    this.#engine = new Engine({
      clock,
      sources: this.#sources,
      integrations,
      tokens: this.tokens,
      events: this.events,
      deadline: deadline ?? clock.sleep,
      register: (execution) => this.#executions.set(execution.spec.arn, execution),
      registerMapRun: (mapRun) => this.#mapRuns.set(mapRun.spec.arn, mapRun),
    });
  }

  /**
   * Makes a state machine, or gives one a new definition; what already runs keeps the old one, also after a redrive.
   * Throws `InvalidDefinition` with everything that this runner does not know.
   */
  create(arn: string, definition: unknown, roleArn: string): void {
    checkArn(arn);
    const resources = new Set(Object.keys(this.#options.integrations));
    this.#machines.set(arn, { machine: readMachine(arn, definition, resources, this.#sources), roleArn });
  }

  /** Starts an execution. The same name with the same input, while it runs, is the same execution. */
  start(request: { stateMachineArn: string; name?: string | undefined; input?: string | undefined }): Execution {
    const { stateMachineArn, name = this.#sources.newId(), input: text = '{}' } = request;
    checkArn(stateMachineArn);
    const stored = this.#machines.get(stateMachineArn);
    if (stored === undefined) {
      throw new ApiError('StateMachineDoesNotExist', `State Machine Does Not Exist: '${stateMachineArn}'`);
    }
    checkName(name);
    const value = readInput(text);
    const arn = executionArn(stateMachineArn, name);
    const existing = this.#executions.get(arn);
    if (existing !== undefined) {
      if (existing.status === 'RUNNING' && existing.spec.input.text === text) return existing;
      throw new ApiError('ExecutionAlreadyExists', `Execution Already Exists: '${arn}'`);
    }
    const execution = new Execution(
      { arn, name, stateMachineArn, input: { value, text }, ...stored },
      this.#options.clock.nowMs,
    );
    this.#executions.set(arn, execution);
    this.#run(execution);
    return execution;
  }

  /** The execution, live: its status, output, error and history change while it runs. */
  execution(arn: string): Execution {
    checkArn(arn);
    const execution = this.#executions.get(arn);
    if (execution !== undefined) return execution;
    throw new ApiError('ExecutionDoesNotExist', `Execution Does Not Exist: '${arn}'`);
  }

  history(arn: string): readonly HistoryEvent[] {
    return this.execution(arn).history.events;
  }

  /** Executions of a state machine or of a map run, the latest first. */
  list(of: { stateMachineArn: string } | { mapRunArn: string }, status?: ExecutionStatus): Execution[] {
    const isOf = (execution: Execution): boolean =>
      'mapRunArn' in of
        ? execution.spec.mapRun?.spec.arn === of.mapRunArn
        : execution.spec.stateMachineArn === of.stateMachineArn;
    if ('mapRunArn' in of) this.mapRun(of.mapRunArn);
    else if (!this.#machines.has(of.stateMachineArn)) {
      throw new ApiError('StateMachineDoesNotExist', `State Machine Does Not Exist: '${of.stateMachineArn}'`);
    }
    const found = [...this.#executions.values()].filter(isOf);
    return found.filter((execution) => status === undefined || execution.status === status).reverse();
  }

  /** Stops an execution; one that has ended stays as it is. Resolves when it has stopped. */
  async stop(arn: string, error?: string, cause?: string): Promise<Execution> {
    const execution = this.execution(arn);
    if (execution.status === 'RUNNING') execution.controller.abort(new Aborted('stopped', error, cause));
    await (this.#running.get(execution) ?? execution.ended);
    return execution;
  }

  /**
   * Goes on with an execution that failed, timed out or was stopped: at the state that did not succeed, with the input
   * it had; in a map, with the items that did not. The same client token again is the same redrive.
   */
  redrive(arn: string, clientToken?: string): Date {
    const execution = this.execution(arn);
    const tokens = this.#redriveTokens.get(execution) ?? new Map<string, Date>();
    const earlier = clientToken === undefined ? undefined : tokens.get(clientToken);
    if (earlier !== undefined) return earlier;
    const reason =
      execution.spec.mapRun === undefined
        ? execution.notRedrivable
        : 'Execution belongs to a Map Run: redrive the execution that started it';
    if (reason !== undefined || this.#running.has(execution)) {
      throw new ApiError('ExecutionNotRedrivable', reason ?? 'Execution is RUNNING and cannot be redriven');
    }
    execution.reopen();
    const redriven = execution.redriveDate ?? new Date(this.#options.clock.nowMs());
    if (clientToken !== undefined) {
      tokens.set(clientToken, redriven);
      for (const oldest of [...tokens.keys()].slice(0, -REMEMBERED_TOKENS)) tokens.delete(oldest);
      this.#redriveTokens.set(execution, tokens);
    }
    this.#run(execution);
    return redriven;
  }

  /** The map runs that an execution started, the latest first. */
  mapRuns(arn: string): MapRun[] {
    const execution = this.execution(arn);
    return [...this.#mapRuns.values()].filter((run) => run.spec.executionArn === execution.spec.arn).reverse();
  }

  mapRun(arn: string): MapRun {
    checkArn(arn);
    const mapRun = this.#mapRuns.get(arn);
    if (mapRun !== undefined) return mapRun;
    throw new ApiError('ResourceNotFound', `Resource not found: '${arn}'`);
  }

  /** Resolves when the execution has ended, for now: it may be redriven. */
  async settled(arn: string): Promise<Execution> {
    const execution = this.execution(arn);
    await (this.#running.get(execution) ?? execution.ended);
    return execution;
  }

  /** Executions under way, not counting those of map items. */
  get running(): number {
    return this.#running.size;
  }

  /** Resolves when no execution is under way. */
  async idle(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running.values());
  }

  /** Stops everything that runs. */
  async close(): Promise<void> {
    for (const execution of this.#running.keys()) execution.controller.abort(new Aborted('the runtime ends'));
    await this.idle();
  }

  #run(execution: Execution): void {
    // After the answer to the caller, as on AWS: the first state must not have run when `start` returns.
    const ended = Promise.resolve()
      .then(() => this.#engine.runExecution(execution))
      .finally(() => this.#running.delete(execution));
    this.#running.set(execution, ended);
  }
}
