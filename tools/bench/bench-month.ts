/** A month on the local pipeline, timed stage by stage and held against its limits in the same run. */
import { epochMs, type Month } from '../../lambdas/kernel/dates.ts';
import { shardCountFor } from '../../lambdas/kernel/buckets.ts';
import { faultAt } from '../local/gate-faults.ts';
import type { Runtime } from '../local/runtime.ts';
import { Stages } from '../start/stages.ts';
import { againstLimits, middleOf, passOf, runToTheEnd } from './bench-limits.ts';
import { BENCH_MONTH, startBench, type BenchRuntime } from './bench-runtime.ts';
import { infrastructureDollars, PRICES, scaled, usesOf, type Uses } from './cost.ts';
import type { ItemSizes } from './item-bytes.ts';
import { watchMemory } from './process-memory.ts';
import { rowOf, type BenchRow } from './rows.ts';

export interface MonthBench {
  readonly rows: readonly BenchRow[];
  /** Stored invoices, in bytes. */
  readonly sizes: ItemSizes;
  /** What a million accounts would use. */
  readonly uses: Uses;
}

/** A month before the measured one, in which workers start and their code and the limits' is compiled; far away, so that nobody compares. */
const WARM_MONTH = '2020-01' as Month;
/** What is compiled by then is all that will be: a worker compiles for as long as it sends some thousand notices. */
const MOST_WARM_ACCOUNTS = 10_000;
/** Months that are settled and sent for their speed alone: with the measured one there are three, and the middle one counts. */
const FURTHER_MONTHS = ['2028-01', '2030-01'] as Month[];
const MILLION = 1_000_000;
/** Buckets of a deployment of that size (lib/shared/stage.ts, prod). */
const MILLION_BUCKETS = 1024;

