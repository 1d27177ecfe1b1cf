/** The process in which a month is measured (bench-month-apart.ts): its arguments are the stack's folder and the number of accounts. */
import { benchMonth } from './bench-month.ts';
import type { MonthMessage } from './bench-month-apart.ts';

const [folder = '', accounts] = process.argv.slice(2);
const stop = new AbortController();
// Whoever asked is gone, or wants it to end.
process.on('disconnect', () => {
  stop.abort();
});
// A Ctrl-C reaches both processes: ours ends when it is told.
process.on('SIGINT', () => undefined);

const tell = (message: MonthMessage): void => {
  if (process.connected) process.send?.(message);
};

try {
  const say = (step: string): void => {
    tell({ kind: 'step', step });
  };
  tell({ kind: 'measured', month: await benchMonth(folder, Number(accounts), say, stop.signal) });
} catch (thrown) {
  tell({ kind: 'failed', problem: thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown) });
} finally {
  if (process.connected) process.disconnect();
}
