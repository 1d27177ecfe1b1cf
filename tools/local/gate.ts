/**
 * The one place that every SDK call of every function passes: a proxy on loopback with the path
 * `/<function>/<service>/…`. It routes, counts, keeps SQS on the scaled clock, and lets tests break calls.
 */
import { once } from 'node:events';
import { Agent, createServer, request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { sleepReal, type ScaledClock } from './clock.ts';
import { askForUnits, countUnits, GateCounts, type GateCount } from './gate-counts.ts';
import {
  accessKeyOf,
  decodeBody,
  errorAnswer,
  operationOf,
  type Fault,
  type GateAnswer,
  type GateCall,
  type GateRequest,
  type Interceptor,
  type LocalService,
  type Observer,
} from './gate-messages.ts';
import { scaleAnswer, scaleRequest } from './sqs-time.ts';

/** Where a service is: the URL of an emulator, or a simulator in this thread. */
export type Route = string | LocalService;

export type Kill = (functionName: string, environment: string) => Promise<void>;

export interface Gate {
  readonly url: string;
  /** The endpoint of a service for a function, or for whatever is to be counted under that name. */
  readonly endpoint: (functionName: string, service: string) => string;
  /** Gives a service its place. */
  readonly route: (service: string, route: Route) => void;
  readonly services: () => string[];
  /** Asks for every call whether something goes wrong with it; the first answer counts. Returns how to stop it. */
  readonly intercept: (interceptor: Interceptor) => () => void;
  /** How the fault `kill` ends an environment of a function. */
  readonly killWith: (kill: Kill) => void;
  /** Tells what became of every call. Returns how to stop it. */
  readonly observe: (observer: Observer) => () => void;
  readonly counts: () => GateCount[];
  readonly resetCounts: () => void;
  readonly stop: () => Promise<void>;
}

/** Headers that belong to one connection. */
const HOP_BY_HOP = ['connection', 'keep-alive', 'transfer-encoding', 'content-length', 'host', 'expect'];

export async function startGate(clock: ScaledClock): Promise<Gate> {
  const routes = new Map<string, Route>();
  const counts = new GateCounts();
  const interceptors = new Set<Interceptor>();
  const observers = new Set<Observer>();
  const killer: { kill: Kill } = { kill: () => Promise.resolve() };
  const agent = new Agent({ keepAlive: true, maxFreeSockets: 256 });

  const serve = async (incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> => {
    const [, name = '', service = '', ...rest] = (incoming.url ?? '').split('/');
    const request: GateRequest = {
      method: incoming.method ?? 'GET',
      path: `/${rest.join('/')}`,
      headers: incoming.headers,
      body: await read(incoming),
    };
    const functionName = decodeURIComponent(name);
    const operation = operationOf(service, request);
    const count = counts.of(functionName, service, operation);
    count.requests += 1;
    const call: GateCall = {
      functionName,
      environment: accessKeyOf(request),
      service,
      operation,
      nth: count.requests,
      body: () => decodeBody(request),
    };
    const started = performance.now();
    const answer = await answerWithFaults(call, request, count);
    if (answer === 'cut' || answer.status >= 400) count.failed += 1;
    if (answer === 'cut') outgoing.destroy();
    else write(outgoing, answer, request.method === 'HEAD');
    const outcome = { status: answer === 'cut' ? 0 : answer.status, ms: performance.now() - started };
    for (const observer of observers) observer(call, outcome);
  };

  const faultOf = (call: GateCall): Fault | undefined => {
    for (const interceptor of interceptors) {
      const fault = interceptor(call);
      if (fault) return fault;
    }
    return undefined;
  };

  const answerWithFaults = async (
    call: GateCall,
    request: GateRequest,
    count: GateCount,
  ): Promise<GateAnswer | 'cut'> => {
    const fault = faultOf(call);
    const kill = async (): Promise<'cut'> => {
      await killer.kill(call.functionName, call.environment);
      return 'cut';
    };
    if (fault?.kind === 'cut') return 'cut';
    if (fault?.kind === 'kill' && fault.when === 'before') return kill();
    if (fault?.kind === 'fail') {
      return errorAnswer(call.service, fault.status, fault.code, fault.message ?? 'made to fail at the gate');
    }
    if (fault?.kind === 'delay') await sleepReal(fault.ms);
    const answer = await forward(call, request, count);
    if (fault?.kind === 'lose') return 'cut';
    if (fault?.kind === 'kill') return kill();
    if (fault?.kind === 'delay-answer') await sleepReal(fault.ms);
    return answer;
  };

  const forward = async (
    { functionName, service, operation }: GateCall,
    request: GateRequest,
    count: GateCount,
  ): Promise<GateAnswer | 'cut'> => {
    const route = routes.get(service);
    if (route === undefined) {
      return errorAnswer(service, 501, 'NotImplemented', `the local runtime has no service '${service}'`);
    }
    if (typeof route !== 'string') return route(request, operation, functionName);
    const isDynamo = service === 'dynamodb';
    const isQueue = service === 'sqs';
    const changed = isDynamo
      ? askForUnits(request.body)
      : isQueue
        ? scaleRequest(operation, request.body, clock)
        : request.body;
    const answer = await proxy(agent, route, { ...request, body: changed });
    if (answer === 'cut') return answer;
    if (isDynamo) countUnits(count, request, answer.status, answer.body);
    return isQueue ? { ...answer, body: scaleAnswer(operation, answer.body, clock) } : answer;
  };

  const server = createServer((incoming, outgoing) => {
    serve(incoming, outgoing).catch(() => {
      // The caller is gone, or its request is broken beyond an answer.
      outgoing.destroy();
    });
  });
  // Clients keep connections for as long as they like: a server that closes an idle one races with the next request.
  server.keepAliveTimeout = 0;
  server.headersTimeout = 0;
  server.requestTimeout = 0;
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  return {
    url,
    endpoint: (functionName, service) => `${url}/${encodeURIComponent(functionName)}/${service}`,
    route: (service, route) => routes.set(service, route),
    services: () => [...routes.keys()],
    intercept: (interceptor) => {
      interceptors.add(interceptor);
      return () => interceptors.delete(interceptor);
    },
    killWith: (kill) => {
      killer.kill = kill;
    },
    observe: (observer) => {
      observers.add(observer);
      return () => observers.delete(observer);
    },
    counts: () => counts.all(),
    resetCounts: () => {
      counts.reset();
    },
    stop: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
      agent.destroy();
    },
  };
}

async function read(incoming: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  return chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks);
}