/** Runs the month of so many accounts with providers that take no time, and measures its limits on what it wrote. */
export async function benchMonth(
  folder: string,
  accounts: number,
  say: (step: string) => void,
  signal: AbortSignal,
): Promise<MonthBench> {
  const bench = await startBench(folder, {}, signal);
  const { runtime } = bench;
  try {
    const warming = Math.min(accounts, MOST_WARM_ACCOUNTS);
    say(`warm up with ${warming} accounts`);
    await passOf(bench, WARM_MONTH, warming);
    say(`import ${accounts} accounts`);
    await bench.importMonth(BENCH_MONTH, accounts);
    const stages = new Stages();
    stages.follow(runtime);
    const seen = { lastSend: 0, shardTransitions: 0, transitions: 0, invocations: 0 };
    runtime.events.on('send', () => (seen.lastSend = stages.now()));
    const memory = watchMemory(runtime);
    runtime.events.on('progress', (progress) => {
      if (progress.kind !== 'state' || progress.phase !== 'entered') return;
      if (progress.mapRunArn === undefined) seen.transitions++;
      else seen.shardTransitions++;
    });
    runtime.events.on('invocation', () => seen.invocations++);

    runtime.gate.resetCounts();
    say('settle, with a run that dies before it is approved');
    await settleAndDie(bench);
    const first = { ...seen, seconds: stages.seconds('SettleShards'), units: writesOf(runtime, 'settle-shard') };
    say('settle again, verify, approve');
    // The second time is no part of what a month costs; its other stages are, and are counted instead of the first ones'.
    runtime.gate.resetCounts();
    [seen.shardTransitions, seen.transitions, seen.invocations] = [0, 0, 0];
    await runToTheEnd(bench, BENCH_MONTH);
    const again = stages.spans.filter(({ name }) => name === 'SettleShards')[1];
    const seconds = again ? ((again.to ?? NaN) - again.from) / 1000 : NaN;
    const units = writesOf(runtime, 'settle-shard');

    const planned = stages.spans.find(({ name }) => name === 'PlanShards')?.from ?? NaN;
    const counts = runtime.gate.counts().filter(({ functionName }) => functionName.startsWith('tr1l-'));
    const shards = shardCountFor(accounts, Number(runtime.resource('BucketCount')));
    const counted = usesOf(counts, seen.shardTransitions, seen.invocations);
    const uses = { ...counted, writeUnit: counted.writeUnit + first.units - units };
    const perShard = seen.shardTransitions / shards;
    const perMillion = {
      ...scaled(uses, MILLION / accounts),
      transition: seen.transitions + perShard * shardCountFor(MILLION, MILLION_BUCKETS),
    };
    const sending = (seen.lastSend - planned) / 1000;
    const halves = memory.halves();
    const monthSeconds = first.seconds + stages.seconds('VerifyShards') + sending;
    const ledger = writesOf(runtime, 'plan-shard') + writesOf(runtime, 'send-email') + writesOf(runtime, 'send-sms');
    say('bare limits');
    const pass = await againstLimits(bench, BENCH_MONTH, { settling: first.seconds, sending });
    const due = (pass.invoices + pass.notices * 3) * PRICES.writeUnit;

    say('run the approved month again');
    runtime.gate.resetCounts();
    const approved = { seconds: await executeAgain(bench), units: writesOf(runtime, '') };

    const passes = [pass];
    for (const month of FURTHER_MONTHS) {
      say(`the same with ${month}`);
      passes.push(await passOf(bench, month, accounts));
    }
    const settlement = middleOf(passes.map((each) => each.settlement));
    const dispatch = middleOf(passes.map((each) => each.dispatch));
    const rows = [
      rowOf('memory', 'MB sending, second half : first', halves.second, halves.first, { atMost: 1.2 }),
      rowOf('settlement', 'invoices/s', settlement.measured, settlement.limit, { atLeast: 0.5 }),
      rowOf('dispatch', 'notices/s', dispatch.measured, dispatch.limit, { atLeast: 0.5 }),
      rowOf('rerun', 'approved month, seconds', approved.seconds, monthSeconds, { atMost: 0.1 }),
      rowOf('rerun', 'approved month, write units', approved.units, uses.writeUnit, { atMost: 0.05 }),
      rowOf('rerun', 'open run, seconds of settling', seconds, first.seconds, { atMost: 0.1 }),
      rowOf('rerun', 'open run, write units of settling', units, first.units, { atMost: 0.05 }),
      rowOf('invoice', 'write units each', first.units / pass.invoices, 1, { atMost: 1.3 }),
      rowOf('invoice', 'within one write unit', pass.sizes.withinUnit, 1, { atLeast: 0.95 }),
      rowOf('notice', 'write units each', ledger / pass.notices, 3, { atMost: 1.3 }),
      rowOf('notice', 'SQS requests each', uses.sqsRequest / pass.notices, 0.4, { atMost: 1 }),
      rowOf('shard', 'state transitions each', perShard, 6, { atMost: 1 }),
      rowOf('cost', 'USD for 1M accounts', infrastructureDollars(perMillion), (due * MILLION) / accounts, {
        atMost: 1.3,
      }),
    ];
    return { rows, sizes: pass.sizes, uses: perMillion };
  } finally {
    await runtime.stop();
  }
}

/** Executes both machines again for a month that is approved and sent; answers with the seconds. */
async function executeAgain({ runtime, follow, noonAfter }: BenchRuntime): Promise<number> {
  const until = follow(BENCH_MONTH);
  const from = performance.now();
  runtime.schedules.fire('settlement', epochMs(noonAfter(BENCH_MONTH)));
  await until.ended('settlement');
  await until.ended('dispatch');
  return (performance.now() - from) / 1000;
}

/** Everything is settled and verified, and the run is still open: its last step gets an answer that nobody retries. */
async function settleAndDie({ runtime, noonAfter }: BenchRuntime): Promise<void> {
  const machine = runtime.resource('SettlementRunArn');
  const fault = { kind: 'fail', status: 400, code: 'InvalidInput' } as const;
  const stop = runtime.gate.intercept(faultAt({ functionName: 'close-run' }, fault));
  const died = new Promise<void>((resolve, reject) => {
    runtime.events.on('progress', (progress) => {
      if (progress.kind !== 'execution' || progress.stateMachineArn !== machine || progress.mapRunArn) return;
      if (progress.phase === 'failed') resolve();
      else if (progress.phase === 'succeeded')
        reject(new Error('the run was approved, though its last step was broken'));
    });
  });
  runtime.schedules.fire('settlement', epochMs(noonAfter(BENCH_MONTH)));
  await died;
  stop();
}

const writesOf = (runtime: Runtime, name: string): number =>
  runtime.gate
    .counts()
    .filter(({ functionName }) => functionName.startsWith('tr1l-') && functionName.endsWith(name))
    .reduce((sum, { writeUnits }) => sum + writeUnits, 0);
