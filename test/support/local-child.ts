/**
 * A process that runs the fixture's stack: it begins a send that takes an hour and tells where the gate is. With the
 * argument `stop` it stops the runtime when it gets a line; without it, it never ends by itself.
 */
import { once } from 'node:events';
import { startFixture } from './local-fixture.ts';

const slow = { temporary: 0, permanent: 0, throttled: 0, down: 0, unknown: 0, latencyMs: 3_600_000 };
const runtime = await startFixture({ schedules: true, providers: { email: slow, sms: slow } });
const sending = Promise.withResolvers<unknown>();
runtime.gate.intercept(({ service }) => {
  if (service === 'sns') sending.resolve(undefined);
  return undefined;
});
const invocation = runtime.functions.get('fixture-text')?.invoke({ id: 'slow' });
await sending.promise;
process.stdout.write(`${runtime.gate.url}\n`);
if (process.argv[2] === 'stop') {
  await once(process.stdin, 'data');
  process.stdin.destroy();
  await runtime.stop();
  process.stdout.write(`${JSON.stringify(await invocation)}\n`);
}
