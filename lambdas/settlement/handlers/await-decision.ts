/**
 * Called by: the state WaitForDecision, with the token of its task, when a run needs a person.
 * Guarantees: the token is kept with the run before anybody can decide without finding it; whoever decides answers it.
 * Fails when: the run is decided already (RunIsDecided): the state machine goes on instead of waiting. The token is
 * written before the decision is looked for, and the decision before the tokens are: one of the two sees the other.
 */
import { awaitPayload } from '../../contracts/settlement-payloads.ts';
import { clients } from '../../platform/clients.ts';
import { decode } from '../../platform/decode.ts';
import { entryPoint, type Invocation } from '../../platform/entry.ts';
import { once, readEnv } from '../../platform/env.ts';
import { runStore, type RunStore } from '../adapters/run-store.ts';
import { RunIsDecided } from '../domain/faults.ts';
import { runNumberOf } from '../domain/run.ts';
import { awaitDecisionEnv } from '../env.ts';

export interface AwaitDecisionDeps {
  readonly runs: RunStore;
}

/** Keeps the token, unless there is nothing to wait for. */
export async function awaitDecision(
  { runs }: AwaitDecisionDeps,
  event: unknown,
  { log, clock }: Pick<Invocation, 'log' | 'clock'>,
) {
  const { month, runId, token, executionId } = decode(awaitPayload, event, 'the event of WaitForDecision');
  await runs.putToken(runId, token, executionId, clock.now());
  const run = await runs.readRun(month, runNumberOf(runId));
  if (run?.status !== 'OPEN') throw new RunIsDecided(`Run ${runId} is ${run?.status ?? 'unknown'}.`);
  log.info('RUN_WAITS_FOR_A_PERSON', { runId, proofDigest: run.waits?.proofDigest });
  return { runId };
}

const deps = once((): AwaitDecisionDeps => ({
  runs: runStore(clients.dynamo(), readEnv(awaitDecisionEnv).RUNS_TABLE),
}));

export const handler = entryPoint('await-decision', (event, invocation) => awaitDecision(deps(), event, invocation));
