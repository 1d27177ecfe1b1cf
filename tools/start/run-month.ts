/** The main job: a month of customers, settled and sent by the stack that `cdk synth` wrote, on this machine. */
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import type { FileCounts } from '../../lambdas/import/check-records.ts';
import type { RecordKind } from '../../lambdas/import/domain/record.ts';
import { sentenceOf } from '../../lambdas/import/domain/sentences.ts';
import type { ControlTotals } from '../../lambdas/import/domain/sums.ts';
import { addMonths, epochMs, seoulInstant, type LocalDate, type Month } from '../../lambdas/kernel/dates.ts';
import { runStore } from '../../lambdas/settlement/adapters/run-store.ts';
import { SETTLE_RUN } from '../../lambdas/settlement/domain/run.ts';
import { emptyTally } from '../../lambdas/settlement/domain/tally.ts';
import { importMonth, type MonthImport } from '../import/import-month.ts';
import type { ProviderRates } from '../local/provider-rates.ts';
import { startRuntime, type Runtime } from '../local/runtime.ts';
import { checksOf, fileChecks, usageCheck, type Check } from './balance.ts';
import { localClients, type LocalClients } from './local-clients.ts';
import { tallyMonth, type MonthTally } from './month-tally.ts';
import { Stages } from './stages.ts';
import { synthesize } from './synthesize.ts';

export interface MonthOptions {
  readonly month: Month;
  readonly seed: string;
  readonly timeScale: number;
  /** How the simulated providers behave; the brief's mock without it. */
  readonly providers?: ProviderRates;
  /** Whether the month is run a second time. */
  readonly again: boolean;
  /** Where everything is written. */
  readonly out: string;
  readonly records: Pick<MonthImport, 'accounts' | 'usage' | 'catalogs' | 'onRefused' | 'maxRefused'>;
  /** What the files hold, when the records are a person's own. */
  readonly files?: Readonly<Record<RecordKind, FileCounts>>;
}

/** What was issued and sent by a second run of the month: nothing, or the month is wrong. */
export interface Again {
  readonly issued: number;
  readonly sentEmail: number;
  readonly sentSms: number;
}

export interface MonthResult {
  readonly month: Month;
  readonly accounts: number;
  readonly tally: MonthTally;
  readonly checks: readonly Check[];
  readonly again: Again | null;
  readonly balanced: boolean;
  /** Real seconds by stage. */
  readonly seconds: Readonly<Record<string, number>>;
  readonly timeScale: number;
  /** What was refused because it was there already, by what it was. */
  readonly duplicates: Readonly<Record<string, number>>;
  readonly stages: Stages;
  readonly mails: readonly { readonly subject: string; readonly html: string; readonly text: string }[];
  readonly texts: readonly string[];
}

/** What a person sees while the month runs. */
export interface Show {
  readonly stage: (name: string, run: () => Promise<void>, detail?: () => string) => Promise<void>;
}

/** The clock starts shortly before the schedule: noon of the 1st, Asia/Seoul. */
const BEFORE_MS = 3_000;
/** Notices go at once: no day, no quiet hours. */
export const POLICY = { schedule: 'immediate', quietHours: { system: null, accountWindows: false } };
const LOCAL = 'npm start';

