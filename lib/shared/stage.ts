import { RetentionDays } from 'aws-cdk-lib/aws-logs';

/** What differs between deployments, and nothing else does. */
export interface Stage {
  readonly name: 'dev' | 'prod';
  /** Buckets of every table's keys. It belongs to the deployment for its whole life (architecture, "keys"). */
  readonly bucketCount: number;
  /** Whether tables go with the stack. Never where bills are real. */
  readonly isDisposable: boolean;
  /** When a month is settled, in Asia/Seoul. */
  readonly settlementSchedule: string;
  /** Shards that a distributed map works on at once. */
  readonly shardsAtOnce: number;
  /** A part of an imported file has so many bytes at least. */
  readonly importPartBytes: number;
  /** Parts that are imported at once. A new table takes 4,000 writes a second, and a part writes some hundred. */
  readonly partsAtOnce: number;
  /** Concurrent executions of the sending functions: SQS gives at least 2; more than 20 could not keep the least rate of a policy. */
  readonly workers: { readonly email: number; readonly sms: number; readonly feedback: number };
  /** What one SMS part costs at most, in won: the SMS budget's sum is counted with it. */
  readonly smsPriceWon: number;
  /** The sender of emails; its domain must be a verified identity of SES. */
  readonly sender: string;
  readonly logRetention: RetentionDays;
}

const STAGES: Readonly<Record<Stage['name'], Stage>> = {
  dev: {
    name: 'dev',
    bucketCount: 64,
    isDisposable: true,
    settlementSchedule: 'cron(0 12 1 * ? *)',
    shardsAtOnce: 8,
    importPartBytes: 256 * 1024,
    partsAtOnce: 4,
    workers: { email: 4, sms: 2, feedback: 2 },
    smsPriceWon: 50,
    sender: 'billing@example.com',
    logRetention: RetentionDays.TWO_WEEKS,
  },
  prod: {
    name: 'prod',
    bucketCount: 1024,
    isDisposable: false,
    settlementSchedule: 'cron(0 3 1 * ? *)',
    shardsAtOnce: 100,
    importPartBytes: 8 * 1024 * 1024,
    partsAtOnce: 16,
    workers: { email: 20, sms: 10, feedback: 5 },
    smsPriceWon: 50,
    sender: 'billing@example.com',
    logRetention: RetentionDays.THIRTEEN_MONTHS,
  },
};

/** The stage of a name, `dev` when none is given. Throws for any other name. */
export function stageOf(name: unknown = 'dev'): Stage {
  const stage = typeof name === 'string' && Object.hasOwn(STAGES, name) ? STAGES[name as Stage['name']] : undefined;
  if (!stage) throw new Error(`the stage is ${JSON.stringify(name)}, allowed are ${Object.keys(STAGES).join(', ')}`);
  return stage;
}

/** Seconds; each must be below the next (dispatch rules §5), and the visibility six times the function's (AWS Lambda, "Using Lambda with Amazon SQS"). */
export const SENDING = {
  providerTimeout: 5,
  functionTimeout: 30,
  lease: 60,
  visibility: 180,
} as const;

/** Receives before a queue gives a message up. A chain may count them across its queues, so the SMS queue's holds both. */
export const MAX_RECEIVES = { email: 15, sms: 30, feedback: 10 } as const;
