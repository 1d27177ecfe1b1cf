/** A queue and how many messages it holds: to be received, received, delayed. */
export interface QueueDepth {
  readonly name: string;
  readonly ready: number;
  readonly inFlight: number;
  readonly delayed: number;
  /** All of them. */
  readonly messages: number;
}

interface FauxqsQueue {
  readonly name: string;
  readonly approximateMessageCount: number;
  readonly approximateInflightCount: number;
  readonly approximateDelayedCount: number;
}

/** Asks fauxqs itself, not through the gate: a look at the queues is no cost of the pipeline. */
export async function queueDepths(fauxqsUrl: string): Promise<QueueDepth[]> {
  const response = await fetch(`${fauxqsUrl}/_fauxqs/queues`);
  const queues = (await response.json()) as FauxqsQueue[];
  return queues.map((queue) => {
    const ready = queue.approximateMessageCount;
    const inFlight = queue.approximateInflightCount;
    const delayed = queue.approximateDelayedCount;
    return { name: queue.name, ready, inFlight, delayed, messages: ready + inFlight + delayed };
  });
}