/** Runs the month. Rejects when something fails; the runtime is stopped in any case. */
export async function runMonth(options: MonthOptions, show: Show, signal: AbortSignal): Promise<MonthResult> {
  const { month, out } = options;
  const stages = new Stages();
  for (const folder of ['cdk', 'logs']) rmSync(join(out, folder), { recursive: true, force: true });
  mkdirSync(out, { recursive: true });
  const timed = (name: string, run: () => Promise<void>, detail?: () => string): Promise<void> =>
    show.stage(
      name,
      async () => {
        const end = stages.begin(name);
        await run();
        end();
      },
      detail,
    );
  const noon = seoulInstant(`${addMonths(month, 1)}-01` as LocalDate, '12:00');

  await timed('Synthesize the stack', () => synthesize(join(out, 'cdk'), signal));
  const broken = Promise.withResolvers<never>();
  broken.promise.catch(() => undefined);
  signal.addEventListener('abort', () => {
    broken.reject(signal.reason as Error);
  });
  /** A step of the month, given up when the runtime breaks or the person stops it. */
  const orBroken = <T>(step: Promise<T>): Promise<T> => Promise.race([step, broken.promise]);

  let started: Runtime | undefined;
  try {
    await timed('Start it on this machine', async () => {
      started = await startRuntime({
        template: join(out, 'cdk'),
        startAt: new Date(epochMs(noon) - BEFORE_MS).toISOString(),
        timeScale: options.timeScale,
        seed: options.seed,
        logs: join(out, 'logs'),
        inboxFile: join(out, 'inbox.jsonl'),
        schedules: false,
        ...(options.providers ? { providers: options.providers } : {}),
        onFatal: broken.reject,
      });
    });
    const runtime = started as unknown as Runtime;
    stages.follow(runtime);
    const clients = localClients(runtime, LOCAL);
    let totals: ControlTotals | undefined;
    await timed('Import the month', async () => {
      totals = await orBroken(importAll(options, runtime, clients));
    });
    const imported = totals as unknown as ControlTotals;
    const { accounts } = imported;
    const follow = followMonth(runtime, options, clients);
    const fire = (): void => {
      runtime.schedules.fire('settlement', epochMs(noon));
    };
    fire();
    await timed(
      'Settle',
      () => orBroken(follow.reached('settlement', 'VerifyShards')),
      () => stages.shards('SettleShards'),
    );
    await timed(
      'Verify',
      () => orBroken(follow.ended('settlement')),
      () => stages.shards('VerifyShards'),
    );
    await timed(
      'Plan the notices',
      () => orBroken(follow.ended('dispatch')),
      () => stages.shards('PlanShards'),
    );
    const sent = (): string =>
      `${stages.sends('email', 'accepted')} emails, ${stages.sends('email', 'temporary')} retried, ${stages.sends('sms', 'accepted')} SMS`;
    await timed('Send', () => orBroken(follow.quiet()), sent);
    const tables = {
      invoices: runtime.resource('InvoicesTable'),
      rejections: runtime.resource('RejectionsTable'),
      notices: runtime.resource('NoticesTable'),
      bucketCount: Number(runtime.resource('BucketCount')),
    };
    const accepted = { email: runtime.providers.inbox.accepted('email'), sms: runtime.providers.inbox.accepted('sms') };
    const run = await runStore(clients.dynamo, runtime.resource('RunsTable')).readRun(month, SETTLE_RUN);
    const shardCount = run?.shardCount ?? 1;
    const first = await orBroken(tallyMonth(clients.dynamo, { ...tables, shardCount }, month));
    let again: Again | null = null;
    if (options.again) {
      const before = { email: sends(accepted.email), sms: sends(accepted.sms) };
      await timed('Run the month again', async () => {
        fire();
        await orBroken(follow.ended('settlement', 2));
        await orBroken(follow.ended('dispatch', 2));
        await orBroken(follow.quiet());
      });
      const after = await orBroken(tallyMonth(clients.dynamo, tables, month));
      again = {
        issued: after.invoices - first.invoices,
        sentEmail: sends(accepted.email) - before.email,
        sentSms: sends(accepted.sms) - before.sms,
      };
    }
    const proof = run?.totals ?? emptyTally();
    const checks = [
      ...(options.files ? fileChecks(options.files, imported) : []),
      usageCheck(imported.usageRecords, proof),
      ...checksOf(accounts, proof.amountDue, first, accepted),
    ];
    if (again) {
      const nothing = again.issued === 0 && again.sentEmail === 0 && again.sentSms === 0;
      checks.push({
        holds: nothing,
        sentence: `again: ${again.issued} invoices issued, ${again.sentEmail} emails and ${again.sentSms} SMS sent`,
      });
    }
    const metrics = runtime.logs.metrics();
    return {
      month,
      accounts,
      tally: first,
      checks,
      again,
      balanced: checks.every(({ holds }) => holds),
      seconds: secondsOf(stages),
      timeScale: options.timeScale,
      duplicates: { messages: metrics['DuplicateMessages'] ?? 0, notices: metrics['DuplicateNotices'] ?? 0 },
      stages,
      mails: runtime.providers.inbox
        .messages('email')
        .filter(({ messageId }) => messageId !== undefined)
        .slice(0, 60),
      texts: runtime.providers.inbox
        .messages('sms')
        .slice(0, 6)
        .map(({ text }) => text),
    };
  } finally {
    await started?.stop();
  }
}

/** Puts a policy as the first version: sent at once, unless another is given. */
export const putPolicy = (
  runtime: Runtime,
  { dynamo }: Pick<LocalClients, 'dynamo'>,
  policy: Readonly<Record<string, unknown>> = POLICY,
): Promise<unknown> =>
  dynamo.send(
    new PutItemCommand({
      TableName: runtime.resource('ControlTable'),
      Item: marshall({
        pk: 'POLICY',
        sk: '0001',
        status: 'ACTIVE',
        effectiveFrom: '2000-01-01T00:00:00.000Z',
        policy: JSON.stringify(policy),
      }),
      ConditionExpression: 'attribute_not_exists(pk)',
    }),
  );

