import { lambdaInvoke, type Invoke } from '../../../tools/local/states/integrations.ts';
import type { Execution } from '../../../tools/local/states/execution.ts';
import type { Progress } from '../../../tools/local/states/progress.ts';
import type { Integration } from '../../../tools/local/states/services.ts';
import { StateMachines } from '../../../tools/local/states/state-machines.ts';

export const LAMBDA = 'arn:aws:states:::lambda:invoke';
export const LAMBDA_WITH_TOKEN = 'arn:aws:states:::lambda:invoke.waitForTaskToken';
export const MACHINE = 'arn:aws:states:ap-northeast-2:123456789012:stateMachine:machine';
export const ROLE = 'arn:aws:iam::123456789012:role/machine';

/** A clock on which a second takes a millisecond; it keeps what it was asked to sleep. */
export function fastClock() {
  const sleeps: number[] = [];
  const begun = performance.now();
  return {
    sleeps,
    nowMs: () => Date.UTC(2026, 1, 1) + (performance.now() - begun) * 1000,
    sleep: (ms: number, signal?: AbortSignal) =>
      new Promise<void>((resolve) => {
        sleeps.push(ms);
        const timer = setTimeout(resolve, ms / 1000);
        signal?.addEventListener('abort', () => {
          clearTimeout(timer);
          resolve();
        });
      }),
  };
}

export const returned = (payload: unknown) => ({ kind: 'returned', payload }) as const;
export const threw = (errorType: string, errorMessage = 'no') => ({ kind: 'threw', errorType, errorMessage }) as const;

export interface Bench {
  readonly machines: StateMachines;
  readonly sleeps: number[];
  readonly progress: Progress[];
  /** Makes the machine of these states, which begins at the first of them. */
  readonly define: (states: Record<string, unknown>, rest?: Record<string, unknown>) => void;
  /** Starts and waits for the end. */
  readonly run: (input?: unknown, name?: string) => Promise<Execution>;
}

/** State machines whose Lambda functions are all `invoke`. */
export function bench(invoke: Invoke = (_, payload) => Promise.resolve(returned(payload)), random = () => 0.5): Bench {
  const clock = fastClock();
  let ids = 0;
  const integrations: Record<string, Integration> = {
    [LAMBDA]: lambdaInvoke(invoke),
    [LAMBDA_WITH_TOKEN]: lambdaInvoke(invoke),
  };
  const machines = new StateMachines({ clock, integrations, random, newId: () => `id-${(ids += 1)}` });
  const progress: Progress[] = [];
  machines.events.on('progress', (one) => progress.push(one));
  return {
    machines,
    sleeps: clock.sleeps,
    progress,
    define: (states, rest = {}) => {
      const [StartAt] = Object.keys(states);
      machines.create(MACHINE, { QueryLanguage: 'JSONata', StartAt, States: states, ...rest }, ROLE);
    },
    run: (input = {}, name) => {
      const { spec } = machines.start({ stateMachineArn: MACHINE, name, input: JSON.stringify(input) });
      return machines.settled(spec.arn);
    },
  };
}

/** The output of an execution, from its text. */
export const outputOf = (execution: Execution): unknown =>
  execution.outputText === undefined ? undefined : (JSON.parse(execution.outputText) as unknown);

/** A Task that invokes `f`. */
export const task = (rest: Record<string, unknown> = {}) => ({
  Type: 'Task',
  Resource: LAMBDA,
  Arguments: { FunctionName: 'f', Payload: '{% $states.input %}' },
  Output: '{% $states.result.Payload %}',
  ...('Next' in rest ? {} : { End: true }),
  ...rest,
});

/** A distributed Map over `$states.input.items` that runs one Task for each. */
export const distributedMap = (rest: Record<string, unknown> = {}, taskRest: Record<string, unknown> = {}) => ({
  Type: 'Map',
  Items: '{% $states.input.items %}',
  ItemProcessor: {
    ProcessorConfig: { Mode: 'DISTRIBUTED', ExecutionType: 'STANDARD' },
    StartAt: 'Each',
    States: { Each: task(taskRest) },
  },
  ...('Next' in rest ? {} : { End: true }),
  ...rest,
});

export const typesOf = (execution: Execution): string[] => execution.history.events.map((event) => event.type);
