/** Starts an execution of settlement-run, and waits until its first state has taken what it was given, or refused it. */
import { DescribeExecutionCommand, StartExecutionCommand, type SFNClient } from '@aws-sdk/client-sfn';
import { RUN_FAULTS } from '../../lambdas/contracts/run-faults.ts';
import { isMembers } from '../../lambdas/settlement/domain/form.ts';

/** Starts one; answers with its ARN. */
export async function startRun(sfn: SFNClient, stateMachineArn: string, input: unknown): Promise<string> {
  const { executionArn } = await sfn.send(new StartExecutionCommand({ stateMachineArn, input: JSON.stringify(input) }));
  if (executionArn === undefined) throw new Error('Step Functions started no execution');
  return executionArn;
}

/** `slow`: it may still be refused. */
export type Beginning =
  { readonly outcome: 'taken' | 'slow' } | { readonly outcome: 'refused' | 'failed'; readonly sentence: string };

/** OpenRun takes a second or two where its function starts cold; of 5,000 accounts some ten. */
const PATIENCE_MS = 30_000;
const PAUSE_MS = 300;

/** Waits for what comes of an execution's first state; `isOpened` says whether its run is there. */
export async function beginningOf(
  sfn: SFNClient,
  executionArn: string,
  isOpened: () => Promise<boolean>,
): Promise<Beginning> {
  for (let waitedMs = 0; waitedMs <= PATIENCE_MS; waitedMs += PAUSE_MS) {
    const { status, error, cause } = await sfn.send(new DescribeExecutionCommand({ executionArn }));
    if (status === 'SUCCEEDED') return { outcome: 'taken' };
    if (status !== 'RUNNING' && error === RUN_FAULTS.invalidInput)
      return { outcome: 'refused', sentence: messageOf(cause) };
    if (status !== 'RUNNING')
      return { outcome: 'failed', sentence: [error ?? status ?? '', messageOf(cause)].filter(Boolean).join(', ') };
    if (await isOpened()) return { outcome: 'taken' };
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
  return { outcome: 'slow' };
}

/** What a function has thrown: its cause is JSON, that of others a sentence. */
function messageOf(cause = ''): string {
  try {
    const thrown: unknown = JSON.parse(cause);
    return isMembers(thrown) && typeof thrown['errorMessage'] === 'string' ? thrown['errorMessage'] : cause;
  } catch {
    return cause;
  }
}