/** Puts the policy and imports the records; answers with what they add up to. */
export async function importAll(
  month: Pick<MonthOptions, 'month' | 'records'>,
  runtime: Runtime,
  clients: LocalClients,
  policy?: Readonly<Record<string, unknown>>,
): Promise<ControlTotals> {
  await putPolicy(runtime, clients, policy);
  return importRecords(month, runtime, clients);
}

/** Imports the records of a month; answers with what they add up to. */
export async function importRecords(
  { month, records }: Pick<MonthOptions, 'month' | 'records'>,
  runtime: Runtime,
  clients: LocalClients,
): Promise<ControlTotals> {
  const result = await importMonth({
    ...clients,
    ...records,
    tables: {
      accounts: runtime.resource('AccountsTable'),
      usage: runtime.resource('UsageTable'),
      runs: runtime.resource('RunsTable'),
    },
    catalogsBucket: runtime.resource('CatalogsBucket'),
    contactKey: runtime.resource('ContactKeyArn'),
    bucketCount: Number(runtime.resource('BucketCount')),
    month,
    now: new Date(runtime.clock.nowMs()).toISOString() as MonthImport['now'],
  });
  if (!('totals' in result)) throw new Error(sentenceOf(result, month).sentence);
  return result.totals;
}

/** Waits for what the month's executions and queues come to. */
export function followMonth(runtime: Runtime, { month }: Pick<MonthOptions, 'month'>, { dynamo }: LocalClients) {
  const arns = { settlement: runtime.resource('SettlementRunArn'), dispatch: runtime.resource('DispatchRunArn') };
  const failures: string[] = [];
  const ends = { settlement: 0, dispatch: 0 };
  const entered = new Set<string>();
  runtime.events.on('progress', (progress) => {
    if (progress.kind === 'state' && progress.phase === 'entered') entered.add(progress.state);
    if (progress.kind !== 'execution' || progress.mapRunArn !== undefined) return;
    if (progress.phase === 'started' || progress.phase === 'redriven') return;
    const machine = (['settlement', 'dispatch'] as const).find((name) => arns[name] === progress.stateMachineArn);
    if (machine === undefined) return;
    ends[machine] += 1;
    if (progress.phase !== 'succeeded')
      failures.push(`${machine}-run ${progress.phase}: ${progress.error ?? ''} ${progress.cause ?? ''}`.trim());
  });
  const until = async (holds: () => boolean): Promise<void> => {
    while (!holds()) {
      const [failure] = failures;
      if (failure !== undefined) throw new Error(failure);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    const [failure] = failures;
    if (failure !== undefined) throw new Error(failure);
  };
  const tables = {
    invoices: runtime.resource('InvoicesTable'),
    rejections: runtime.resource('RejectionsTable'),
    notices: runtime.resource('NoticesTable'),
    bucketCount: Number(runtime.resource('BucketCount')),
  };
  return {
    reached: (machine: keyof typeof ends, state: string) => until(() => entered.has(state) || ends[machine] > 0),
    ended: (machine: keyof typeof ends, times = 1) => until(() => ends[machine] >= times),
    /** Nothing runs, nothing is queued, and every notice is final, or no wave moves what is left. */
    quiet: async () => {
      for (let wave = 0, before = -1; ; wave++) {
        await runtime.idle();
        const { held } = await tallyMonth(dynamo, tables, month);
        if (held === 0 || (wave >= WAVES && held === before)) return;
        before = held;
        const done = ends.dispatch;
        await runtime.clock.sleep(WAVE_MS);
        runtime.schedules.fire('waves');
        await until(() => ends.dispatch > done);
      }
    },
  };
}

/** Waves without any progress after which what is left is shown as not final. */
const WAVES = 6;
export const WAVE_MS = 600_000;

const sends = (accepted: ReadonlyMap<string, number>): number => [...accepted.values()].reduce((sum, n) => sum + n, 0);

const secondsOf = (stages: Stages): Record<string, number> => ({
  synthesize: stages.seconds('Synthesize the stack'),
  start: stages.seconds('Start it on this machine'),
  import: stages.seconds('Import the month'),
  settle: stages.seconds('SettleShards'),
  verify: stages.seconds('VerifyShards'),
  plan: stages.seconds('PlanShards', 'VerifyPlan'),
  send: stages.seconds('Send'),
  again: stages.seconds('Run the month again'),
  total: Math.round(stages.now()) / 1000,
});
