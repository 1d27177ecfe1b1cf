/** `bill` alone, and the least that anybody must do with the same input: parse it. */
import type { Month } from '../../lambdas/kernel/dates.ts';
import { bill } from '../../lambdas/settlement/domain/bill.ts';
import { population } from '../population/population.ts';
import { TARIFF } from '../population/tariff.ts';
import { rowOf, type BenchRow } from './rows.ts';

const ACCOUNTS = 10_000;
/** The first time is not counted: the code is compiled in it. */
const PASSES = 16;
/** Accounts parsed, then billed, then the next: what slows the machine falls on both. A thread's time is told in steps of some milliseconds. */
const TURN = 2500;

/** Accounts a second on one core, billed and parsed. */
export function benchBill(month: Month): BenchRow {
  const texts = [...population({ seed: 1, accounts: ACCOUNTS, month })].map(({ account, usage }) => [
    JSON.stringify(account),
    JSON.stringify(usage),
  ]);
  let [parsing, billing] = [0, 0];
  for (let pass = 0; pass < PASSES; pass++) {
    for (let start = 0; start < texts.length; start += TURN) {
      const from = secondsOfThread();
      const records = texts
        .slice(start, start + TURN)
        .map(([account = '', usage = '']) => [JSON.parse(account), JSON.parse(usage)] as [unknown, unknown]);
      const between = secondsOfThread();
      for (const [account, usage] of records) bill(account, usage, TARIFF, month);
      const to = secondsOfThread();
      if (pass === 0) continue;
      parsing += between - from;
      billing += to - between;
    }
  }
  const counted = texts.length * (PASSES - 1);
  return rowOf('bill', 'accounts/s', counted / billing, counted / parsing, { atLeast: 0.5 });
}

/** Seconds that a core has worked for this thread: other processes do not count. */
function secondsOfThread(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1e6;
}
