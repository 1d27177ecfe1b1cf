/** What passes the gate, and what may be done to it. */

/** A request of a function, as it comes in. */
export interface GateRequest {
  readonly method: string;
  /** Path and query behind the prefix of function and service; begins with a slash. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
}

export interface GateAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | number | undefined>>;
  readonly body: Buffer | string;
}

/** A service simulated in this thread, which knows who calls. `cut` breaks the connection instead of answering. */
export type LocalService = (request: GateRequest, operation: string, caller: string) => Promise<GateAnswer | 'cut'>;

/** One SDK call: who asks whom for what. */
export interface GateCall {
  readonly functionName: string;
  /** The function's environment that makes it: its access key. */
  readonly environment: string;
  readonly service: string;
  readonly operation: string;
  /** How many calls of this operation this function has made, this one included. */
  readonly nth: number;
  /** The request's body, decoded if it is JSON or a query form. */
  readonly body: () => unknown;
}

/**
 * What is to go wrong with a call:
 * `fail` and `cut` before it takes effect (with an error of the service, or without an answer); `lose` after it took
 * effect, so that the caller never learns; `delay` before it is forwarded, `delay-answer` after it took effect, both in
 * milliseconds of the wall clock; `kill` ends the function's environment, before or after the call took effect.
 */
export type Fault =
  | { readonly kind: 'fail'; readonly status: number; readonly code: string; readonly message?: string }
  | { readonly kind: 'cut' }
  | { readonly kind: 'lose' }
  | { readonly kind: 'kill'; readonly when: 'before' | 'after' }
  | { readonly kind: 'delay'; readonly ms: number }
  | { readonly kind: 'delay-answer'; readonly ms: number };

/** Decides for each call whether something goes wrong with it. */
export type Interceptor = (call: GateCall) => Fault | undefined;

/** What became of a call. `status` is 0 where the connection was cut. */
export type Observer = (call: GateCall, outcome: { readonly status: number; readonly ms: number }) => void;

const header = (request: GateRequest, name: string): string => {
  const value = request.headers[name];
  return typeof value === 'string' ? value : '';
};

/** The access key with which a request is signed. */
export const accessKeyOf = (request: GateRequest): string =>
  /Credential=([^/]+)\//.exec(header(request, 'authorization'))?.[1] ?? '';

/** The name of the operation, as the service's API reference has it. */
export function operationOf(service: string, request: GateRequest): string {
  const target = header(request, 'x-amz-target');
  if (target) return target.slice(target.lastIndexOf('.') + 1);
  if (service === 's3') return s3Operation(request);
  if (service === 'sesv2') {
    return request.method === 'POST' && request.path.startsWith('/v2/email/outbound-emails')
      ? 'SendEmail'
      : `${request.method} ${request.path}`;
  }
  return new URLSearchParams(request.body.toString()).get('Action') ?? `${request.method} ${request.path}`;
}

const S3_OBJECT: Readonly<Record<string, string>> = {
  GET: 'GetObject',
  PUT: 'PutObject',
  HEAD: 'HeadObject',
  DELETE: 'DeleteObject',
  POST: 'PostObject',
};
const S3_BUCKET: Readonly<Record<string, string>> = {
  GET: 'ListObjectsV2',
  PUT: 'CreateBucket',
  HEAD: 'HeadBucket',
  DELETE: 'DeleteBucket',
  POST: 'DeleteObjects',
};

function s3Operation({ method, path }: GateRequest): string {
  const hasKey = (path.split('?')[0] ?? '').replace(/^\/[^/]*\/?/, '') !== '';
  return (hasKey ? S3_OBJECT : S3_BUCKET)[method] ?? method;
}

/** The body as a value: JSON, else a query form. */
export function decodeBody(request: GateRequest): unknown {
  const text = request.body.toString();
  if (text === '') return {};
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return Object.fromEntries(new URLSearchParams(text));
  }
}

const escapeXml = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');

/** An error in the form in which the service's SDK client reads it. */
export function errorAnswer(service: string, status: number, code: string, message: string): GateAnswer {
  if (service === 's3') {
    return xml(status, `<Error><Code>${escapeXml(code)}</Code><Message>${escapeXml(message)}</Message></Error>`);
  }
  if (service === 'sns') {
    const type = status < 500 ? 'Sender' : 'Receiver';
    const error = `<Type>${type}</Type><Code>${escapeXml(code)}</Code><Message>${escapeXml(message)}</Message>`;
    return xml(status, `<ErrorResponse><Error>${error}</Error><RequestId>local</RequestId></ErrorResponse>`);
  }
  return {
    status,
    headers: {
      'content-type': 'application/json',
      'x-amzn-errortype': code,
      ...(service === 'sqs' ? { 'x-amzn-query-error': `${code};${status < 500 ? 'Sender' : 'Receiver'}` } : {}),
    },
    body: JSON.stringify({ __type: code, message }),
  };
}

export const xml = (status: number, text: string): GateAnswer => ({
  status,
  headers: { 'content-type': 'text/xml' },
  body: `<?xml version="1.0"?>${text}`,
});
