/**
 * Lambda on this machine: worker threads that load the bundles of the assembly, each with the environment that the
 * template gives its function, a real time-out, and nothing left of a worker that crashed.
 */
import { randomUUID } from 'node:crypto';
import type { ScaledClock } from './clock.ts';
import type { FunctionLogs } from './function-log.ts';
import { Environment, PAYLOAD_BYTES, type FunctionSettings, type InvocationResult } from './lambda-environment.ts';

/** What a listener is told of each invocation. */
export interface Invocation {
  readonly functionName: string;
  readonly requestId: string;
  readonly result: InvocationResult;
  /** Real milliseconds, without the wait for a worker and its start. */
  readonly ms: number;
}

export type OnInvocation = (invocation: Invocation) => void;

/** An environment that is kept for one invocation, and whether it had to be started for it. */
export interface Prepared {
  readonly environment: Environment;
  readonly wasStarted: boolean;
}

/** A function: its environments, and the invocations that wait for one. */
export class LocalFunction {
  readonly settings: FunctionSettings;
  readonly #clock: ScaledClock;
  readonly #logs: FunctionLogs;
  readonly #onInvocation: OnInvocation;
  readonly #environments = new Set<Environment>();
  readonly #idle: Environment[] = [];
  readonly #waiting: (() => void)[] = [];
  #started = 0;
  #busy = 0;
  #isStopped = false;

  constructor(settings: FunctionSettings, clock: ScaledClock, logs: FunctionLogs, onInvocation: OnInvocation) {
    this.settings = settings;
    this.#clock = clock;
    this.#logs = logs;
    this.#onInvocation = onInvocation;
  }

  /** Invocations under way or waiting. */
  get inFlight(): number {
    return this.#busy + this.#waiting.length;
  }

  /** Takes a free environment for an invocation to come, or starts one and waits until it is loaded. */
  async prepare(): Promise<Prepared> {
    this.#refuseWhenStopped();
    const idle = this.#takeIdle();
    if (idle) return { environment: idle, wasStarted: false };
    const environment = this.#start();
    await environment.ready;
    return { environment, wasStarted: true };
  }

  /**
   * Invokes the function, in the prepared environment if one is given. Its failures are results; this rejects only when
   * the runtime is stopping.
   */
  async invoke(payload: unknown, prepared?: Prepared): Promise<InvocationResult> {
    const text = JSON.stringify(payload ?? {});
    if (Buffer.byteLength(text) > PAYLOAD_BYTES) {
      const errorMessage = `Request must be smaller than ${PAYLOAD_BYTES} bytes for the InvokeFunction operation`;
      return { kind: 'threw', errorType: 'Lambda.RequestTooLargeException', errorMessage, trace: [] };
    }
    if (this.#busy >= this.settings.concurrency) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    else this.#busy += 1;
    try {
      return await this.#run(text, prepared);
    } finally {
      // The next one takes our place without the count moving, so that nobody slips in between.
      const next = this.#waiting.shift();
      if (next) next();
      else this.#busy -= 1;
    }
  }

  /** Ends the environment of that id in the middle of its work. Answers whether there was one. */
  async kill(environmentId: string): Promise<boolean> {
    const environment = [...this.#environments].find(({ id }) => id === environmentId);
    await environment?.end();
    return environment !== undefined;
  }

  /** Ends all environments; what they had is over. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    await Promise.all([...this.#environments].map((environment) => environment.end()));
  }

  async #run(payload: string, prepared: Prepared | undefined): Promise<InvocationResult> {
    this.#refuseWhenStopped();
    const environment = prepared?.environment ?? this.#takeIdle() ?? this.#start();
    const broken = await environment.ready;
    const started = performance.now();
    const requestId = randomUUID();
    const result: InvocationResult = broken
      ? { kind: 'threw', ...broken }
      : await environment.invoke(payload, requestId);
    if (broken) void environment.end();
    if (!environment.hasEnded) this.#idle.push(environment);
    this.#onInvocation({ functionName: this.settings.name, requestId, result, ms: performance.now() - started });
    return result;
  }

  #takeIdle(): Environment | undefined {
    for (let idle = this.#idle.pop(); idle; idle = this.#idle.pop()) if (!idle.hasEnded) return idle;
    return undefined;
  }

  #start(): Environment {
    this.#started += 1;
    const id = `${this.settings.name}.${this.#started}`;
    const environment = new Environment(id, this.settings, this.#clock, this.#logs, () => {
      this.#environments.delete(environment);
    });
    this.#environments.add(environment);
    return environment;
  }

  #refuseWhenStopped(): void {
    if (this.#isStopped) throw new Error('the local runtime is stopping');
  }
}
