/** What both sending functions are made of. */
import { clients } from '../platform/clients.ts';
import { breakerStore, type BreakerStore } from './adapters/breaker-store.ts';
import { dispatchPause, type DispatchPause } from './adapters/dispatch-pause.ts';
import { dueMarkers } from './adapters/due-markers.ts';
import { monthOrders, type MonthOrders } from './adapters/month-orders.ts';
import { monthShards } from './adapters/month-shards.ts';
import { noticeLedger, type NoticeLedger } from './adapters/notice-ledger.ts';
import { noticeQueues, type NoticeQueues } from './adapters/notice-queues.ts';
import { policyStore, type PolicyStore } from './adapters/policy-store.ts';
import { giveBackSms, smsBudgets, type GiveBackSms, type SmsBudgets } from './adapters/sms-budgets.ts';
import type { Answer } from './domain/answer.ts';
import type { Notice } from './domain/ledger.ts';
import type { Channel } from './domain/policy.ts';
import { markNotices, type MarkNotices } from './mark-notices.ts';

export interface DeliveryDeps {
  readonly channel: Channel;
  readonly ledger: NoticeLedger;
  readonly policies: PolicyStore;
  readonly breakers: BreakerStore;
  readonly budgets: SmsBudgets;
  readonly giveBackSms: GiveBackSms;
  readonly pause: Pick<DispatchPause, 'isPaused'>;
  readonly orders: Pick<MonthOrders, 'recent'>;
  readonly queues: NoticeQueues;
  readonly mark: MarkNotices;
  /** Sends one claimed notice; what it throws is taken for an answer that never came. */
  readonly send: (notice: Notice) => Promise<Answer>;
  /** How long a claim holds: longer than the function may run, shorter than the message stays unseen. */
  readonly leaseMs: number;
  /** How long a provider may take to answer. */
  readonly providerTimeoutMs: number;
  /** How many workers of the channel there are at once: they share its rate. */
  readonly workers: number;
  /** What one SMS costs, in won: the budget's sum is counted with it. */
  readonly smsPriceWon: number;
  readonly newToken: () => string;
  /** A number from 0 (included) to 1 (excluded). */
  readonly random: () => number;
}

interface DeliveryEnv {
  readonly NOTICES_TABLE: string;
  readonly CONTROL_TABLE: string;
  readonly EMAIL_QUEUE_URL: string;
  readonly SMS_QUEUE_URL: string;
  readonly FINAL_QUEUE_URL: string;
  readonly LEASE_SECONDS: string;
  readonly PROVIDER_TIMEOUT_SECONDS: string;
  readonly SMS_PRICE_WON: string;
}

export function deliveryDeps(
  env: DeliveryEnv,
): Omit<DeliveryDeps, 'channel' | 'send' | 'workers' | 'newToken' | 'random'> {
  const dynamo = clients.dynamo();
  return {
    ledger: noticeLedger(dynamo, env.NOTICES_TABLE),
    policies: policyStore(dynamo, env.CONTROL_TABLE),
    breakers: breakerStore(dynamo, env.CONTROL_TABLE),
    budgets: smsBudgets(dynamo, env.CONTROL_TABLE),
    giveBackSms: giveBackSms(clients.dynamoUnrepeated(), env.CONTROL_TABLE),
    pause: dispatchPause(dynamo, env.CONTROL_TABLE),
    orders: monthOrders(dynamo, env.CONTROL_TABLE),
    queues: noticeQueues(clients.sqs(), {
      email: env.EMAIL_QUEUE_URL,
      sms: env.SMS_QUEUE_URL,
      final: env.FINAL_QUEUE_URL,
    }),
    mark: markNotices(monthShards(dynamo, env.CONTROL_TABLE), dueMarkers(dynamo, env.CONTROL_TABLE)),
    leaseMs: Number(env.LEASE_SECONDS) * 1000,
    providerTimeoutMs: Number(env.PROVIDER_TIMEOUT_SECONDS) * 1000,
    smsPriceWon: Number(env.SMS_PRICE_WON),
  };
}
