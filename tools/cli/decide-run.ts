/** `tr1l run approve` and `tr1l run reject`: a person's word on a run. */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SFNClient } from '@aws-sdk/client-sfn';
import type { Command } from 'commander';
import { clock } from '../../lambdas/platform/clock.ts';
import { runStore } from '../../lambdas/settlement/adapters/run-store.ts';
import { wakeTasks } from '../../lambdas/settlement/adapters/waiting-tasks.ts';
import { SETTLE_RUN, type RunRecord } from '../../lambdas/settlement/domain/run.ts';
import { actor, auditPut } from '../ops/audit-log.ts';
import { decideRun, readDeciding } from '../ops/decide-run.ts';
import { conflictText, decisionText, PROOF_DIGITS } from '../ops/run-text.ts';
import { counted } from './files.ts';
import { anyText, APPLY, CallerFault, month, option, optional, optionCommand, word } from './options.ts';
import { RUN_NUMBER } from './run-number.ts';
import { STACK } from './stack-options.ts';
import { namedOutputs } from './stack-outputs.ts';

const VERDICTS = {
  approve: {
    status: 'APPROVED',
    does: 'Let a run that waits stand as it is: its invoices are issued, and dispatch begins.',
    outcome: (invoices: number) => `${counted(invoices, 'invoice')} issued as stored`,
  },
  reject: {
    status: 'REJECTED',
    does: 'End an open run: none of its invoices is ever issued or told to anybody.',
    outcome: (invoices: number) =>
      `${counted(invoices, 'invoice')} never issued: only a correction can bill these accounts`,
  },
} as const;

export const decideCommand = (verb: keyof typeof VERDICTS): Command =>
  optionCommand(
    verb,
    `${VERDICTS[verb].does} A dry run unless --apply is given.`,
    {
      month: word('month', 'the billing month, YYYY-MM', month),
      run: RUN_NUMBER,
      reason: option('--reason <text>', 'why, for the run and the audit log', anyText),
      proof: optional(
        '--proof <12 digits>',
        'the proof that was looked at, as the dry run names it; --apply needs it',
        proofName,
      ),
      apply: APPLY,
      ...STACK,
    },
    async ({ month, run: runNumber, reason, proof, apply, outputs, stack }) => {
      const { status, outcome } = VERDICTS[verb];
      const place = namedOutputs(outputs, stack, ['RunsTable', 'AuditTable']);
      const dynamo = new DynamoDBClient({});
      const runs = runStore(dynamo, place.RunsTable);
      const run = await runs.readRun(month, runNumber);
      if (run === null) throw noRun(month, runNumber);
      const wake = async (): Promise<string> => {
        const woken = await wakeTasks(new SFNClient({}), await runs.readTokens(run.runId));
        return `${counted(woken, 'waiting execution')} told`;
      };
      if (run.status !== 'OPEN') {
        checkDecidedBefore(run, status, proof);
        // Whoever decided may have died before the executions were told.
        process.stderr.write(`${decisionText(run)}; nothing was changed${apply ? `, ${await wake()}` : ''}\n`);
        return;
      }
      if (apply && proof === null)
        throw new CallerFault(
          '--apply needs --proof, which the dry run names: a decision is on the proof that was looked at',
        );
      const deciding = await readDeciding(runs, run);
      const whyNot = status === 'APPROVED' ? deciding.notApprovable : deciding.notRejectable;
      if (whyNot !== null) throw new CallerFault(whyNot);
      const shown = deciding.proofDigest.slice(0, PROOF_DIGITS);
      if (proof !== null && proof !== shown)
        throw new CallerFault(
          `the proof of run ${run.runId} is ${shown} by now, not ${proof}: look at it again, without --apply`,
        );
      const will = `${run.runId}: ${outcome(deciding.totals.invoices)}`;
      process.stdout.write(deciding.conflicts.map((conflict) => `${conflictText(conflict)}\n`).join(''));
      if (!apply) {
        process.stderr.write(`dry run, nothing changed; with --apply --proof ${shown}: ${will}\n`);
        return;
      }
      const at = clock.now();
      const audit = auditPut(place.AuditTable, {
        ...{ at, command: `run ${verb}`, target: `run ${run.runId}`, reason, outcome: will },
      });
      const decided = await decideRun(runs, deciding, status, { by: actor(), reason }, at, audit);
      checkDecided(decided, status);
      process.stderr.write(`${status}, ${will}; ${await wake()}\n`);
    },
  );

const proofName = (text: string): string => {
  if (/^[0-9a-f]{12}$/.test(text)) return text;
  throw new CallerFault(`must be the ${PROOF_DIGITS} digits that the dry run names, not "${text}"`);
};

/** A decision that stands is no fault if it is the wanted one, on the proof that the caller looked at. */
function checkDecidedBefore(run: RunRecord, wanted: RunRecord['status'], proof: string | null): void {
  if (run.status !== wanted) throw new CallerFault(decisionText(run));
  if (proof !== null && run.proofDigest?.slice(0, PROOF_DIGITS) !== proof)
    throw new CallerFault(`${decisionText(run)}, not ${proof}`);
}

function checkDecided({ runId, status }: RunRecord, wanted: RunRecord['status']): void {
  if (status === wanted) return;
  throw new CallerFault(
    status === 'OPEN'
      ? `the proof of run ${runId} has changed in this moment: look at it again`
      : `run ${runId} was ${status} in this moment`,
  );
}

/** There is no such run of the month. */
export const noRun = (month: string, runNumber: number): CallerFault =>
  new CallerFault(
    runNumber === SETTLE_RUN ? `${month} was never settled: it has no run` : `${month} has no run ${runNumber}`,
  );
