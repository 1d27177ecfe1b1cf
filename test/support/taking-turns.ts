/** Two workers whose requests to DynamoDB are made in an order that a test chooses: every interleaving can be played. */
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { clientOf } from './dynamo-table.ts';

/** A worker that is held before each of its requests. */
interface Held {
  readonly client: DynamoDBClient;
  /** Lets one request pass, and waits until it has its answer; false when the work has ended without another one. */
  readonly step: () => Promise<boolean>;
  readonly ended: () => void;
}

function held(url: string): Held {
  const client = clientOf(url);
  /** Requests that wait, in order. */
  const waiting: { readonly pass: () => void; readonly answered: Promise<void> }[] = [];
  let hasEnded = false;
  let changed = Promise.withResolvers<undefined>();
  const tell = (): void => {
    changed.resolve(undefined);
    changed = Promise.withResolvers();
  };
  client.middlewareStack.add(
    (next) => async (args) => {
      const [passed, answered] = [Promise.withResolvers<undefined>(), Promise.withResolvers<undefined>()];
      waiting.push({
        pass: () => {
          passed.resolve(undefined);
        },
        answered: answered.promise.then(() => undefined),
      });
      tell();
      await passed.promise;
      try {
        return await next(args);
      } finally {
        answered.resolve(undefined);
      }
    },
    { step: 'initialize' },
  );
  return {
    client,
    async step() {
      while (waiting.length === 0 && !hasEnded) await changed.promise;
      const request = waiting.shift();
      if (!request) return false;
      request.pass();
      await request.answered;
      return true;
    },
    ended() {
      hasEnded = true;
      tell();
    },
  };
}

type Work = (client: DynamoDBClient) => Promise<unknown>;

/**
 * Does both works at once, request by request as the order says; what is left of them afterwards goes by turns. Answers
 * with what each came to, an error included.
 */
export async function takeTurns(url: string, works: readonly [Work, Work], order: readonly (0 | 1)[]) {
  const workers = [held(url), held(url)] as const;
  const ends = works.map(async (work, index) => {
    const worker = workers[index === 0 ? 0 : 1];
    const end = await work(worker.client).catch((error: unknown) => error);
    worker.ended();
    return end;
  });
  for (const each of order) await workers[each].step();
  while ((await Promise.all(workers.map(({ step }) => step()))).some(Boolean));
  const [first, second] = await Promise.all(ends);
  for (const { client } of workers) client.destroy();
  return [first, second] as const;
}

/** Every order of `first` requests of one worker and `second` of the other. */
export function everyOrder(first: number, second: number): (0 | 1)[][] {
  if (first === 0) return [Array.from({ length: second }, () => 1 as const)];
  if (second === 0) return [Array.from({ length: first }, () => 0 as const)];
  return [
    ...everyOrder(first - 1, second).map((rest) => [0 as const, ...rest]),
    ...everyOrder(first, second - 1).map((rest) => [1 as const, ...rest]),
  ];
}
