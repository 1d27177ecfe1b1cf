import { SendTaskSuccessCommand, type SFNClient } from '@aws-sdk/client-sfn';

/** The task of a token is over: its execution was stopped, timed out, or has been answered. */
const OVER = new Set(['TaskTimedOut', 'TaskDoesNotExist', 'InvalidToken']);

/**
 * Lets every execution that waits by one of these tokens go on; answers with how many did. They read the decision
 * themselves: the answer says nothing. Safe at any number of times.
 */
export async function wakeTasks(sfn: SFNClient, tokens: readonly string[]): Promise<number> {
  let woken = 0;
  for (const taskToken of tokens)
    try {
      await sfn.send(new SendTaskSuccessCommand({ taskToken, output: '{}' }));
      woken++;
    } catch (error) {
      if (!(error instanceof Error && OVER.has(error.name))) throw error;
    }
  return woken;
}
