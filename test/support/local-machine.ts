/** Step Functions as the commands see it, where only what they start counts: every StartExecution is kept, and none runs. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';

export interface LocalMachine {
  readonly url: string;
  /** The inputs of the executions that were started, in order. */
  readonly started: unknown[];
  /** What is told of every execution from now on; before, that it succeeded. */
  readonly end: (as: { readonly status: string; readonly error?: string; readonly cause?: string }) => void;
  readonly stop: () => Promise<void>;
}

/** Starts it on a free port. */
export async function startLocalMachine(): Promise<LocalMachine> {
  const started: unknown[] = [];
  let ended: object = { status: 'SUCCEEDED' };
  const server = createServer((request, response) => {
    void json(request).then((body) => {
      const isStart = request.headers['x-amz-target'] === 'AWSStepFunctions.StartExecution';
      if (isStart) started.push(JSON.parse((body as { input: string }).input));
      response.setHeader('content-type', 'application/x-amz-json-1.0');
      response.end(JSON.stringify({ executionArn: `arn:${started.length}`, startDate: 0, ...(isStart ? {} : ended) }));
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    started,
    end: (as) => {
      ended = as;
    },
    stop: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
