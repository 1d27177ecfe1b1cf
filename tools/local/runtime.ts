/** The stack that `cdk synth` wrote, running on this machine. */
import { EventEmitter } from 'node:events';
import { clockSettings, scaledClock, sleepReal, type ScaledClock } from './clock.ts';
import { eventDestinationProblems } from './email-events.ts';
import { startDynamo, startQueuesAndObjects, type OnDeath, type ReceiveCounts } from './emulators.ts';
import { localEventBus, ruleProblems, type EventBus } from './event-bus.ts';
import { eventTargets } from './event-targets.ts';
import { eventSourceProblems, readEventSource, startEventSource } from './event-sources.ts';
import { FunctionLogs } from './function-log.ts';
import { clientEnv, functionProblems, functionSettings } from './functions.ts';
import { rolePolicies } from './role-policies.ts';
import { startGate, type Gate } from './gate.ts';
import type { InboxMessage } from './inbox.ts';
import { localKms } from './kms.ts';
import { LocalFunction, type Invocation } from './lambda.ts';
import { localMachines, machineProblems, serveStates } from './machines.ts';
import { DEFAULT_RATES, type ProviderRates } from './provider-rates.ts';
import { simulateProviders, type Providers } from './providers.ts';
import { provision } from './provision.ts';
import { queueDepths, type QueueDepth } from './queue-depths.ts';
import { localSchedules, scheduleProblems, type Schedules } from './schedules.ts';
import type { Progress } from './states/progress.ts';
import type { StateMachines } from './states/state-machines.ts';
import { readTemplate, TemplateRefused, type Resource, type ResolvedTemplate } from './template.ts';

export interface RuntimeOptions {
  /** The folder that `cdk synth` wrote. */
  readonly template: string;
  readonly stackName?: string;
  /** The instant at which the runtime's clock starts, ISO-8601. */
  readonly startAt: string;
  /** How many times faster than the wall clock it runs. */
  readonly timeScale: number;
  readonly seed: number | string;
  /** The brief's mock without it. */
  readonly providers?: ProviderRates;
  /** A folder for the functions' logs; without it only their last lines are kept, in memory. */
  readonly logs?: string;
  /** A file that gets every send as a JSON line; without it the inbox is in memory only. */
  readonly inboxFile?: string;
  /** Workers a function at most, whatever its event source asks for. */
  readonly maxConcurrency?: number;
  /** Workers of single functions instead, by the end of their names: `send-email`. */
  readonly workers?: Readonly<Record<string, number>>;
  /** Whether schedules fire by themselves when they are due; yes without it. */
  readonly schedules?: boolean;
  /** Whether a message keeps its receive count when it moves to a dead-letter queue; `kept` without it. */
  readonly receiveCounts?: ReceiveCounts;
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
  /**
   * Resolves when no execution runs, no function works, no event is to come and no function's queue holds a message. Rejects when something
   * has died that the runtime cannot go on without, or when it is stopped.
   */
  readonly idle: () => Promise<void>;
  /** Ends everything: no process, port or timer is left. */
  readonly stop: () => Promise<void>;
}

/** Four environments a function keep two cores busy; more only cost memory. */
const MAX_CONCURRENCY = 4;
/** What SQS takes where the template says nothing. */
const DEFAULT_VISIBILITY_SECONDS = 30;

const PROBLEMS: Readonly<Record<string, (resource: Resource) => string[]>> = {
  'AWS::Events::Rule': ruleProblems,
  'AWS::Scheduler::Schedule': scheduleProblems,
  'AWS::Lambda::EventSourceMapping': eventSourceProblems,
  'AWS::Lambda::Function': functionProblems,
  'AWS::StepFunctions::StateMachine': machineProblems,
  'AWS::SES::ConfigurationSetEventDestination': eventDestinationProblems,
};

/** Starts the stack. Throws `TemplateRefused` before anything runs if the template has what it does not know. */
export async function startRuntime(options: RuntimeOptions): Promise<Runtime> {
  const { stackName = 'Tr1l-dev' } = options;
  const template = readTemplate(options.template, stackName);
  const problems = template.resources.flatMap((resource) => PROBLEMS[resource.type]?.(resource) ?? []);
  if (problems.length > 0) throw new TemplateRefused(stackName, problems);
  const closers: Closer[] = [];
  let stopped: Promise<void> | undefined;
  const stop = (): Promise<void> => (stopped ??= closeAll(closers));
  try {
    return await assemble(options, template, closers, stop);
  } catch (thrown) {
    await stop();
    throw thrown;
  }
}

type Closer = () => unknown;

