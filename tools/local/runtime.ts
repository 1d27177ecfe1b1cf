/** The stack that `cdk synth` wrote, running on this machine. */
import { EventEmitter, once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { clockSettings, realLimitMs, scaledClock, sleepReal, type ScaledClock } from './clock.ts';
import { startDynamo, startQueuesAndObjects } from './emulators.ts';
import { localEventBus, ruleProblems, type EventBus } from './event-bus.ts';
import { eventSourceProblems, readEventSource, startEventSource } from './event-sources.ts';
import { FunctionLogs } from './function-log.ts';
import { clientEnv, functionProblems, functionSettings } from './functions.ts';
import { startGate, type Gate } from './gate.ts';
import { localKms } from './kms.ts';
import { LocalFunction, type Invocation, type OnInvocation } from './lambda.ts';
import { DEFAULT_RATES, type ProviderRates } from './provider-rates.ts';
import { simulateProviders, type Providers } from './providers.ts';
import { provision } from './provision.ts';
import { queueDepths, type QueueDepth } from './queue-depths.ts';
import { localSchedules, scheduleProblems, type Schedules } from './schedules.ts';
import { seededRandom } from './seeded-random.ts';
import { statesEndpoint } from './states/http.ts';
import { eventsPutEvents, lambdaInvoke, type Invoke } from './states/integrations.ts';
import type { Progress } from './states/progress.ts';
import { StateMachines } from './states/state-machines.ts';
import { refOf } from './template-resources.ts';
import { readTemplate, TemplateRefused, type Resource, type ResolvedTemplate } from './template.ts';
import type { InboxMessage } from './inbox.ts';

export interface RuntimeOptions {
  /** The folder that `cdk synth` wrote. */
  readonly template: string;
  readonly stackName?: string;
  /** The instant at which the runtime's clock starts, ISO-8601. */
  readonly startAt: string;
  /** How many times faster than the wall clock it runs. */
  readonly timeScale: number;
  readonly seed: number | string;
  readonly providers?: ProviderRates;
  /** A folder for the functions' logs; without it only their last lines are kept, in memory. */
  readonly logs?: string;
  /** A file that gets every send as a JSON line; without it the inbox is in memory only. */
  readonly inboxFile?: string;
  /** Workers a function at most, whatever its event source asks for. */
  readonly maxConcurrency?: number;
  /** Whether schedules fire by themselves when they are due. */
  readonly schedules?: boolean;
  /** Something that the runtime cannot go on without has died. Called once; `stop` is still to be called. */
  readonly onFatal?: (problem: Error) => void;
  /** Something went wrong that the pipeline survives. */
  readonly onProblem?: (problem: string) => void;
}

/** What happens, for progress displays: steps of state machines, invocations, sends. */
export type RuntimeEvents = EventEmitter<{ progress: [Progress]; invocation: [Invocation]; send: [InboxMessage] }>;

export interface Runtime {
  readonly clock: ScaledClock;
  readonly gate: Gate;
  readonly providers: Providers;
  readonly schedules: Schedules;
  readonly machines: StateMachines;
  readonly bus: EventBus;
  readonly logs: FunctionLogs;
  readonly functions: ReadonlyMap<string, LocalFunction>;
  readonly events: RuntimeEvents;
  /** The stack's outputs. */
  readonly outputs: Readonly<Record<string, string>>;
  /** An output of the stack; throws if it has none of that name. */
  readonly resource: (output: string) => string;
  /** Variables with which SDK clients of a tool find the runtime; their calls are counted under that name. */
  readonly env: (caller?: string) => Record<string, string>;
  readonly queueDepths: () => Promise<readonly QueueDepth[]>;
  /** Resolves when no execution runs, no function works and every queue that has a consumer is empty. */
  readonly idle: () => Promise<void>;
  /** Ends everything: no process, port or timer is left. */
  readonly stop: () => Promise<void>;
}

/** Four environments a function keep two cores busy; more only cost memory. */
const MAX_CONCURRENCY = 4;

const PROBLEMS: Readonly<Record<string, (resource: Resource) => string[]>> = {
  'AWS::Events::Rule': ruleProblems,
  'AWS::Scheduler::Schedule': scheduleProblems,
  'AWS::Lambda::EventSourceMapping': eventSourceProblems,
  'AWS::Lambda::Function': functionProblems,
};

/** Starts the stack. Throws `TemplateRefused` before anything runs if the template has what it does not know. */
export async function startRuntime(options: RuntimeOptions): Promise<Runtime> {
  const { stackName = 'Tr1l-dev' } = options;
  const template = readTemplate(options.template, stackName);
  const problems = template.resources.flatMap((resource) => PROBLEMS[resource.type]?.(resource) ?? []);
  if (problems.length > 0) throw new TemplateRefused(stackName, problems);
  const closers: (() => unknown)[] = [];
  let stopped: Promise<void> | undefined;
  const stop = (): Promise<void> => (stopped ??= closeAll(closers));
  try {
    return await assemble(options, template, closers, stop);
  } catch (thrown) {
    await stop();
    throw thrown;
  }
}

/** In the reverse of the order in which things were started. One that fails does not keep the others open. */
async function closeAll(closers: (() => unknown)[]): Promise<void> {
  const failed: unknown[] = [];
  for (const close of closers.reverse()) {
    try {
      await close();
    } catch (thrown) {
      failed.push(thrown);
    }
  }
  if (failed.length > 0) throw new AggregateError(failed, 'the local runtime did not stop cleanly');
}

async function assemble(
  options: RuntimeOptions,
  template: ResolvedTemplate,
  closers: (() => unknown)[],
  stop: () => Promise<void>,
): Promise<Runtime> {
  const seed = String(options.seed);
  const of = (type: string): Resource[] => template.resources.filter((resource) => resource.type === type);
  const events: RuntimeEvents = new EventEmitter();
  const onProblem = options.onProblem ?? (() => undefined);
  let fatal: Error | undefined;
  const onFatal = (problem: Error): void => {
    if (fatal) return;
    fatal = problem;
    options.onFatal?.(problem);
  };
  const logs = new FunctionLogs(options.logs, onFatal);
  closers.push(() => logs.close());

  const [dynamo, queues] = await startEmulators(onFatal, closers);
  const clock = scaledClock(clockSettings(Date.parse(options.startAt), options.timeScale));
  const gate = await startGate(clock);
  closers.push(() => gate.stop());
  const rates = options.providers ?? DEFAULT_RATES;
  const providers = simulateProviders({ clock, seed, rates, inbox: { file: options.inboxFile } });
  closers.push(() => providers.inbox.close());
  providers.events.on('send', (message) => events.emit('send', message));
  const kms = localKms(seed);
  gate.route('dynamodb', dynamo.url);
  gate.route('sqs', queues.url);
  gate.route('s3', queues.url);
  gate.route('kms', kms.service);
  gate.route('sesv2', providers.sesv2);
  gate.route('sns', providers.sns);
  await provision(template.resources, gate, kms.addKey);

  const sources = of('AWS::Lambda::EventSourceMapping').map(readEventSource);
  const functions = new Map<string, LocalFunction>();
  const onInvocation: OnInvocation = (invocation) => events.emit('invocation', invocation);
  const maxConcurrency = options.maxConcurrency ?? MAX_CONCURRENCY;
  for (const resource of of('AWS::Lambda::Function')) {
    const settings = functionSettings(resource, template, gate, sources, maxConcurrency);
    functions.set(settings.name, new LocalFunction(settings, clock, logs, onInvocation));
  }
  closers.push(() => Promise.all([...functions.values()].map((each) => each.stop())));

  const startMachine = (arn: string, input: string): void => {
    machines.start({ stateMachineArn: arn, input });
  };
  const bus = localEventBus(of('AWS::Events::Rule'), clock, startMachine);
  const machines = startMachines(template, clock, seed, functions, bus);
  closers.push(() => machines.close());
  machines.events.on('progress', (progress) => events.emit('progress', progress));
  gate.route('sfn', await serveStates(machines, closers));

  for (const source of sources.filter(({ isEnabled }) => isEnabled)) {
    const target = functions.get(source.functionName);
    if (!target) throw new Error(`an event source names a function that does not exist: ${source.functionName}`);
    const endpoint = gate.endpoint(`(poller) ${source.functionName}`, 'sqs');
    const started = startEventSource(source, target, endpoint, clock, onProblem);
    closers.push(started.stop);
  }
  const schedules = localSchedules(of('AWS::Scheduler::Schedule'), clock, startMachine);
  closers.push(() => {
    schedules.stop();
  });
  if (options.schedules ?? true) schedules.start();

  const isQuiet = async (): Promise<boolean> => {
    if (fatal) throw fatal;
    if (machines.running > 0 || [...functions.values()].some(({ inFlight }) => inFlight > 0)) return false;
    // What nobody consumes, such as the last dead-letter queue, stays where it is.
    const consumed = new Set(sources.map(({ queueArn }) => queueArn.slice(queueArn.lastIndexOf(':') + 1)));
    return (await queueDepths(queues.url)).every(({ name, messages }) => messages === 0 || !consumed.has(name));
  };
  return {
    clock,
    gate,
    providers,
    schedules,
    machines,
    bus,
    logs,
    functions,
    events,
    outputs: template.outputs,
    resource: (output) => {
      const value = template.outputs[output];
      if (value === undefined) throw new Error(`the stack ${template.stackName} has no output '${output}'`);
      return value;
    },
    env: (caller = 'tool') => clientEnv(gate, caller),
    queueDepths: () => queueDepths(queues.url),
    idle: async () => {
      // Twice in a row: a message may be between a queue and a poller when it is looked at.
      for (let quiet = 0; quiet < 2;) {
        quiet = (await isQuiet()) ? quiet + 1 : 0;
        await sleepReal(50);
      }
    },
    stop,
  };
}

async function startEmulators(onFatal: (problem: Error) => void, closers: (() => unknown)[]) {
  const starting = [startDynamo(onFatal), startQueuesAndObjects(onFatal)] as const;
  const started = await Promise.allSettled(starting);
  for (const each of started) if (each.status === 'fulfilled') closers.push(() => each.value.stop());
  return Promise.all(starting);
}

function startMachines(
  template: ResolvedTemplate,
  clock: ScaledClock,
  seed: string,
  functions: ReadonlyMap<string, LocalFunction>,
  bus: EventBus,
): StateMachines {
  const invoke: Invoke = (nameOrArn, payload) => {
    const name = /:function:([^:]+)/.exec(nameOrArn)?.[1] ?? nameOrArn;
    const target = functions.get(name);
    if (!target) throw new Error(`there is no function ${nameOrArn}`);
    return target.invoke(payload);
  };
  const machines = new StateMachines({
    clock,
    integrations: {
      'arn:aws:states:::lambda:invoke': lambdaInvoke(invoke),
      'arn:aws:states:::events:putEvents': eventsPutEvents(bus.put),
    },
    random: seededRandom(seed),
    deadline: (ms, signal) => sleepReal(realLimitMs(ms, clock.scale), signal),
  });
  for (const { type, name, properties } of template.resources) {
    if (type !== 'AWS::StepFunctions::StateMachine') continue;
    const substitutions = (properties['DefinitionSubstitutions'] ?? {}) as Record<string, string>;
    const definition = String(properties['DefinitionString']).replaceAll(
      /\$\{(\w+)\}/g,
      (whole, key: string) => substitutions[key] ?? whole,
    );
    machines.create(refOf(type, name), JSON.parse(definition), String(properties['RoleArn']));
  }
  return machines;
}

async function serveStates(machines: StateMachines, closers: (() => unknown)[]): Promise<string> {
  const server = createServer(statesEndpoint(machines)).listen(0, '127.0.0.1');
  server.keepAliveTimeout = 0;
  await once(server, 'listening');
  closers.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
