/** The worker thread of a function: loads its bundle once, then handles one event at a time, as Lambda does. */
import { pathToFileURL } from 'node:url';
import { parentPort, workerData, type MessagePort } from 'node:worker_threads';
import { realNowMs, scaledClock } from './clock.ts';
import type { FunctionError, InvokeMessage, WorkerMessage, WorkerSettings } from './lambda-messages.ts';

const settings = workerData as WorkerSettings;
const port = parentPort as MessagePort;
const clock = scaledClock(settings.clock);

// Where lambdas/platform/clock.ts looks for the time.
(globalThis as Record<symbol, unknown>)[Symbol.for('tr1l.clock')] = { nowMs: clock.nowMs, sleep: clock.sleep };

type Handler = (event: unknown, context: unknown) => unknown;

const tell = (message: WorkerMessage): void => {
  port.postMessage(message);
};

function errorOf(thrown: unknown): FunctionError {
  if (!(thrown instanceof Error)) return { errorType: 'Error', errorMessage: String(thrown), trace: [] };
  const trace = (thrown.stack ?? '').split('\n');
  return { errorType: thrown.name, errorMessage: thrown.message, trace };
}

async function load(): Promise<Handler> {
  const module = (await import(pathToFileURL(settings.file).href)) as Record<string, unknown>;
  const handler = module[settings.exported];
  if (typeof handler === 'function') return handler as Handler;
  throw Object.assign(new Error(`${settings.file} exports no function '${settings.exported}'`), {
    name: 'Runtime.HandlerNotFound',
  });
}

function contextOf(message: InvokeMessage): Readonly<Record<string, unknown>> {
  return {
    functionName: settings.functionName,
    functionVersion: '$LATEST',
    invokedFunctionArn: message.functionArn,
    memoryLimitInMB: String(message.memoryMb),
    awsRequestId: message.requestId,
    logGroupName: `/aws/lambda/${settings.functionName}`,
    logStreamName: 'local',
    callbackWaitsForEmptyEventLoop: true,
    // In the function's own milliseconds: it plans its sleeps with them.
    getRemainingTimeInMillis: () =>
      Math.max(0, Math.min(message.timeoutMs, Math.floor((message.endsAtRealMs - realNowMs()) * clock.scale))),
  };
}

async function handle(handler: Handler, message: InvokeMessage): Promise<void> {
  try {
    const result: unknown = await handler(JSON.parse(message.payload), contextOf(message));
    tell({ kind: 'returned', payload: marshal(result) });
  } catch (thrown) {
    tell({ kind: 'threw', error: errorOf(thrown) });
  }
}

function marshal(result: unknown): string {
  try {
    // In a list what has no JSON (`undefined`, a function) is null, as Lambda answers it.
    return JSON.stringify([result]).slice(1, -1);
  } catch (cause) {
    throw Object.assign(new Error('Unable to stringify response body', { cause }), { name: 'Runtime.MarshalError' });
  }
}

try {
  const handler = await load();
  port.on('message', (message: InvokeMessage) => void handle(handler, message));
  tell({ kind: 'ready' });
} catch (thrown) {
  tell({ kind: 'broken', error: errorOf(thrown) });
}
