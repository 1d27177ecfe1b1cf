/** The worker thread that runs fauxqs (SQS and S3), so that it uses the second core and ends with the process. */
import type { AddressInfo } from 'node:net';
import { parentPort, workerData } from 'node:worker_threads';
import { buildApp } from 'fauxqs';
import type { ReceiveCounts } from './emulators.ts';

interface Message {
  approximateReceiveCount: number;
}

const { region, receiveCounts } = workerData as { region: string; receiveCounts: ReceiveCounts };

if (receiveCounts === 'reset') {
  // Only sends and moves to a dead-letter queue enqueue; a message that becomes visible again does not.
  const file = new URL('./sqs/sqsStore.js', import.meta.resolve('fauxqs'));
  const { SqsQueue } = (await import(file.href)) as {
    SqsQueue: { prototype: { enqueue: (message: Message) => void } };
  };
  const { enqueue } = SqsQueue.prototype;
  SqsQueue.prototype.enqueue = function (message) {
    message.approximateReceiveCount = 0;
    enqueue.call(this, message);
  };
}

const app = buildApp({ logger: false, defaultRegion: region });
// Not startFauxqs(): that binds all interfaces.
await app.listen({ host: '127.0.0.1', port: 0 });
parentPort?.postMessage({ port: (app.server.address() as AddressInfo).port });
