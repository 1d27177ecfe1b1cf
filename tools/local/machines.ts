/** The template's state machines in the Step Functions runner, wired to the functions and the event bus. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { realLimitMs, sleepReal, TASK_FLOOR_MS, type ScaledClock } from './clock.ts';
import type { EventBus } from './event-bus.ts';
import type { LocalFunction } from './lambda.ts';
import { seededRandom } from './seeded-random.ts';
import { InvalidDefinition } from './states/errors.ts';
import { statesEndpoint } from './states/http.ts';
import { eventsPutEvents, lambdaInvoke, type Invoke } from './states/integrations.ts';
import { readMachine } from './states/read-machine.ts';
import { StateMachines } from './states/state-machines.ts';
import { refOf } from './template-resources.ts';
import type { Resource } from './template.ts';

const LAMBDA_INVOKE = 'arn:aws:states:::lambda:invoke';
const LAMBDA_TOKEN = 'arn:aws:states:::lambda:invoke.waitForTaskToken';
const PUT_EVENTS = 'arn:aws:states:::events:putEvents';
const RESOURCES: ReadonlySet<string> = new Set([LAMBDA_INVOKE, LAMBDA_TOKEN, PUT_EVENTS]);

const arnOf = ({ type, name }: Resource): string => refOf(type, name);

/** The definition's text with the substitutions of the template in it. */
function definitionOf({ properties }: Resource): string {
  const substitutions = (properties['DefinitionSubstitutions'] ?? {}) as Record<string, unknown>;
  return String(properties['DefinitionString']).replaceAll(/\$\{(\w+)\}/g, (whole, key: string) =>
    key in substitutions ? String(substitutions[key]) : whole,
  );
}

/** What a state machine has that the runner does not know. */
export function machineProblems(resource: Resource): string[] {
  const { logicalId, properties } = resource;
  const type = properties['StateMachineType'] ?? 'STANDARD';
  const problems = type === 'STANDARD' ? [] : [`${logicalId}: only machines of type STANDARD are known`];
  try {
    readMachine(arnOf(resource), definitionOf(resource), RESOURCES, { nowMs: Date.now, random: Math.random, newId });
  } catch (thrown) {
    if (!(thrown instanceof InvalidDefinition)) throw thrown;
    problems.push(...thrown.problems.map((problem) => `${logicalId}: ${problem}`));
  }
  return problems;
}

const newId = (): string => '';

export function localMachines(
  resources: readonly Resource[],
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
      [LAMBDA_INVOKE]: lambdaInvoke(invoke),
      [LAMBDA_TOKEN]: lambdaInvoke(invoke),
      [PUT_EVENTS]: eventsPutEvents(bus.put),
    },
    random: seededRandom(seed),
    deadline: (ms, signal) => sleepReal(realLimitMs(ms, clock.scale, TASK_FLOOR_MS), signal),
  });
  for (const resource of resources) {
    machines.create(arnOf(resource), definitionOf(resource), String(resource.properties['RoleArn']));
  }
  return machines;
}

/** Serves the Step Functions API on a free port of loopback. */
export async function serveStates(
  machines: StateMachines,
): Promise<{ readonly url: string; readonly stop: () => Promise<void> }> {
  const server = createServer(statesEndpoint(machines));
  server.keepAliveTimeout = 0;
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    stop: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
