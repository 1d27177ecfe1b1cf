/** A process that dies in the middle of its work, as a client whose requests stop. */
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { clientOf } from './dynamo-table.ts';

export class Killed extends Error {}

/** When a request is cut: before it is sent, or after it took effect and before its answer is read. */
export type Cut = 'before' | 'after';

/** A client that dies at its `nth` request and stays dead, as a killed process does. */
export function killedAt(url: string, nth: number, cut: Cut): { client: DynamoDBClient; requests: () => number } {
  const client = clientOf(url);
  let requests = 0;
  client.middlewareStack.add(
    (next) => async (args) => {
      requests++;
      const request = requests;
      if (request > nth || (request === nth && cut === 'before')) throw new Killed();
      const answer = await next(args);
      if (request === nth) throw new Killed();
      return answer;
    },
    { step: 'initialize' },
  );
  return { client, requests: () => requests };
}
