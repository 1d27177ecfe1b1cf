/** However the local runtime ends, nothing of it is left: no process, no port. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import type { Runtime } from '../../tools/local/runtime.ts';
import { call, startFixture } from '../support/local-fixture.ts';

const CHILD = fileURLToPath(new URL('../support/local-child.ts', import.meta.url));

/** A person who presses Ctrl-C waits no longer than this. */
const PATIENCE_MS = 2000;

/** Parent and command line of every process of this machine. */
function processes(): Map<number, { readonly parent: number; readonly command: string }> {
  const found = new Map<number, { parent: number; command: string }>();
  for (const entry of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      const [, parent] = /^\d+ \(.*\) [A-Z] (\d+)/s.exec(readFileSync(`/proc/${entry}/stat`, 'utf8')) ?? [];
      const command = readFileSync(`/proc/${entry}/cmdline`, 'utf8').replaceAll('\0', ' ');
      // A process that has ended, and that nobody has asked after yet, has no command line.
      if (command !== '') found.set(Number(entry), { parent: Number(parent), command });
    } catch {
      // It has ended meanwhile.
    }
  }
  return found;
}

function descendants(pid: number): number[] {
  const all = processes();
  const below = (of: number): number[] =>
    [...all].filter(([, { parent }]) => parent === of).flatMap(([child]) => [child, ...below(child)]);
  return below(pid);
}

interface Started {
  readonly child: ChildProcess;
  readonly lines: AsyncIterator<string>;
  readonly gate: string;
  readonly helpers: readonly number[];
}

async function startChild(argument: string): Promise<Started> {
  const child = spawn(process.execPath, [CHILD, argument], { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const gate = String((await lines.next()).value);
  return { child, lines, gate, helpers: descendants(child.pid ?? 0) };
}

async function expectNothingLeft({ helpers, gate }: Pick<Started, 'helpers' | 'gate'>): Promise<void> {
  const left = (): number[] => helpers.filter((pid) => processes().has(pid));
  await expect.poll(left, { timeout: PATIENCE_MS }).toEqual([]);
  await expect(fetch(gate)).rejects.toThrow();
}

// The processes are looked up in /proc; dynoxide has no binary for other systems anyway.
describe.runIf(process.platform === 'linux')('the local runtime', () => {
  it('ends with everything it started, in the middle of its work, and lets the process end', async () => {
    const started = await startChild('stop');
    expect(started.helpers.length).toBeGreaterThan(0);
    const before = performance.now();
    started.child.stdin?.write('stop\n');
    expect(JSON.parse(String((await started.lines.next()).value))).toMatchObject({ kind: 'threw' });
    expect(await once(started.child, 'exit')).toEqual([0, null]);
    expect(performance.now() - before).toBeLessThan(PATIENCE_MS);
    await expectNothingLeft(started);
  });

  it.each(['SIGINT', 'SIGTERM', 'SIGKILL'] as const)('leaves nothing behind on %s', async (signal) => {
    const started = await startChild('run');
    expect(started.helpers.length).toBeGreaterThan(0);
    started.child.kill(signal);
    await once(started.child, 'exit');
    await expectNothingLeft(started);
  });

  it('tells of an emulator that has died, once, and gives up waiting', async () => {
    const before = new Set(descendants(process.pid));
    const fatal: string[] = [];
    const runtime: Runtime = await startFixture({ onFatal: ({ message }) => fatal.push(message) });
    try {
      const all = processes();
      const dynoxide = descendants(process.pid).filter(
        (pid) => !before.has(pid) && /^\S*dynoxide --port/.test(all.get(pid)?.command ?? ''),
      );
      expect(dynoxide).toHaveLength(1);
      const waiting = call(runtime, 'work', { shard: 1, month: 'dead' }).catch(() => undefined);
      process.kill(dynoxide[0] ?? 0, 'SIGKILL');
      await expect.poll(() => fatal).toEqual(['the DynamoDB emulator (dynoxide) has died']);
      await expect(runtime.idle()).rejects.toThrow('the DynamoDB emulator (dynoxide) has died');
      await waiting;
    } finally {
      await runtime.stop();
    }
    expect(fatal).toHaveLength(1);
    await expect(runtime.idle()).rejects.toThrow();
  });

  it('tells of a disk that is full', async () => {
    const fatal: string[] = [];
    const runtime = await startFixture({ inboxFile: '/dev/full', onFatal: ({ message }) => fatal.push(message) });
    try {
      await call(runtime, 'text', { id: 'a' });
      await expect.poll(() => fatal).toEqual([expect.stringMatching(/inbox cannot be written.*ENOSPC/) as string]);
      await expect(runtime.idle()).rejects.toThrow('ENOSPC');
    } finally {
      await runtime.stop();
    }
  });
});
