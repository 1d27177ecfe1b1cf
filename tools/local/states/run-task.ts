import { HEARTBEAT_TIMEOUT, StateError, TIMEOUT, toStateError } from './errors.ts';
import type { TaskState } from './machine.ts';
import { payloadText } from './payload.ts';
import type { Integration } from './services.ts';
import type { TokenTask } from './task-tokens.ts';
import { bindingsOf, wholeNumber, type Turn } from './turn.ts';
import { abortable, linkedController, startTimer } from './waiting.ts';

/** `lambda:invoke` of `arn:aws:states:::lambda:invoke.waitForTaskToken`: what the history calls type and resource. */
function resourceOf(arn: string): { resourceType: string; resource: string } {
  const [resourceType = '', ...rest] = arn.replace('arn:aws:states:::', '').split(':');
  return { resourceType, resource: rest.join(':') };
}

/** Fails the task when no heartbeat came for so long. Each wait ends where the last heartbeat's time ends. */
function watchHeartbeats(turn: Turn, task: TokenTask, seconds: number, fail: (error: StateError) => void): () => void {
  const { clock } = turn.run.services;
  let cancel = (): void => undefined;
  const watch = (): void => {
    const leftMs = task.lastBeatMs() + seconds * 1000 - clock.nowMs();
    if (leftMs <= 0) fail(new StateError(HEARTBEAT_TIMEOUT, `No heartbeat for ${seconds} s.`));
    // A millisecond more: a timer that fires early must not spin.
    else cancel = startTimer(clock.sleep, leftMs + 1, watch);
  };
  watch();
  return () => {
    cancel();
  };
}

/** The integration's result, or the token's answer. */
async function call(turn: Turn, state: TaskState, token: TokenTask | undefined): Promise<unknown> {
  const { execution, services, signal } = turn.run;
  const timeoutSeconds = await wholeNumber(turn, state.timeoutSeconds, 'TimeoutSeconds');
  const heartbeatSeconds = await wholeNumber(turn, state.heartbeatSeconds, 'HeartbeatSeconds');
  const extra = token === undefined ? {} : { taskToken: token.token };
  const args =
    state.arguments === undefined ? turn.scope.cursor.input : await state.arguments.evaluate(bindingsOf(turn, extra));
  const resource = resourceOf(state.resource);
  execution.history.add('TaskScheduled', {
    ...resource,
    region: execution.spec.arn.split(':')[3],
    parameters: payloadText(args, `The arguments of '${state.name}'`),
    ...(timeoutSeconds === undefined ? {} : { timeoutInSeconds: timeoutSeconds }),
    ...(heartbeatSeconds === undefined ? {} : { heartbeatInSeconds: heartbeatSeconds }),
  });
  execution.history.add('TaskStarted', resource);

  const { controller, release } = linkedController(signal);
  const stopTimers: (() => void)[] = [];
  const fail = (error: StateError): void => {
    controller.abort(error);
  };
  if (timeoutSeconds !== undefined) {
    const timedOut = (): void => {
      fail(new StateError(TIMEOUT, `The task did not end within ${timeoutSeconds} s.`));
    };
    // Work is measured by its own deadline; the answer of whoever holds a token, by the clock.
    const wait = token === undefined ? services.deadline : services.clock.sleep;
    stopTimers.push(startTimer(wait, timeoutSeconds * 1000, timedOut));
  }
  if (token !== undefined && heartbeatSeconds !== undefined) {
    stopTimers.push(watchHeartbeats(turn, token, heartbeatSeconds, fail));
  }
  try {
    const integration = services.integrations[state.resource] as Integration;
    const result = integration(args, {
      signal: controller.signal,
      executionArn: execution.spec.arn,
      stateMachineArn: execution.spec.stateMachineArn,
      stateName: state.name,
      taskToken: token?.token,
      timeoutSeconds,
    });
    return await abortable(token === undefined ? result : result.then(() => token.outcome), controller.signal);
  } finally {
    for (const stop of stopTimers) stop();
    release();
  }
}

/** Runs a Task state once: arguments, integration, time-outs. Gives the task's result. */
export async function runTask(turn: Turn, state: TaskState): Promise<unknown> {
  const { history } = turn.run.execution;
  const token = state.waitsForToken ? turn.run.services.tokens.open() : undefined;
  const resource = resourceOf(state.resource);
  try {
    // Through JSON text, as on AWS: what the integration still holds cannot change under the execution's feet.
    const result = await call(turn, state, token);
    const output = payloadText(result ?? null, `The state/task '${state.name}'`);
    history.add('TaskSucceeded', { ...resource, output });
    return JSON.parse(output) as unknown;
  } catch (thrown) {
    if (turn.run.signal.aborted) throw thrown;
    const { error, causeText } = toStateError(thrown);
    const type = error === TIMEOUT || error === HEARTBEAT_TIMEOUT ? 'TaskTimedOut' : 'TaskFailed';
    history.add(type, { ...resource, error, cause: causeText });
    throw thrown;
  } finally {
    token?.close();
  }
}
