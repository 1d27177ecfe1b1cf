/** What both sending functions are made of. */
import { clients } from '../platform/clients.ts';
import { dispatchPause } from './adapters/dispatch-pause.ts';
import { dueMarkers } from './adapters/due-markers.ts';
import { monthShards } from './adapters/month-shards.ts';
import { noticeLedger } from './adapters/notice-ledger.ts';
import { noticeQueues } from './adapters/notice-queues.ts';
import { policyStore } from './adapters/policy-store.ts';
import type { DeliveryDeps } from './deliver.ts';
import { markNotices } from './mark-notices.ts';

interface DeliveryEnv {
  readonly NOTICES_TABLE: string;
  readonly CONTROL_TABLE: string;
  readonly EMAIL_QUEUE_URL: string;
  readonly SMS_QUEUE_URL: string;
  readonly FINAL_QUEUE_URL: string;
  readonly LEASE_SECONDS: string;
}

export function deliveryDeps(
  env: DeliveryEnv,
): Pick<DeliveryDeps, 'ledger' | 'policies' | 'pause' | 'queues' | 'mark' | 'leaseMs'> {
  const dynamo = clients.dynamo();
  return {
    ledger: noticeLedger(dynamo, env.NOTICES_TABLE),
    policies: policyStore(dynamo, env.CONTROL_TABLE),
    pause: dispatchPause(dynamo, env.CONTROL_TABLE),
    queues: noticeQueues(clients.sqs(), {
      email: env.EMAIL_QUEUE_URL,
      sms: env.SMS_QUEUE_URL,
      final: env.FINAL_QUEUE_URL,
    }),
    mark: markNotices(monthShards(dynamo, env.CONTROL_TABLE), dueMarkers(dynamo, env.CONTROL_TABLE)),
    leaseMs: Number(env.LEASE_SECONDS) * 1000,
  };
}