function write(outgoing: ServerResponse, answer: GateAnswer, isHead: boolean): void {
  const headers: Record<string, string | string[] | number> = {};
  for (const [name, value] of Object.entries(answer.headers)) {
    if (value !== undefined && !HOP_BY_HOP.includes(name)) headers[name] = value;
  }
  // The answer to a HEAD has the length of a body that it has not.
  const length = isHead ? answer.headers['content-length'] : Buffer.byteLength(answer.body);
  if (length !== undefined) headers['content-length'] = length;
  outgoing.writeHead(answer.status, headers);
  outgoing.end(answer.body);
}

type ProxyAnswer = Omit<GateAnswer, 'body'> & { readonly body: Buffer };

/** Passes a request on. An emulator that cannot be reached, or breaks off, is a cut connection to the caller. */
function proxy(agent: Agent, base: string, request: GateRequest): Promise<ProxyAnswer | 'cut'> {
  const headers: Record<string, string | string[] | number> = { 'content-length': request.body.length };
  for (const [name, value] of Object.entries(request.headers)) {
    if (value !== undefined && !HOP_BY_HOP.includes(name)) headers[name] = value;
  }
  return new Promise((resolve) => {
    const fail = (): void => {
      resolve('cut');
    };
    const passed = httpRequest(`${base}${request.path}`, { method: request.method, headers, agent }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', fail);
      response.on('end', () => {
        resolve({ status: response.statusCode ?? 502, headers: response.headers, body: Buffer.concat(chunks) });
      });
    });
    passed.on('error', fail);
    passed.end(request.body);
  });
}
