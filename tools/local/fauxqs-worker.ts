/** The worker thread that runs fauxqs (SQS and S3), so that it uses the second core and ends with the process. */
import type { AddressInfo } from 'node:net';
import { parentPort, workerData } from 'node:worker_threads';
import { buildApp } from 'fauxqs';

const { region } = workerData as { region: string };
const app = buildApp({ logger: false, defaultRegion: region });
// Not startFauxqs(): that binds all interfaces.
await app.listen({ host: '127.0.0.1', port: 0 });
parentPort?.postMessage({ port: (app.server.address() as AddressInfo).port });
