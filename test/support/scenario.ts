/** A small month on the synthesized stack: the real template, the real handlers, a clock that runs fast. */
import { DeleteItemCommand } from '@aws-sdk/client-dynamodb';
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { addMonths, epochMs, seoulInstant, type LocalDate, type Month } from '../../lambdas/kernel/dates.ts';
import { readPartition } from '../../lambdas/platform/query.ts';
import { recordsOf } from '../../tools/import/source.ts';
import { DEFAULT_RATES, type ProviderRates } from '../../tools/local/provider-rates.ts';
import { startRuntime, type Runtime } from '../../tools/local/runtime.ts';
import type { AccountRecord } from '../../tools/population/records.ts';
import { population } from '../../tools/population/population.ts';
import { CATALOG_JSON } from '../../tools/population/tariff.ts';
import { checksOf } from '../../tools/start/balance.ts';
import { localClients, type LocalClients } from '../../tools/start/local-clients.ts';
import { tallyMonth, type MonthTally } from '../../tools/start/month-tally.ts';
import { followMonth, importAll, importRecords, POLICY, WAVE_MS } from '../../tools/start/run-month.ts';
import { noticeLedger } from '../../lambdas/dispatch/adapters/notice-ledger.ts';
import type { Notice } from '../../lambdas/dispatch/domain/ledger.ts';
import { synthesize } from './synth.ts';

export const MONTH = '2026-01' as Month;
const NOON = seoulInstant(`${addMonths(MONTH, 1)}-01` as LocalDate, '12:00');

const NO_SUCH_PLAN = [{ lineId: 'L1', plans: [{ planId: 'NO-SUCH', from: '2025-01-01', to: null }] }];
const ARREARS = { taxable: 0, nonTaxable: 5000 };
const idOf = (account: object): string => ('accountId' in account ? String(account.accountId) : '');

export interface ScenarioOptions {
  readonly accounts?: number;
  /** Accounts that come with a plan that no catalog has. */
  readonly unbillable?: readonly string[];
  /** At 200 a lease of 60 s is 0.3 s of this machine: faster, and a busy machine would lose leases. */
  readonly timeScale?: number;
  readonly decide?: ProviderRates['decide'];
  /** Parts of the policy that differ: by default all goes at once, as fast as it can, and every notice may fall back to SMS. */
  readonly policy?: Readonly<Record<string, unknown>>;
  /** The runtime's time at the start; noon of the 1st when it is not given. Commands that write times know the real one. */
  readonly startAt?: string;
  /** What becomes of accepted emails. Without it the provider tells nothing of them. */
  readonly decideFate?: ProviderRates['decideFate'];
  /** Changes the made-up customers before they are imported. */
  readonly change?: (account: AccountRecord) => AccountRecord;
}

const AT_ONCE = { ...POLICY, rate: { email: 10_000, sms: 10_000 }, smsBudget: { share: '1', won: null } };

export interface Scenario {
  readonly runtime: Runtime;
  readonly clients: LocalClients;
  readonly accounts: number;
  readonly follow: ReturnType<typeof followMonth>;
  /** Imports the month again; these accounts come to a bill of their arrears now. */
  readonly importCorrected: (accountIds: readonly string[]) => Promise<void>;
  /** Fires the schedule of the month, as it fires at noon of the 1st. */
  readonly fire: () => void;
  /** Fires it and waits until every notice is final. */
  readonly run: () => Promise<void>;
  readonly tally: () => Promise<MonthTally>;
  /** Every notice of the month. */
  readonly notices: () => Promise<Notice[]>;
  /** The sentences of the checks that do not hold. */
  readonly faults: () => Promise<string[]>;
  /** Every invoice item of the month, as it is stored. */
  readonly invoices: () => Promise<Record<string, unknown>[]>;
  /** A client of the stack's queues. */
  readonly sqs: SQSClient;
  readonly queue: (output: 'EmailQueueUrl' | 'SmsQueueUrl', body: string) => Promise<void>;
  /** Takes a notice out of the ledger, as nothing of the pipeline can. */
  readonly removeNotice: (noticeId: string, bucket: number) => Promise<void>;
  readonly stop: () => Promise<void>;
}

/** Starts the stack, empty. Providers fail only where `decide` says so. */
export async function startStack({
  timeScale = 200,
  decide,
  decideFate,
  startAt = NOON,
}: ScenarioOptions = {}): Promise<Runtime> {
  const { folder } = synthesize('dev');
  const never = { temporary: 0, permanent: 0, throttled: 0, down: 0, unknown: 0 };
  return startRuntime({
    template: folder,
    startAt,
    timeScale,
    seed: 7,
    schedules: false,
    providers: {
      email: { ...DEFAULT_RATES.email, ...never },
      sms: { ...DEFAULT_RATES.sms, ...never },
      ...(decide ? { decide } : {}),
      ...(decideFate ? { fates: {}, decideFate } : {}),
    },
  });
}

