/** `tr1l dlq`: the final dead-letter queue. */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SQSClient } from '@aws-sdk/client-sqs';
import type { Command } from 'commander';
import { noticeLedger } from '../../lambdas/dispatch/adapters/notice-ledger.ts';
import { noticeQueues } from '../../lambdas/dispatch/adapters/notice-queues.ts';
import { CHANNELS } from '../../lambdas/dispatch/domain/policy.ts';
import { clock } from '../../lambdas/platform/clock.ts';
import { appendAudit } from '../ops/audit-log.ts';
import {
  finalDepth,
  isDeleted,
  lookAtFinal,
  redriveFinal,
  type FinalMessage,
  type FinalMessages,
} from '../ops/final-messages.ts';
import { counted } from './files.ts';
import { APPLY, commandGroup, flag, oneOf, option, optionCommand, REASON, wholeNumber } from './options.ts';
import { STACK } from './stack-options.ts';
import { namedOutputs } from './stack-outputs.ts';

const MOST = option('--most <number>', 'so many messages at most', wholeNumber(1, 10_000), '100');

export const dlqCommand = (): Command =>
  commandGroup('dlq', 'Notices that no channel could deliver: the final dead-letter queue.', [
    listCommand(),
    redriveCommand(),
  ]);

const listCommand = (): Command =>
  optionCommand(
    'list',
    'List what lies in the final queue, and where each notice stands. Changes nothing.',
    { most: MOST, json: flag('--json', 'as JSON lines'), ...STACK },
    async ({ most, json, outputs, stack }) => {
      const { final } = connect(outputs, stack);
      const messages = await lookAtFinal(final, null, most);
      process.stdout.write(messages.map((each) => `${json ? JSON.stringify(each) : rowOf(each)}\n`).join(''));
      const depth = await finalDepth(final);
      process.stderr.write(`${counted(messages.length, 'message')} shown of about ${depth.toLocaleString('en')}\n`);
    },
  );

const redriveCommand = (): Command =>
  optionCommand(
    'redrive',
    'Reopen notices of the final queue on a channel, and queue them there. A dry run unless --apply is given.',
    {
      to: option('--to <email|sms>', 'the channel to try', oneOf(CHANNELS)),
      most: MOST,
      apply: APPLY,
      reason: REASON,
      json: flag('--json', 'as JSON lines'),
      ...STACK,
    },
    async ({ to, most, apply, reason, json, outputs, stack }) => {
      const { final, dynamo, auditTable } = connect(outputs, stack);
      const audit = (outcome: string): Promise<void> =>
        appendAudit(dynamo, auditTable, {
          at: clock.now(),
          command: 'dlq redrive',
          target: `final queue to ${to}`,
          reason,
          outcome,
        });
      // Before anything is done, so that what a cut-off redrive did has its entry too.
      if (apply) await audit(`begun, ${counted(most, 'message')} at most`);
      const messages = apply ? await redriveFinal(final, to, most, clock) : await lookAtFinal(final, to, most);
      process.stdout.write(messages.map((each) => `${json ? JSON.stringify(each) : rowOf(each)}\n`).join(''));
      const of = (fate: FinalMessage['fate']): number => messages.filter((each) => each.fate === fate).length;
      const deleted = messages.filter(isDeleted).length;
      const resent = of('resent') === 0 ? '' : ` (${of('resent')} of them resent as another notice)`;
      const outcome =
        `${of('redrive')} redriven to ${to}, ${deleted - of('redrive')} deleted${resent}, ` +
        `${messages.length - deleted} left`;
      // With the ids: each notice's story tells when a person reopened it, and why.
      const ids = messages.flatMap(({ fate, noticeId }) => (fate === 'redrive' && noticeId !== null ? [noticeId] : []));
      if (apply) await audit(`${outcome}${ids.length === 0 ? '' : `: ${[...new Set(ids)].join(', ')}`}`);
      process.stderr.write(apply ? `${outcome}\n` : `dry run, nothing changed; with --apply: ${outcome}\n`);
    },
  );

function connect(outputs: string, stack: string) {
  const names = ['NoticesTable', 'AuditTable', 'EmailQueueUrl', 'SmsQueueUrl', 'FinalQueueUrl'] as const;
  const place = namedOutputs(outputs, stack, names);
  const dynamo = new DynamoDBClient({});
  const sqs = new SQSClient({ useQueueUrlAsEndpoint: !process.env['AWS_ENDPOINT_URL_SQS'] });
  const final: FinalMessages = {
    sqs,
    finalUrl: place.FinalQueueUrl,
    ledger: noticeLedger(dynamo, place.NoticesTable),
    queues: noticeQueues(sqs, { email: place.EmailQueueUrl, sms: place.SmsQueueUrl }),
  };
  return { final, dynamo, auditTable: place.AuditTable };
}

const rowOf = ({ messageId, noticeId, state, channel, reason, attempts, fate }: FinalMessage): string =>
  noticeId === null
    ? `message ${messageId}: not one of ours (${reason ?? 'its notice is not there'}), left for a person`
    : `${noticeId}  ${state ?? ''} on ${channel ?? ''}${reason === null ? '' : ` (${reason})`}, ${counted(attempts, 'attempt')}: ${fate}`;
