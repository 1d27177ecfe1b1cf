/** `tr1l dispatch`: the sending of a month. */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { Command } from 'commander';
import { breakerStore } from '../../lambdas/dispatch/adapters/breaker-store.ts';
import { dispatchPause } from '../../lambdas/dispatch/adapters/dispatch-pause.ts';
import { issuedInvoices } from '../../lambdas/dispatch/adapters/issued-invoices.ts';
import { monthOrders } from '../../lambdas/dispatch/adapters/month-orders.ts';
import { noticeLedger } from '../../lambdas/dispatch/adapters/notice-ledger.ts';
import { smsBudgets } from '../../lambdas/dispatch/adapters/sms-budgets.ts';
import { clock } from '../../lambdas/platform/clock.ts';
import { runStore } from '../../lambdas/settlement/adapters/run-store.ts';
import { runsOfMonth } from '../ops/runs.ts';
import { noticeCheckText } from '../ops/notice-check-text.ts';
import { verifyNotices } from '../ops/verify-notices.ts';
import { budgetCommand } from './dispatch-budget.ts';
import { cancelCommand, nowCommand, scheduleCommand } from './dispatch-order.ts';
import { pilotCommand } from './dispatch-pilot.ts';
import { pauseCommand, resumeCommand } from './dispatch-pause.ts';
import { CallerFault, commandGroup, flag, month, optionCommand, word } from './options.ts';
import { STACK } from './stack-options.ts';
import { namedOutputs } from './stack-outputs.ts';

export const dispatchCommand = (): Command =>
  commandGroup('dispatch', 'The sending of notices.', [
    verifyCommand(),
    scheduleCommand(),
    nowCommand(),
    cancelCommand(),
    pilotCommand(),
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
      const runs = await runsOfMonth(runStore(dynamo, place.RunsTable), month);
      if (runs === null) throw new CallerFault(`${month} was never settled: it has no run`);
      if (runs.settle.status !== 'APPROVED')
        throw new CallerFault(`run ${runs.settle.runId} is not approved: none of its invoices is issued yet`);
      const runIds = runs.all.filter(({ status }) => status === 'APPROVED').map(({ runId }) => runId);
      const stores = {
        invoices: issuedInvoices(dynamo, place.InvoicesTable),
        ledger: noticeLedger(dynamo, place.NoticesTable),
        budgets: smsBudgets(dynamo, place.ControlTable),
      };
      const wanted = { month, runIds, bucketCount: Number(place.BucketCount) };
      const breakers = breakerStore(dynamo, place.ControlTable);
      const now = clock.now();
      const check = {
        ...(await verifyNotices(stores, wanted)),
        pause: await dispatchPause(dynamo, place.ControlTable).read(),
        order: (await monthOrders(dynamo, place.ControlTable).read(month)).order,
        breakers: { email: await breakers.read('email', now), sms: await breakers.read('sms', now) },
      };
      process.stdout.write(`${json ? JSON.stringify(check) : noticeCheckText(check)}\n`);
      if (check.differences.length > 0) process.exitCode = 1;
    },
  );
