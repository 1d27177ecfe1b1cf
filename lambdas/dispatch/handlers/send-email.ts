/**
 * Called by: the email queue.
 * Guarantees: a notice is sent by a worker that holds its claim, once; what the provider answered stands in the ledger
 * before the message is deleted.
 * Fails when: a table does not answer before anything was sent: the batch comes back. Single messages come back alone.
 */
import { randomUUID } from 'node:crypto';
import { clients } from '../../platform/clients.ts';
import { dataKeys } from '../../platform/data-keys.ts';
import { sqsEntryPoint } from '../../platform/entry.ts';
import { once, readEnv } from '../../platform/env.ts';
import { openContacts } from '../adapters/contacts.ts';
import { emailSender } from '../adapters/email-sender.ts';
import { suppressions } from '../adapters/suppressions.ts';
import { deliver } from '../deliver.ts';
import { deliveryDeps } from '../delivery-deps.ts';
import { sendEmailEnv } from '../env.ts';

const deps = once(() => {
  const env = readEnv(sendEmailEnv);
  const open = openContacts(dataKeys(clients.dynamo(), clients.kms(), env.ACCOUNTS_TABLE));
  const common = deliveryDeps(env);
  const timeout = { timeoutMs: common.providerTimeoutMs };
  return {
    ...common,
    channel: 'email' as const,
    send: emailSender(clients.sesv2(timeout), open, {
      address: env.SENDER_ADDRESS,
      configurationSet: env.CONFIGURATION_SET,
      suppressions: suppressions(clients.dynamo(), env.CONTROL_TABLE),
    }),
    workers: Number(env.EMAIL_WORKERS),
    newToken: randomUUID,
    random: Math.random,
  };
});

export const handler = sqsEntryPoint('send-email', (messages, invocation) => deliver(deps(), messages, invocation));
