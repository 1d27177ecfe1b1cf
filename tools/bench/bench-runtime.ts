/** A local runtime to measure on: nothing waits, nothing fails, and months are imported into it as they are needed. */
import { addMonths, seoulInstant, type Instant, type LocalDate, type Month } from '../../lambdas/kernel/dates.ts';
import { recordsOf } from '../import/source.ts';
import { NO_FAILURES } from '../local/provider-rates.ts';
import { startRuntime, type Runtime, type RuntimeOptions } from '../local/runtime.ts';
import { population } from '../population/population.ts';
import { CATALOG_JSON } from '../population/tariff.ts';
import { localClients, type LocalClients } from '../start/local-clients.ts';
import { followMonth, importRecords, POLICY, putPolicy } from '../start/run-month.ts';

export const BENCH_MONTH = '2026-01' as Month;

export interface BenchRuntime {
  readonly runtime: Runtime;
  readonly clients: LocalClients;
  /** Imports a month of so many made-up accounts. */
  readonly importMonth: (month: Month, accounts: number) => Promise<void>;
  /** Follows the executions of a month from now on. */
  readonly follow: (month: Month) => ReturnType<typeof followMonth>;
  /** Noon of the 1st after a month: its settlement is scheduled at it. */
  readonly noonAfter: (month: Month) => Instant;
}

/** The policy's rates are not what is measured. */
const AS_FAST_AS_IT_GOES = { ...POLICY, rate: { email: 1_000_000, sms: 1_000_000 } };

const noonAfter = (month: Month): Instant => seoulInstant(`${addMonths(month, 1)}-01` as LocalDate, '12:00');

/** Starts the stack that was synthesized into `folder`. Stop its runtime in any case; the signal stops it under way, and what waits for it fails. */
export async function startBench(
  folder: string,
  options: Partial<RuntimeOptions>,
  signal: AbortSignal,
): Promise<BenchRuntime> {
  const runtime = await startRuntime({
    template: folder,
    startAt: noonAfter(BENCH_MONTH),
    // Nothing waits when no provider fails, and what a worker keeps for seconds is kept for seconds.
    timeScale: 1,
    seed: 1,
    schedules: false,
    providers: NO_FAILURES,
    ...options,
  });
  signal.addEventListener('abort', () => void runtime.stop().catch(() => undefined));
  try {
    const clients = localClients(runtime, 'bench');
    await putPolicy(runtime, clients, AS_FAST_AS_IT_GOES);
    return {
      runtime,
      clients,
      noonAfter,
      importMonth: async (month, accounts) => {
        const people = () => population({ seed: 1, accounts, month });
        const records = {
          accounts: recordsOf(function* () {
            for (const { account } of people()) yield account;
          }),
          usage: recordsOf(function* () {
            for (const { usage } of people()) if (usage) yield usage;
          }),
          catalogs: CATALOG_JSON,
        };
        await importRecords({ month, records }, runtime, clients);
      },
      follow: (month) => followMonth(runtime, { month }, clients),
    };
  } catch (thrown) {
    await runtime.stop();
    throw thrown;
  }
}
