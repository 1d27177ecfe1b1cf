/**
 * The emulators on loopback: dynoxide (DynamoDB) as a child process, fauxqs (SQS, S3) as a worker thread. Both end with
 * this process, however it ends, and say so when they end before it.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { awsJsonClient, REGION } from './aws-json.ts';
import { sleepReal } from './clock.ts';

export interface Emulator {
  readonly url: string;
  /** Ends it and waits until it has. */
  readonly stop: () => Promise<void>;
}

/** Called once if the emulator ends by itself. */
export type OnDeath = (problem: Error) => void;

const STARTS = 5;
const START_MS = 10_000;

/**
 * The shell stands between us and dynoxide because a child does not learn that its parent was killed: the shell's
 * input, which we hold, ends with us, and `cat` with it, whereupon it kills dynoxide. A process group of its own keeps
 * the terminal's Ctrl-C away: we end it ourselves, after the work that still writes.
 */
const GUARD =
  'exec 3<&0; "$@" </dev/null 3<&- & child=$!; (cat <&3 >/dev/null; kill -9 $child 2>/dev/null) & wait $child';

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

function dynoxideBinary(): string {
  try {
    return createRequire(import.meta.url).resolve('@dynoxide/linux-x64/dynoxide');
  } catch (cause) {
    const here = `${process.platform}-${process.arch}`;
    throw new Error(`the DynamoDB emulator (npm package @dynoxide/linux-x64) is not installed; this is ${here}`, {
      cause,
    });
  }
}

/** Ends the whole process group of a child, if it is still there. */
function killGroup(child: ChildProcess): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, 'SIGKILL');
  } catch {
    // It has ended.
  }
}

/** Starts DynamoDB in memory. Only a child of ours can answer with the table whose name we have just made up. */
export async function startDynamo(onDeath: OnDeath): Promise<Emulator> {
  const binary = dynoxideBinary();
  const folder = mkdtempSync(join(tmpdir(), 'tr1l-'));
  const mark = `mark-${randomUUID()}`;
  const schema = join(folder, 'schema.json');
  writeFileSync(schema, JSON.stringify([{ Table: markTable(mark) }]));
  try {
    for (let start = 1; start <= STARTS; start++) {
      const emulator = await tryDynamo(binary, schema, mark, onDeath);
      if (emulator) return emulator;
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  throw new Error(`the DynamoDB emulator did not start in ${STARTS} tries`);
}

const markTable = (name: string) => ({
  TableName: name,
  KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
  AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
  BillingModeSummary: { BillingMode: 'PAY_PER_REQUEST' },
});

async function tryDynamo(
  binary: string,
  schema: string,
  mark: string,
  onDeath: OnDeath,
): Promise<Emulator | undefined> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const command = [binary, '--port', String(port), '--schema', schema];
  const child = spawn('/bin/sh', ['-c', GUARD, 'sh', ...command], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  });
  child.stdin.on('error', () => undefined);
  const state = { ended: false, stopping: false, ready: false };
  const ended = new Promise<void>((resolve) => {
    const end = (): void => {
      state.ended = true;
      process.off('exit', kill);
      killGroup(child);
      resolve();
      if (state.ready && !state.stopping) onDeath(new Error('the DynamoDB emulator (dynoxide) has died'));
    };
    child.once('exit', end);
    child.once('error', end);
  });
  const kill = (): void => {
    killGroup(child);
  };
  process.on('exit', kill);
  const stop = async (): Promise<void> => {
    state.stopping = true;
    kill();
    await ended;
  };
  const client = awsJsonClient('dynamodb', url);
  try {
    for (const giveUp = Date.now() + START_MS; Date.now() < giveUp && !state.ended;) {
      const tables = await client.call('ListTables', {}).catch(() => undefined);
      if (tables === undefined) {
        await sleepReal(20);
        continue;
      }
      if (!(tables['TableNames'] as string[]).includes(mark)) break;
      await client.call('DeleteTable', { TableName: mark });
      state.ready = true;
      return { url, stop };
    }
  } finally {
    client.close();
  }
  await stop();
  return undefined;
}

/**
 * Whether a message that moves to a dead-letter queue keeps its receive count. What SQS does is not documented, so the
 * pipeline must bear both.
 */
export type ReceiveCounts = 'kept' | 'reset';

/** Starts SQS and S3 in memory. */
export async function startQueuesAndObjects(
  onDeath: OnDeath,
  receiveCounts: ReceiveCounts = 'kept',
): Promise<Emulator> {
  const worker = new Worker(new URL('./fauxqs-worker.ts', import.meta.url), {
    workerData: { region: REGION, receiveCounts },
    execArgv: [],
    stdout: true,
    stderr: true,
  });
  const state = { ready: false, stopping: false };
  const port = await new Promise<number>((resolve, reject) => {
    worker.once('message', (message: { port: number }) => {
      state.ready = true;
      resolve(message.port);
    });
    worker.once('error', (cause) => {
      const problem = new Error('the SQS and S3 emulator (fauxqs) has died', { cause });
      if (state.ready) onDeath(problem);
      else reject(problem);
    });
    worker.once('exit', () => {
      if (state.ready && !state.stopping) onDeath(new Error('the SQS and S3 emulator (fauxqs) has ended'));
    });
  });
  return {
    url: `http://127.0.0.1:${port}`,
    stop: async () => {
      state.stopping = true;
      await worker.terminate();
    },
  };
}
