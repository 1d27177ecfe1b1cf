/**
 * Calls of the runtime itself (making tables and queues, polling): AWS JSON over a kept connection, without the SDK,
 * whose 0.6 ms of CPU a call would be the pollers' main cost.
 */
import { Agent, request } from 'node:http';

/** Where things are, as far as emulators care. They check no signature, but read the region from it. */
export const REGION = 'ap-northeast-2';
export const ACCOUNT = '000000000000';

const SERVICES = {
  dynamodb: { target: 'DynamoDB_20120810', version: '1.0' },
  sqs: { target: 'AmazonSQS', version: '1.0' },
  kms: { target: 'TrentService', version: '1.1' },
} as const;

/** A request that was answered with an error. */
export class AwsJsonError extends Error {
  readonly code: string;

  constructor(code: string, message: string) {
    super(`${code}: ${message}`);
    this.name = 'AwsJsonError';
    this.code = code;
  }
}

export interface AwsJsonClient {
  /** Answers with the decoded body, or throws `AwsJsonError`. */
  call: (operation: string, body: unknown, signal?: AbortSignal) => Promise<Record<string, unknown>>;
  close: () => void;
}

export const authorization = (service: string): string =>
  `AWS4-HMAC-SHA256 Credential=local/20260101/${REGION}/${service}/aws4_request, SignedHeaders=host, Signature=0`;

/** A client for one service at one endpoint. */
export function awsJsonClient(service: keyof typeof SERVICES, endpoint: string): AwsJsonClient {
  const agent = new Agent({ keepAlive: true });
  const { target, version } = SERVICES[service];
  const url = new URL(endpoint.endsWith('/') ? endpoint : `${endpoint}/`);
  return {
    close: () => {
      agent.destroy();
    },
    call: (operation, body, signal) =>
      new Promise((resolve, reject) => {
        const text = JSON.stringify(body);
        const outgoing = request(
          url,
          {
            agent,
            method: 'POST',
            ...(signal ? { signal } : {}),
            headers: {
              'content-type': `application/x-amz-json-${version}`,
              'content-length': Buffer.byteLength(text),
              'x-amz-target': `${target}.${operation}`,
              'x-amz-date': '20260101T000000Z',
              authorization: authorization(service),
            },
          },
          (response) => {
            const chunks: Buffer[] = [];
            response.on('data', (chunk: Buffer) => chunks.push(chunk));
            response.on('error', reject);
            response.on('end', () => {
              try {
                const answer = JSON.parse(Buffer.concat(chunks).toString() || '{}') as Record<string, unknown>;
                if (response.statusCode === 200) resolve(answer);
                else reject(errorOf(operation, response.statusCode, answer));
              } catch (cause) {
                reject(new Error(`${service} answered ${operation} with something that is not JSON`, { cause }));
              }
            });
          },
        );
        outgoing.on('error', reject);
        outgoing.end(text);
      }),
  };
}

function errorOf(operation: string, status: number | undefined, answer: Record<string, unknown>): AwsJsonError {
  const type = typeof answer['__type'] === 'string' ? answer['__type'] : `Http${status ?? 0}`;
  const message = [answer['message'], answer['Message']].find((text) => typeof text === 'string');
  return new AwsJsonError(type.replace(/^.*#/, ''), `${operation}: ${message ?? JSON.stringify(answer)}`);
}
