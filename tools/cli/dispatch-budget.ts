/** `tr1l dispatch budget`: how many SMS a run may cost behind email, and a person's decision to let it cost more. */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { Command } from 'commander';
import { policyStore } from '../../lambdas/dispatch/adapters/policy-store.ts';
import { smsBudgets } from '../../lambdas/dispatch/adapters/sms-budgets.ts';
import { smsLimit } from '../../lambdas/dispatch/domain/sms-budget.ts';
import { clock } from '../../lambdas/platform/clock.ts';
import { runStore } from '../../lambdas/settlement/adapters/run-store.ts';
import { audited, auditOf } from '../ops/audit-log.ts';
import { APPLY, CallerFault, month, optional, optionCommand, anyText, wholeNumber, word } from './options.ts';
import { STACK } from './stack-options.ts';
import { namedOutputs } from './stack-outputs.ts';

const number = (value: number): string => (Number.isFinite(value) ? value.toLocaleString('en') : 'no limit');

export const budgetCommand = (): Command =>
  optionCommand(
    'budget',
    'Show what a run may cost in SMS behind email; with --to, raise it. A dry run unless --apply is given.',
    {
      month: word('month', 'the billing month, YYYY-MM', month),
      run: optional('--run <number>', "the run's number; the settle run is 1", wholeNumber(1, 9_999)),
      to: optional('--to <number>', 'so many SMS in all', wholeNumber(1, 10_000_000)),
      reason: optional('--reason <text>', 'why it is raised, for the audit log', anyText),
      apply: APPLY,
      ...STACK,
    },
    async ({ month, run: asked, to, reason, apply, outputs, stack }) => {
      const names = ['RunsTable', 'ControlTable', 'AuditTable', 'SmsPriceWon'] as const;
      const place = namedOutputs(outputs, stack, names);
      const dynamo = new DynamoDBClient({});
      const run = await runStore(dynamo, place.RunsTable).readRun(month, asked ?? 1);
      if (run === null) throw new CallerFault(`${month} has no run ${asked ?? 1}`);
      const budgets = smsBudgets(dynamo, place.ControlTable);
      const budget = await budgets.read(run.runId);
      const { policy } = await policyStore(dynamo, place.ControlTable).inForce(clock.now());
      const limit = smsLimit(policy.smsBudget, budget, Number(place.SmsPriceWon));
      process.stdout.write(
        `run ${run.runId}: ${number(budget.reserved)} of ${number(limit)} SMS behind email are reserved, for ${number(budget.notices)} notices\n`,
      );
      if (to === null || reason === null) return;
      if (to <= limit) throw new CallerFault(`--to ${to} raises nothing: the limit is ${number(limit)} already`);
      if (!apply) {
        process.stdout.write(`dry run, nothing changed; with --apply: ${number(to)} SMS\n`);
        return;
      }
      const outcome = `raised from ${number(limit)} to ${number(to)}`;
      const isRaised = await audited(
        auditOf(dynamo, place.AuditTable, clock.now),
        { command: 'dispatch budget', target: run.runId, reason, outcome },
        () => budgets.raise(run.runId, to),
        (isDone) => (isDone ? {} : { outcome: 'refused: it was raised further meanwhile' }),
      );
      if (!isRaised) throw new CallerFault('someone else has raised it further meanwhile: look again');
      process.stdout.write(`${outcome}: what is held goes out within the hour\n`);
    },
    (given) => [
      ...(given('to') !== null && given('reason') === null
        ? ['--to needs --reason: a raised budget stands in the audit log']
        : []),
      ...(given('to') === null && (given('apply') !== null || given('reason') !== null)
        ? ['--apply and --reason go with --to']
        : []),
    ],
  );
