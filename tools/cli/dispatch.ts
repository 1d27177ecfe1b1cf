/** `tr1l dispatch`: the sending of a month. */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { Command } from 'commander';
import { dispatchPause } from '../../lambdas/dispatch/adapters/dispatch-pause.ts';
import { issuedInvoices } from '../../lambdas/dispatch/adapters/issued-invoices.ts';
import { noticeLedger } from '../../lambdas/dispatch/adapters/notice-ledger.ts';
import { runStore } from '../../lambdas/settlement/adapters/run-store.ts';
import { noticeCheckText, verifyNotices } from '../ops/verify-notices.ts';
import { budgetCommand } from './dispatch-budget.ts';
import { pauseCommand, resumeCommand } from './dispatch-pause.ts';
import { CallerFault, commandGroup, flag, month, optionCommand, word } from './options.ts';
import { STACK } from './stack-options.ts';
import { namedOutputs } from './stack-outputs.ts';

/** The settle run: the only run of a month there is today. */
const SETTLE_RUN = 1;

export const dispatchCommand = (): Command =>
  commandGroup('dispatch', 'The sending of notices.', [
    verifyCommand(),
    pauseCommand(),
    resumeCommand(),
    budgetCommand(),
  ]);

const verifyCommand = (): Command =>
  optionCommand(
    'verify',
    'Show that every issued invoice of a month has its notice, and where each stands. Exit code 1 when one has not.',
    { month: word('month', 'the billing month, YYYY-MM', month), json: flag('--json', 'as one JSON object'), ...STACK },
    async ({ month, json, outputs, stack }) => {
      const names = ['RunsTable', 'InvoicesTable', 'NoticesTable', 'ControlTable', 'BucketCount'] as const;
      const place = namedOutputs(outputs, stack, names);
      const dynamo = new DynamoDBClient({});
      const run = await runStore(dynamo, place.RunsTable).readRun(month, SETTLE_RUN);
      if (run === null) throw new CallerFault(`${month} was never settled: it has no run`);
      if (run.status !== 'APPROVED')
        throw new CallerFault(`run ${run.runId} is not approved: none of its invoices is issued yet`);
      const stores = {
        invoices: issuedInvoices(dynamo, place.InvoicesTable),
        ledger: noticeLedger(dynamo, place.NoticesTable),
      };
      const wanted = { month, runIds: [run.runId], bucketCount: Number(place.BucketCount) };
      const check = {
        ...(await verifyNotices(stores, wanted)),
        pause: await dispatchPause(dynamo, place.ControlTable).read(),
      };
      process.stdout.write(`${json ? JSON.stringify(check) : noticeCheckText(check)}\n`);
      if (check.differences.length > 0) process.exitCode = 1;
    },
  );
