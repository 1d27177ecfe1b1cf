/** Requests and capacity units, by function, service and operation: what the cost figures are made of. */
import type { GateRequest } from './gate-messages.ts';

export interface GateCount {
  readonly functionName: string;
  readonly service: string;
  readonly operation: string;
  requests: number;
  /** Requests answered with a status of 400 or above, or not at all. */
  failed: number;
  readUnits: number;
  writeUnits: number;
}

export class GateCounts {
  readonly #counts = new Map<string, GateCount>();

  /** The counter of an operation of a function. */
  of(functionName: string, service: string, operation: string): GateCount {
    const key = `${functionName} ${service} ${operation}`;
    let count = this.#counts.get(key);
    if (!count) {
      count = { functionName, service, operation, requests: 0, failed: 0, readUnits: 0, writeUnits: 0 };
      this.#counts.set(key, count);
    }
    return count;
  }

  all(): GateCount[] {
    return [...this.#counts.values()].map((count) => ({ ...count }));
  }

  reset(): void {
    this.#counts.clear();
  }
}

const OPEN_BRACE = 0x7b;
const READS = new Set(['Query', 'GetItem', 'BatchGetItem', 'Scan', 'TransactGetItems']);

/** Asks DynamoDB for the units, unless the caller did: the text is extended rather than decoded, as it may be long. */
export function askForUnits(body: Buffer): Buffer {
  if (body[0] !== OPEN_BRACE || body.includes('"ReturnConsumedCapacity"')) return body;
  const rest = body.subarray(1);
  const separator = rest.toString('utf8', 0, 64).trimStart().startsWith('}') ? '' : ',';
  return Buffer.concat([Buffer.from(`{"ReturnConsumedCapacity":"TOTAL"${separator}`), rest]);
}

/** Adds the units that an answer of DynamoDB reports. */
export function countUnits(count: GateCount, request: GateRequest, status: number, answer: Buffer): void {
  const isRead = READS.has(count.operation) || isSelect(count.operation, request.body);
  const units = reportedUnits(answer);
  if (isRead) count.readUnits += units;
  // A write whose condition fails is paid for and answered with an error, which reports no units: one at least.
  else if (units === 0 && status === 400 && answer.includes('ConditionalCheckFailed')) count.writeUnits += 1;
  else count.writeUnits += units;
}

const isSelect = (operation: string, body: Buffer): boolean =>
  operation.endsWith('ExecuteStatement') && /"Statement"\s*:\s*"\s*SELECT/i.test(body.toString('utf8', 0, 2000));

/** Sums `CapacityUnits` in the member `ConsumedCapacity`. Inside a text its quotes would be escaped, so it is the member. */
function reportedUnits(answer: Buffer): number {
  const at = answer.indexOf('"ConsumedCapacity":');
  if (at < 0) return 0;
  const start = at + '"ConsumedCapacity":'.length;
  const end = answer.indexOf(answer[start] === OPEN_BRACE ? '}' : ']', start);
  const text = answer.toString('utf8', start, end < 0 ? answer.length : end);
  let units = 0;
  for (const [, number] of text.matchAll(/"CapacityUnits":([\d.]+)/g)) units += Number(number);
  return units;
}