/** In the reverse of the order in which things were started. One that fails does not keep the others open. */
async function closeAll(closers: Closer[]): Promise<void> {
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
  closers: Closer[],
  stop: () => Promise<void>,
): Promise<Runtime> {
  const { onProblem = () => undefined, maxConcurrency = MAX_CONCURRENCY, workers = {} } = options;
  const seed = String(options.seed);
  const of = (type: string): Resource[] => template.resources.filter((resource) => resource.type === type);
  const events: RuntimeEvents = new EventEmitter();
  let fatal: Error | undefined;
  const onFatal = (problem: Error): void => {
    if (fatal) return;
    fatal = problem;
    options.onFatal?.(problem);
  };
  const logs = new FunctionLogs(options.logs, onFatal);
  closers.push(() => logs.close());

  const [dynamo, queues] = await startEmulators(onFatal, options.receiveCounts ?? 'kept', closers);
  const clock = scaledClock(clockSettings(Date.parse(options.startAt), options.timeScale));
  const gate = await startGate(clock);
  closers.push(() => gate.stop());
  const startMachine = (arn: string, input: string): void => {
    machines.start({ stateMachineArn: arn, input });
  };
  const targets = eventTargets(startMachine, gate, onProblem);
  closers.push(targets.close);
  const bus = localEventBus(of('AWS::Events::Rule'), clock, targets.deliverTo);
  const rates = options.providers ?? DEFAULT_RATES;
  const providers = simulateProviders({
    clock,
    seed,
    rates,
    inbox: { file: options.inboxFile, onProblem: onFatal },
    configurationSets: of('AWS::SES::ConfigurationSet'),
    eventDestinations: of('AWS::SES::ConfigurationSetEventDestination'),
    put: bus.put,
  });
  closers.push(() => providers.stop());
  providers.events.on('send', (message) => events.emit('send', message));
  const kms = localKms(seed, rolePolicies(of('AWS::Lambda::Function'), of('AWS::IAM::Policy')));
  gate.route('dynamodb', dynamo.url);
  gate.route('sqs', queues.url);
  gate.route('s3', queues.url);
  gate.route('kms', kms.service);
  gate.route('sesv2', providers.sesv2);
  gate.route('sns', providers.sns);
  await provision(template.resources, gate, kms.addKey);

  const sources = of('AWS::Lambda::EventSourceMapping')
    .map(readEventSource)
    .filter(({ isEnabled }) => isEnabled);
  const functions = new Map<string, LocalFunction>();
  for (const resource of of('AWS::Lambda::Function')) {
    const settings = functionSettings(resource, template, gate, sources, { maxConcurrency, workers });
    const onInvocation = (invocation: Invocation): unknown => events.emit('invocation', invocation);
    functions.set(settings.name, new LocalFunction(settings, clock, logs, onInvocation));
  }
  gate.killWith(async (functionName, environment) => {
    if (await functions.get(functionName)?.kill(environment)) return;
    onProblem(`there is no environment ${environment} of '${functionName}' to kill`);
  });
  closers.push(() => Promise.all([...functions.values()].map((each) => each.stop())));

  const machines = localMachines(of('AWS::StepFunctions::StateMachine'), clock, seed, functions, bus);
  closers.push(() => machines.close());
  machines.events.on('progress', (progress) => events.emit('progress', progress));
  const states = await serveStates(machines);
  closers.push(states.stop);
  gate.route('sfn', states.url);

  for (const source of sources) {
    const queue = of('AWS::SQS::Queue').find(({ name }) => name === source.queueName);
    const target = functions.get(source.functionName);
    if (!queue || !target) throw new Error(`no event source from ${source.queueName} to ${source.functionName}`);
    const visibility = Number(queue.properties['VisibilityTimeout'] ?? DEFAULT_VISIBILITY_SECONDS);
    const endpoint = gate.endpoint(`${source.functionName} (poller)`, 'sqs');
    closers.push(startEventSource(source, visibility, target, endpoint, clock, onProblem).stop);
  }
  const schedules = localSchedules(of('AWS::Scheduler::Schedule'), clock, startMachine);
  closers.push(() => {
    schedules.stop();
  });
  if (options.schedules ?? true) schedules.start();
  closers.push(() => {
    fatal ??= new Error('the local runtime has been stopped');
  });

  const consumed = new Set(sources.map(({ queueName }) => queueName));
  const isQuiet = async (): Promise<boolean> => {
    if (machines.running > 0 || [...functions.values()].some(({ inFlight }) => inFlight > 0)) return false;
    if (providers.emailEvents.pending > 0 || bus.delivering > 0) return false;
    const depths = await queueDepths(queues.url).catch((thrown: unknown) => {
      throw fatal ?? thrown;
    });
    return depths.every(({ name, messages }) => messages === 0 || !consumed.has(name));
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
        if (fatal) throw fatal;
        quiet = (await isQuiet()) ? quiet + 1 : 0;
        await sleepReal(25);
      }
    },
    stop,
  };
}

async function startEmulators(onDeath: OnDeath, receiveCounts: ReceiveCounts, closers: Closer[]) {
  const starting = [startDynamo(onDeath), startQueuesAndObjects(onDeath, receiveCounts)] as const;
  const started = await Promise.allSettled(starting);
  for (const each of started) if (each.status === 'fulfilled') closers.push(() => each.value.stop());
  return Promise.all(starting);
}
