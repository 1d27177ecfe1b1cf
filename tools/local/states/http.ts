import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { ApiError } from './errors.ts';
import { OPERATIONS } from './operations.ts';
import type { StateMachines } from './state-machines.ts';

const CONTENT_TYPE = 'application/x-amz-json-1.0';
const TARGET_PREFIX = 'AWSStepFunctions.';

/** JSON as AWS writes it: instants are seconds since 1970. */
function awsJson(value: unknown): string {
  return JSON.stringify(value, function (this: Record<string, unknown>, key, field: unknown) {
    // A Date has become a string before a replacer sees it; the holder still has the Date.
    const original = this[key];
    return original instanceof Date ? original.getTime() / 1000 : field;
  });
}

async function readBody(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8')) as unknown;
  } catch {
    throw new ApiError('SerializationException', 'The body is not JSON');
  }
}

function answer(response: ServerResponse, status: number, body: unknown): void {
  const text = awsJson(body);
  response.writeHead(status, {
    'content-type': CONTENT_TYPE,
    'content-length': Buffer.byteLength(text),
    'x-amzn-requestid': randomUUID(),
  });
  response.end(text);
}

/** The Step Functions endpoint (AWS JSON 1.0), for `SFNClient`. Operations that it lacks are refused by name. */
export function statesEndpoint(machines: StateMachines): (request: IncomingMessage, response: ServerResponse) => void {
  const handle = async (request: IncomingMessage): Promise<unknown> => {
    const target = String(request.headers['x-amz-target'] ?? '');
    const run = OPERATIONS.get(target.replace(TARGET_PREFIX, ''));
    const body = await readBody(request);
    if (run === undefined || !target.startsWith(TARGET_PREFIX)) {
      throw new ApiError('UnknownOperationException', `The local Step Functions has no operation '${target}'`);
    }
    return run(machines, body);
  };
  return (request, response) => {
    handle(request).then(
      (body) => {
        answer(response, 200, body);
      },
      (thrown: unknown) => {
        const isKnown = thrown instanceof ApiError;
        const message = thrown instanceof Error ? thrown.message : String(thrown);
        const type = isKnown ? thrown.code : 'InternalFailure';
        answer(response, isKnown ? 400 : 500, { __type: `com.amazonaws.states#${type}`, message });
      },
    );
  };
}