/** The customers of a scenario. */
export const scenarioPeople = (accounts: number) => population({ seed: 7, accounts, month: MONTH });

/** Starts the stack and imports the month. */
export async function startScenario({
  accounts = 80,
  policy = {},
  unbillable = [],
  change = (account) => account,
  ...options
}: ScenarioOptions = {}): Promise<Scenario> {
  const runtime = await startStack(options);
  const clients = localClients(runtime, 'scenario');
  const people = () => scenarioPeople(accounts);
  const monthOf = (corrected: readonly string[]): Parameters<typeof importAll>[0] => {
    const isCorrected = (account: object): boolean => corrected.includes(idOf(account));
    const changed = (account: object): object => {
      if (isCorrected(account)) return { ...account, dueDay: 10, lines: [], credits: [], arrears: ARREARS };
      return unbillable.includes(idOf(account)) ? { ...account, lines: NO_SUCH_PLAN } : account;
    };
    return {
      month: MONTH,
      records: {
        accounts: recordsOf(function* () {
          for (const { account } of people()) yield changed(change(account));
        }),
        usage: recordsOf(function* () {
          for (const { account, usage } of people()) if (usage && !isCorrected(account)) yield usage;
        }),
        catalogs: CATALOG_JSON,
      },
    };
  };
  await importAll(monthOf([]), runtime, clients, { ...AT_ONCE, ...policy });
  const follow = followMonth(runtime, { month: MONTH }, clients);
  const bucketCount = Number(runtime.resource('BucketCount'));
  const tables = {
    invoices: runtime.resource('InvoicesTable'),
    rejections: runtime.resource('RejectionsTable'),
    notices: runtime.resource('NoticesTable'),
    bucketCount,
  };
  const fire = (): void => {
    runtime.schedules.fire('settlement', epochMs(NOON));
  };
  const tally = () => tallyMonth(clients.dynamo, tables, MONTH);
  const env = runtime.env('scenario');
  const sqs = new SQSClient({
    endpoint: String(env['AWS_ENDPOINT_URL_SQS']),
    region: String(env['AWS_REGION']),
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    useQueueUrlAsEndpoint: false,
  });
  let runs = 0;
  return {
    runtime,
    clients,
    accounts,
    follow,
    importCorrected: async (accountIds) => {
      await importRecords(monthOf(accountIds), runtime, clients);
    },
    fire,
    run: async () => {
      fire();
      runs += 1;
      await follow.ended('settlement', runs);
      await follow.ended('dispatch', runs);
      await follow.quiet();
    },
    tally,
    notices: async () => {
      const found: Notice[] = [];
      for (let bucket = 0; bucket < bucketCount; bucket++)
        for await (const page of noticeLedger(clients.dynamo, tables.notices).bucket(MONTH, bucket))
          found.push(...page);
      return found;
    },
    faults: async () => {
      const month = await tally();
      const { inbox } = runtime.providers;
      const accepted = { email: inbox.accepted('email'), sms: inbox.accepted('sms') };
      return checksOf(accounts, month.amountDue, month, accepted)
        .filter(({ holds }) => !holds)
        .map(({ sentence }) => sentence);
    },
    invoices: async () => {
      const items: Record<string, unknown>[] = [];
      for (let bucket = 0; bucket < bucketCount; bucket++)
        items.push(...(await readPartition(clients.dynamo, { table: tables.invoices, pk: `${MONTH}#${bucket}` })));
      return items;
    },
    sqs,
    queue: async (output, body) => {
      await sqs.send(new SendMessageCommand({ QueueUrl: runtime.resource(output), MessageBody: body }));
    },
    removeNotice: async (noticeId, bucket) => {
      const Key = { pk: { S: `${MONTH}#${bucket}` }, sk: { S: noticeId } };
      await clients.dynamo.send(new DeleteItemCommand({ TableName: tables.notices, Key }));
    },
    stop: () => runtime.stop(),
  };
}

/** Plays a scenario; its stack ends with it. */
export async function playScenario(options: ScenarioOptions, play: (month: Scenario) => Promise<void>): Promise<void> {
  const month = await startScenario(options);
  try {
    await play(month);
  } finally {
    await month.stop();
  }
}

/** The wave of ten minutes later, until everything it started is done. It is the dispatch machine's execution of that number. */
export async function nextWave({ runtime, follow }: Scenario, number: number): Promise<void> {
  await runtime.clock.sleep(WAVE_MS);
  runtime.schedules.fire('waves');
  await follow.ended('dispatch', number);
  await runtime.idle();
}
